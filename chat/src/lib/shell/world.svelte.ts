import { listApprovals } from '../cards/approval/approval-client.ts'
import { live } from '../live/live.svelte.ts'
import { askTool } from '../pages/ask-tool.ts'
import type { ChatContext } from '../types.ts'
import type { Words } from '../words/index.ts'

type Reach = { tone: 'good' | 'warn' | 'bad'; words: string }

function reach({ clusters, silentClusters, toolsReachable }: ChatContext, words: Words['shell']['reach']): Reach {
  if (!toolsReachable) return { tone: 'bad', words: words.server }
  if (clusters.length === 0) return { tone: 'bad', words: words.none }
  if (silentClusters.length > 0)
    return {
      tone: silentClusters.length === clusters.length ? 'bad' : 'warn',
      words: words.silent(silentClusters),
    }
  return { tone: 'good', words: words.good(clusters.length) }
}

/** What the shell knows about the world: pickers, the model, approvals that wait. Filled in the browser. */
class World {
  context = $state.raw<ChatContext | undefined>()
  waiting = $state.raw(0)
  /** Firing alerts that this person has not read (ALR-015) */
  unread = $state.raw(0)
  #loading: Promise<void> | undefined
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

  /** Whether the clusters can be reached (MOD-051); undefined until that is known */
  reach(words: Words['shell']['reach']): Reach | undefined {
    return this.context && reach(this.context, words)
  }

  /** Events say how each is now: nobody is asked again. */
  #clusterTold({ name, data }: { name: string; data: Record<string, unknown> }) {
    const { context } = this
    if (!context || typeof data.name !== 'string') return
    if (name !== 'cluster.deleted' && typeof data.stateTone !== 'string') return
    const gone = name === 'cluster.deleted'
    const others = (names: readonly string[]) => names.filter((one) => one !== data.name)
    this.context = {
      ...context,
      clusters: gone ? others(context.clusters) : [...new Set([...context.clusters, data.name])],
      silentClusters: [...others(context.silentClusters), ...(!gone && data.stateTone === 'bad' ? [data.name] : [])],
    }
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
    const leaveClusters = live.connection.subscribe('fleet/cluster/*', (event) => this.#clusterTold(event))
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
  /** Name of a model endpoint; undefined: the one that is asked first */
  model = $state.raw<string | undefined>()

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
