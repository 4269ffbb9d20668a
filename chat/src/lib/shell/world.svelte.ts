import { listApprovals } from '../cards/approval-client.ts'
import { live } from '../live/live.svelte.ts'
import { askTool } from '../pages/ask-tool.ts'
import type { ChatContext } from '../types.ts'

/** What the shell knows about the world: pickers, the model, approvals that wait. Filled in the browser. */
class World {
  context = $state.raw<ChatContext | undefined>()
  waiting = $state.raw(0)
  /** Firing alerts that this person has not read (ALR-015) */
  unread = $state.raw(0)
  /** Whether the clusters can be reached (MOD-051); undefined until they were asked */
  clusters = $state.raw<{ tone: 'good' | 'warn' | 'bad'; words: string } | undefined>()
  #loading: Promise<void> | undefined
  #looking: ReturnType<typeof setTimeout> | undefined
  #counting: ReturnType<typeof setTimeout> | undefined

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

  async countUnread() {
    const answer = await askTool('list_alerts', { state: 'firing', limit: 1 })
    if (answer.error) return
    const facts = (answer.data?.facts ?? []) as { label: string; value: string }[]
    this.unread = Number(facts.find(({ label }) => label === 'unread')?.value ?? 0)
  }

  async lookAtClusters() {
    const answer = await askTool('list_clusters', { limit: 200 })
    const rows = (answer.data?.rows ?? []) as { name: string; state: string; stateTone: string }[]
    const silent = rows.filter(({ stateTone }) => stateTone === 'bad').map(({ name }) => name)
    if (answer.error) this.clusters = { tone: 'bad', words: answer.error.message }
    else if (rows.length === 0) this.clusters = { tone: 'bad', words: 'No cluster is registered' }
    else if (silent.length === 0)
      this.clusters = {
        tone: 'good',
        words: `${rows.length === 1 ? 'The cluster answers' : `All ${rows.length} clusters answer`}`,
      }
    else
      this.clusters = {
        tone: silent.length === rows.length ? 'bad' : 'warn',
        words: `${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer`,
      }
  }

  #lookSoon() {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined
      void this.lookAtClusters()
    }, 2_000)
  }

  /** Alerts come in storms: one question for all that a moment brings. */
  #soon() {
    this.#counting ??= setTimeout(() => {
      this.#counting = undefined
      void this.countUnread()
    }, 1_500)
  }

  /** Keeps the approval count and the model's state fresh while the page is open; the answer stops it. */
  watch(): () => void {
    void this.load()
    void this.count()
    this.#soon()
    this.#lookSoon()
    const leaveClusters = live.connection.subscribe('fleet/cluster/*', () => this.#lookSoon())
    const leave = live.connection.subscribe('approvals/*', () => void this.count())
    const leaveAlerts = live.connection.subscribe('alerts/alert/*', () => this.#soon())
    const seen = () => {
      if (document.hidden) return
      void this.count()
      void this.load()
      this.#soon()
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      leave()
      leaveAlerts()
      leaveClusters()
      clearTimeout(this.#looking)
      this.#looking = undefined
      clearTimeout(this.#counting)
      this.#counting = undefined
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
