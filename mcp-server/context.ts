import type { NewEvent } from '#contract'
import type { Actor, Context, JobContext, Logger, Reply, ServerServices, Store } from '#define'
import type { ClientName, Clients } from '#tools/clients/index.ts'
import { fanOut } from '#tools/fan-out.ts'
import { namesOf, resolveScope, resolveScopeOf } from '#tools/scope.ts'
import type { Redactor } from './policy/redact.ts'

export interface ContextParts {
  clients: Partial<Clients>
  store: Store
  announce: (events: readonly NewEvent[]) => Promise<void>
  watched: (subject: string, name?: string) => boolean
  now: () => Date
  log: Logger
  redactor: Redactor
}

export interface CallParts {
  actor: Actor
  /** What the tool needs, and what it uses where it is configured */
  clients: readonly ClientName[]
  /** Clusters of the conversation: the default scope (CHT-035) */
  conversationClusters?: readonly string[] | undefined
  signal: AbortSignal
  idempotencyKey: string
  server: ServerServices
  /** Absent where nobody could look before the answer is there */
  show?: (reply: Reply<Record<string, unknown>>) => Promise<void>
}

/** What a handler gets for one call: the clients it named, its clusters, and nothing of the server's insides. */
export function createContext(parts: ContextParts, call: CallParts): Context<ClientName> {
  const { clients, store, now, log, redactor } = parts
  const { actor, conversationClusters: conversation, signal } = call
  const scopeOptions = (given?: readonly string[], requested = namesOf(given, clients.fleet?.list())) => ({
    known: clients.fleet?.list().map(({ name }) => name) ?? [],
    allowed: actor.clusters,
    ...(conversation && conversation.length > 0 && { conversation }),
    ...(requested && { requested }),
  })
  return {
    actor,
    clients: Object.fromEntries(call.clients.map((name) => [name, clients[name]])) as unknown as Clients,
    now,
    signal,
    log,
    redact: redactor.value,
    ...store,
    announce: parts.announce,
    show: async (reply) => call.show?.(reply),
    idempotencyKey: call.idempotencyKey,
    server: call.server,
    scope: (requested) => resolveScope(scopeOptions(requested)),
    scopeOf: (upstream, requested) => resolveScopeOf(upstream, scopeOptions(requested)),
    fanOut: (clusters, task, limits) => fanOut(clusters, task, { ...limits, signal, now }),
  }
}

export const createJobContext = (parts: ContextParts, signal: AbortSignal): JobContext => ({
  clients: parts.clients,
  now: parts.now,
  log: parts.log,
  redact: parts.redactor.value,
  signal,
  ...parts.store,
  announce: parts.announce,
  watched: parts.watched,
  fanOut: (clusters, task, limits) => fanOut(clusters, task, { ...limits, signal, now: parts.now }),
})
