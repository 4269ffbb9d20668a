import { type NewEvent, ToolError } from '#contract'
import type { Db } from '#db/open.ts'
import type { ClientName, Clients } from './clients/index.ts'
import type { Actor, Context, JobContext, Logger, Reply, ServerServices } from './define.ts'
import { fanOut } from './fan-out.ts'
import { namesOf, resolveScope, resolveScopeOf } from './scope.ts'

export interface TestContextOptions {
  /** What the tool may reach; anything else fails by name */
  clients: Partial<Clients>
  now?: Date | (() => Date)
  actor?: Partial<Actor>
  db?: Db
  /** Filled with the events of what was committed */
  events?: NewEvent[]
  /** Filled with the events that were announced */
  announced?: NewEvent[]
  /** Filled with what was shown while the tool ran */
  shown?: Reply<Record<string, unknown>>[]
  /** Subjects and names that somebody is subscribed to */
  watched?: readonly string[]
  /** The clusters the conversation is about */
  conversation?: readonly string[]
  signal?: AbortSignal
  idempotencyKey?: string
  /** Default: nothing is masked */
  redact?: <T>(value: T) => T
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

const absent = (what: string) => () => {
  throw new ToolError('not-configured', `This test has no ${what}.`, { next: 'Give testContext what the tool needs.' })
}

/** A Context for the tests of a tool or a job: the real scope and fan-out, the clients and the clock that the test gives. */
export function testContext(options: TestContextOptions): Context<ClientName> & Pick<JobContext, 'watched'> {
  const { clients, now = new Date('2026-11-20T12:00:00Z'), db, conversation } = options
  const clock = typeof now === 'function' ? now : () => now
  const signal = options.signal ?? new AbortController().signal
  const actor: Actor = { id: 'ada', name: 'Ada', role: 'owner', clusters: '*', kind: 'human', ...options.actor }
  const known = () => clients.fleet?.list().map((info) => info.name) ?? clients.kubernetes?.names() ?? []
  const scopeOptions = (given?: readonly string[], requested = namesOf(given, clients.fleet?.list())) => ({
    known: known(),
    allowed: actor.clusters,
    ...(conversation && { conversation }),
    ...(requested && { requested }),
  })
  const server: ServerServices = {
    searchTools: absent('search'),
    call: absent('server'),
    page: absent('results'),
    approvals: {
      get: absent('approvals'),
      list: absent('approvals'),
      counts: absent('approvals'),
      decide: absent('approvals'),
      cancel: absent('approvals'),
      rollBack: absent('approvals'),
      grants: absent('approvals'),
      revoke: absent('approvals'),
    },
    audit: absent('audit'),
    personas: absent('personas'),
    personaPrompt: absent('personas'),
    reloadPersonas: absent('personas'),
    toolsForPersonas: absent('tools'),
  }
  return {
    actor,
    clients: clients as Clients,
    now: clock,
    signal,
    log: silent,
    redact: options.redact ?? ((value) => value),
    db: async () => db ?? absent('database')(),
    openDb: async () => db,
    commit: async (work) => {
      const done = await (db ?? absent('database')()).transaction(async (tx) => work(tx))
      options.events?.push(...done.events)
      return done.value
    },
    watched: (subject, name = subject) => [subject, name].some((one) => options.watched?.includes(one)),
    show: async (reply) => void options.shown?.push(reply),
    announce: async (events) => void options.announced?.push(...events),
    scope: (requested) => resolveScope(scopeOptions(requested)),
    scopeOf: (upstream, requested) => resolveScopeOf(upstream, scopeOptions(requested)),
    fanOut: (clusters, task, limits) => fanOut(clusters, task, { ...limits, signal, now: clock }),
    idempotencyKey: options.idempotencyKey ?? 'test',
    server,
  }
}
