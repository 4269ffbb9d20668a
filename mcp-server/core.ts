import { hostname } from 'node:os'
import { join } from 'node:path'
import { type NewEvent, ToolError } from '#contract'
import { describeFailure, type LazyDatabase, lazyDatabase } from '#db/open.ts'
import type { Actor, Domain, Job, Logger, ServerServices } from '#define'
import { commonTools, personas, promptOf } from '#personas/index.ts'
import type { ClientName, Clients } from '#tools/clients/index.ts'
import { type Call, createRoad, type Road } from './call-tool.ts'
import type { Config } from './config.ts'
import { createContext, createJobContext } from './context.ts'
import { createEvents, type Events } from './events/outbox.ts'
import { createLater } from './jobs/later.ts'
import { createScheduler } from './jobs/scheduler.ts'
import { createPersonaStore } from './persona-store.ts'
import { createGrants } from './policy/approval-grants.ts'
import { approvalEvents } from './policy/approval-row.ts'
import { createApprovalStore } from './policy/approval-store.ts'
import { type ApprovalPolicy, createApprovals } from './policy/approvals.ts'
import { createIdentity, type Identity } from './policy/identify.ts'
import { createPersonaList, type PersonaList } from './policy/persona-list.ts'
import { createRateLimits, type RateLimits } from './policy/rate-limits.ts'
import type { Redactor } from './policy/redact.ts'
import { type Audit, createAudit } from './record/audit.ts'
import type { Metrics } from './record/metrics.ts'
import { createRegistry, type Registry, visibleCharacters } from './registry.ts'
import { pageOf } from './results/page.ts'
import { createResults, type Results } from './results/store.ts'

export interface CoreParts {
  config: Config
  /** Read at every call: what is not there now may be there later */
  clients: Partial<Clients>
  redactor: Redactor
  secret: string
  domains: readonly Domain[]
  metrics: Metrics
  log: Logger
  now: () => Date
  /** Instead of the one the configuration names */
  database?: LazyDatabase
  /** What is registered in the database is there, where something is: waited for before each call */
  fleetReady?: () => Promise<void>
  /** Where people decide approvals; known once the server listens */
  pageUrl: () => string | undefined
}

export interface Core {
  rateLimits: RateLimits
  road: Road
  fleetReady: () => Promise<void>
  registry: Registry
  personas: PersonaList
  approvals: ApprovalPolicy
  /** Who asked for an approval, and in which conversation. ToolError not-found */
  approvalAsker(id: string): Promise<Actor>
  results: Results
  events: Events
  /** Names of the events there are */
  eventNames: ReadonlySet<string>
  audit: Audit
  identity: Identity
  redactor: Redactor
  database: LazyDatabase
  secret: string
  /** Recover what a crash cut off, then run the jobs of the domains; `watching` opens the database for them right away */
  start(options?: { watching?: boolean }): Promise<void>
  close(): Promise<void>
}

/** What a job needs may come with the first cluster that is registered. */
const whileConfigured = (job: Job, configured: { has(name: ClientName): boolean }): Job => ({
  ...job,
  run: async (ctx) => {
    if (job.needs.every((need) => configured.has(need))) await job.run(ctx)
  },
})

/** A replica that died may have left changes half done; a live one finishes its own within this. */
const recoverAfterMs = 150_000

