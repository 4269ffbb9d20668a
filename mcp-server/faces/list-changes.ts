import { setTimeout as delay } from 'node:timers/promises'
import type { Actor } from '#define'
import type { Events } from '../events/outbox.ts'
import type { PersonaList } from '../policy/persona-list.ts'
import type { Registry } from '../registry.ts'

/** Which of the lists that MCP clients keep are others than before. */
export interface ListChange {
  tools: boolean
  prompts: boolean
}

export interface ListChangesParts {
  events: Events
  registry: Registry
  personas: PersonaList
}

/** After these, tools appear or go, or a persona has others */
const names = [
  'cluster.registered',
  'cluster.updated',
  'cluster.deleted',
  'cluster.credentials-updated',
  'cluster.capabilities-changed',
  'persona.saved',
  'persona.deleted',
]
/** A change of another server is first read from the table: looked at twice, these times after the event */
const looksMs = [50, 1_500]

/** Sees all that there is; what one client is shown is part of it. */
const anybody: Actor = { id: 'lists', name: 'Lists', kind: 'agent', role: 'owner', clusters: '*' }

/** Tells when tools appear or go at run time, or personas do, which are prompts. The answer stops it. */
export function watchLists({ events, registry, personas }: ListChangesParts, tell: (change: ListChange) => void) {
  const known = () => ({
    tools: JSON.stringify([
      registry.visible(anybody).map(({ tool }) => tool.name),
      personas.all().map(({ id, tools, reach }) => [id, tools, reach]),
    ]),
    prompts: JSON.stringify(personas.all().map(({ id, name, description }) => [id, name, description])),
  })
  const stopped = new AbortController()
  let before = known()

  function look() {
    const now = known()
    const change = { tools: now.tools !== before.tools, prompts: now.prompts !== before.prompts }
    before = now
    if (change.tools || change.prompts) tell(change)
  }
  async function lookSoon(afterMs: number) {
    await delay(afterMs, undefined, { signal: stopped.signal, ref: false }).then(look, () => {})
  }

  const leave = events.subscribe({ names }, () => {
    for (const afterMs of looksMs) void lookSoon(afterMs)
  })
  return () => {
    leave()
    stopped.abort()
  }
}
