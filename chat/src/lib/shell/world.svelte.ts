import { listApprovals } from '../cards/approval-client.ts'
import { live } from '../live/live.svelte.ts'
import type { ChatContext } from '../types.ts'

/** What the shell knows about the world: pickers, the model, approvals that wait. Filled in the browser. */
class World {
  context = $state.raw<ChatContext | undefined>()
  waiting = $state.raw(0)
  #loading: Promise<void> | undefined

  async load() {
    this.#loading ??= fetch('/api/v1/chat/context')
      .then(async (response) => {
        if (response.ok) this.context = (await response.json()) as ChatContext
      })
      .catch(() => undefined)
      .finally(() => {
        this.#loading = undefined
      })
    await this.#loading
  }

  async count() {
    const rows = await listApprovals('pending')
    if (rows) this.waiting = rows.length
  }

  /** Keeps the approval count and the model's state fresh while the page is open; the answer stops it. */
  watch(): () => void {
    void this.load()
    void this.count()
    const leave = live.connection.subscribe('approvals/*', () => void this.count())
    const seen = () => {
      if (document.hidden) return
      void this.count()
      void this.load()
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      leave()
      document.removeEventListener('visibilitychange', seen)
    }
  }
}

export const world = new World()

/** Persona and clusters of the next conversation; remembered in this browser. */
class Choice {
  persona = $state.raw('default')
  clusters = $state.raw<string[]>([])

  load() {
    try {
      const kept = JSON.parse(localStorage.getItem('choice') ?? '{}') as { persona?: string; clusters?: string[] }
      if (typeof kept.persona === 'string') this.persona = kept.persona
    } catch {
      // Nothing kept, or something else under this name.
    }
  }

  setPersona(persona: string) {
    this.persona = persona
    try {
      localStorage.setItem('choice', JSON.stringify({ persona }))
    } catch {
      // Storage may be off.
    }
  }
}

export const choice = new Choice()