/** Everything behind the faces, built once; nothing is connected and no database opened yet. */
export function createCore(parts: CoreParts): Core {
  const { config, clients, domains, metrics, log, now, redactor, secret } = parts
  const startedAt = now()
  const database =
    parts.database ??
    lazyDatabase({
      ...(config.databaseUrl ? { url: config.databaseUrl } : { folder: join(config.dataDir, 'pglite') }),
      log,
      serverUrl: parts.pageUrl,
    })
  const rateLimits = createRateLimits(config.rateLimits, now)
  const identity = createIdentity({
    ...{ secret, ownerToken: config.ownerToken, webhookToken: config.webhookToken, people: config.people, now },
  })
  const personaList = createPersonaList({ personas, common: commonTools, prompt: promptOf, domains })
  const configured = { has: (name: ClientName) => clients[name] !== undefined }
  const registry = createRegistry({ domains, personas: personaList, configured })
  const events = createEvents({ database, now, log })
  const personaStore = createPersonaStore({ database, list: personaList, events, folder: config.dataDir, log })
  const audit = createAudit({ database, spoolFile: join(config.dataDir, 'audit-spool.jsonl'), log })
  const results = createResults({ database, now, log })
  const store = createApprovalStore({ database, events, now })
  const later = createLater()
  const contextParts = {
    clients,
    redactor,
    store: {
      db: async () => (await database.get()).db,
      openDb: async () => {
        if (database.kind === 'pglite') return database.opened()?.db
        return (await database.get().catch(() => undefined))?.db
      },
      commit: ((work) =>
        events.commit(async (tx) => {
          const { value, events: happened } = await work(tx)
          return { value, events: redactor.value(happened) }
        })) as Events['commit'],
    },
    announce: (happened: readonly NewEvent[]) => events.announce(redactor.value([...happened])),
    watched: events.watched,
    now,
    log,
  }

  let road: Road
  const services = (call: Call): ServerServices => ({
    searchTools: (query, limit) =>
      registry.search(query, call.actor, limit).map(({ tool, domain, input }) => ({
        ...(call.actor.persona !== undefined &&
          personaList.direct(call.actor.persona).includes(tool.name) && { listed: true }),
        name: tool.name,
        domain,
        title: tool.title,
        about: tool.about,
        risk: tool.risk,
        input,
      })),
    call: async (name, input) => {
      // one call is one line in the audit: calls inside calls inside calls would be many
      if (name === 'run_tool')
        throw new ToolError('invalid-input', 'run_tool cannot run itself', {
          field: 'name',
          next: 'Name the tool itself',
        })
      const { answer, text } = await road({ ...call, tool: name, input, approved: undefined })
      return { ...answer, text }
    },
    page: (query) =>
      pageOf({ results, registry }, { query, actor: call.actor, ...(call.face === 'rest' && { maxBytes: 500_000 }) }),
    approvals: {
      get: (id) => approvals.get(id),
      list: (filter) => approvals.list(filter),
      counts: (filter) => approvals.counts(filter),
      // a client that asked its user waits on this call for the outcome: its form was the last question
      decide: (decision) => approvals.decide({ ...decision, actor: call.actor, waits: call.face === 'mcp' }),
      cancel: (id) => approvals.cancel({ id, actor: call.actor }),
      rollBack: (id) => approvals.rollBack({ id, actor: call.actor }),
      grants: (filter) => approvals.grants.active(filter),
      revoke: (id) => approvals.grants.revoke({ id, actor: call.actor }),
    },
    audit: (filter) => audit.list(filter),
    personas: () => personaList.all(),
    personaPrompt: (id) => personaList.prompt(id),
    reloadPersonas: personaStore.reload,
    toolsForPersonas: () =>
      registry
        .all()
        .filter(({ tool }) => tool.audience.includes('agent'))
        .map((entry) => ({
          name: entry.tool.name,
          domain: entry.domain,
          title: entry.tool.title,
          about: entry.tool.about,
          risk: entry.tool.risk,
          characters: visibleCharacters(entry),
        })),
  })

  /** As the one who asked, and not as the one who approved: approving gives no further rights. */
  const asAsker = (actor: Actor): Actor => actor
  const approvals = createApprovals({
    ...{ store, registry, redactor, metrics, now, log },
    grants: createGrants({ database, events, now }),
    ttlMs: config.approvalTtlMs,
    cancelMs: config.approvalCancelMs,
    secondPerson: config.approvalSecondPerson,
    later: later.in,
    pageUrl: parts.pageUrl,
    async replan(row) {
      const { tool } = registry.find(row.tool)
      const call: Call = { tool: row.tool, input: row.input, actor: asAsker(row.actor), face: 'system' }
      const ctx = createContext(contextParts, {
        actor: call.actor,
        clients: [...tool.needs, ...tool.uses],
        signal: AbortSignal.timeout(tool.timeoutMs),
        idempotencyKey: row.id,
        server: services(call),
      })
      return tool.plan!(row.input as never, ctx)
    },
    async execute(row) {
      const call: Call = {
        tool: row.tool,
        input: row.input,
        actor: asAsker(row.actor),
        face: 'system',
        approved: { id: row.id },
      }
      return road(call)
    },
  })
  const fleetReady = async () => {
    await parts.fleetReady?.()
    await personaStore.ready()
  }
  road = createRoad({
    ...contextParts,
    fleetReady,
    registry,
    personas: personaList,
    audit,
    results,
    metrics,
    approvals,
    services,
    rateLimits,
  })

  const housekeeping = {
    name: 'system.housekeeping',
    everyMs: 30_000,
    needs: [],
    async run() {
      await store.expireDue(now())
      await approvals.recover(new Date(now().getTime() - recoverAfterMs))
      await results.prune()
      await events.prune(new Date(now().getTime() - 7 * 86_400_000))
      await audit.drain()
    },
  }
  const tidying = {
    name: 'system.tidying',
    everyMs: 3_600_000,
    needs: [],
    run: async () => (await database.get()).tidy(),
  }
  const scheduler = createScheduler({
    database,
    jobs: [
      housekeeping,
      tidying,
      ...domains
        .flatMap((domain) => domain.jobs)
        .filter(({ name }) => !config.disabledJobs.some((disabled) => name.startsWith(disabled)))
        .map((job) => whileConfigured(job, configured)),
    ],
    context: (_, signal) => createJobContext(contextParts, signal),
    now,
    log,
    holder: `${hostname()}:${process.pid}:${Math.trunc(performance.timeOrigin)}`,
  })

  return {
    road,
    fleetReady,
    registry,
    personas: personaList,
    approvals,
    approvalAsker: async (id) => (await store.get(id)).actor,
    results,
    events,
    eventNames: new Set([...approvalEvents, ...domains.flatMap((domain) => Object.keys(domain.events))]),
    audit,
    identity,
    rateLimits,
    redactor,
    database,
    secret,
    async start({ watching = false } = {}) {
      // The embedded database belongs to one process: what started before this process did was cut off
      if (database.kind === 'pglite') database.onOpen(async () => void setImmediate(recoverOlder))
      scheduler.start()
      // the loops that watch the fleet keep what they see; nobody waits for it
      if (watching) database.get().catch((error) => log.warn(describeFailure(error), 'the database is not open yet'))
    },
    async close() {
      await scheduler.stop()
      await later.close()
      await audit.close()
      await events.close()
      if (!parts.database) await database.close()
    },
  }

  function recoverOlder() {
    approvals.recover(startedAt).catch((error) => log.error({ error }, 'recovery of cut-off changes failed'))
  }
}
