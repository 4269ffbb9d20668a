import { Console } from 'node:console'
import { isToolError } from '#contract'
import type { LazyDatabase } from '#db/open.ts'
import { installationSecret } from '#db/secret.ts'
import type { Domain, Logger } from '#define'
import type { ConfiguredClients } from '#tools/clients/create.ts'
import { type Clients, clientNames } from '#tools/clients/index.ts'
import { domains as everyDomain } from '#tools/index.ts'
import { type Config, readConfig } from './config.ts'
import { type Core, createCore } from './core.ts'
import { createFleetStore } from './fleet-store.ts'
import type { HttpFace } from './http.ts'
import { createRedactor } from './policy/redact.ts'
import { createLog } from './record/log.ts'
import type { Metrics } from './record/metrics.ts'
import { currentTraceparent } from './record/trace.ts'

export const version = '0.1.0'

export interface BuildOptions {
  config: Config
  /** Secrets that the configuration names by variable are read from here */
  env: Readonly<Record<string, string | undefined>>
  /** The configuration of upstreams, in the form of the file; read from QM_CONFIG or KUBECONFIG otherwise */
  upstreams?: unknown
  /** A marketplace that is taken over when the database is first opened and has none */
  book?: unknown
  domains?: readonly Domain[]
  /** Instead of the one the configuration names */
  database?: LazyDatabase
  now?: () => Date
  log?: Logger
  /** Log lines go here instead of stderr */
  writeLog?: (line: string) => void
  /** Default: a new registry, for /metrics */
  metrics?: Metrics
}

/** A configured model endpoint with its key read. */
type ModelEndpoint = Omit<NonNullable<Config['models']>[number], 'apiKey'> & { apiKey?: string }

export interface Built {
  core: Core
  metrics: Metrics
  log: Logger
  config: Config
  now: () => Date
  /** Told by whoever listens */
  setUrl(url: string): void
  llm?: { baseUrl: string; model?: string; apiKey?: string }
  /** Further model endpoints, in the order of asking */
  models: ModelEndpoint[]
}

const outcomeOf = (status: number | undefined) =>
  status === undefined ? 'failed' : status < 400 ? 'ok' : String(status)

/** The clients of what is there now, asked anew each time: clusters come and go. */
function present(all: ConfiguredClients): Partial<Clients> {
  const clients = {}
  for (const name of clientNames)
    Object.defineProperty(clients, name, { enumerable: true, get: () => (all.has(name) ? all[name] : undefined) })
  return clients
}

/** The only place that builds things: config → clients, database, clock, log → core. Nothing is connected yet. */
export async function build(options: BuildOptions): Promise<Built> {
  const { config, now = () => new Date(), domains = everyDomain } = options
  const metrics = options.metrics ?? (await import('./record/metrics.ts')).createMetrics()
  const [{ createClients }, { readUpstreams }] = await Promise.all([
    import('#tools/clients/create.ts'),
    import('./upstreams.ts'),
  ])
  const { createVault, readKeyRing } = await import('#tools/clients/vault.ts')
  const { createSecret } = await import('#tools/clients/secret.ts')
  const upstreams = await readUpstreams({
    env: options.env,
    ...(options.upstreams !== undefined && { given: options.upstreams }),
    ...(config.configFile && { configFile: config.configFile }),
    ...(config.kubeconfig && { kubeconfig: config.kubeconfig }),
    inCluster: config.inCluster,
    huggingfaceUrl: config.huggingfaceUrl,
  })
  const secret = await installationSecret({ folder: config.dataDir, ...(config.secret && { given: config.secret }) })
  const redactor = createRedactor({
    key: secret,
    literals: [
      ...upstreams.secrets,
      ...[config.ownerToken, config.webhookToken, ...config.people.map(({ token }) => token)].filter(
        (token) => token !== undefined,
      ),
    ],
  })
  // with the redactor of the road: it knows the secrets of the configuration
  const log =
    options.log ?? createLog({ level: config.logLevel, redactor, ...(options.writeLog && { write: options.writeLog }) })
  const fleet = createFleetStore({ folder: config.dataDir, log, now })
  const vault = createVault(() =>
    readKeyRing({
      given: config.credentialsKey,
      file: config.credentialsKeyFile,
      folder: config.dataDir,
      shared: (options.database?.kind ?? (config.databaseUrl ? 'postgres' : 'pglite')) === 'postgres',
    }),
  )
  if (config.modelCatalogue !== undefined) {
    // a mistake in it is told now, not when somebody asks for a model
    const { catalogueOf } = await import('#tools/models/catalogue.ts')
    catalogueOf({ catalogueFile: config.modelCatalogue })()
  }
  const all = createClients(upstreams.config, {
    ...(config.modelCatalogue !== undefined && { modelCatalogue: config.modelCatalogue }),
    vault,
    onRegistryChange: fleet.changed,
    onRotated: fleet.rotated,
    now,
    env: options.env,
    onSecret: redactor.learn,
    ...(config.queryGuard && { queryGuard: config.queryGuard }),
    traceparent: currentTraceparent,
    onRequest: ({ upstream, cluster = '', status, tookMs }) =>
      metrics.upstream.observe({ upstream, cluster, outcome: outcomeOf(status) }, tookMs / 1000),
  })
  // What is not configured is not there: the tools that need it are hidden and say why
  const clients = present(all)
  const fromFile = upstreams.config.llm
  const llm = fromFile && {
    baseUrl: fromFile.baseUrl,
    ...(fromFile.model !== undefined && { model: fromFile.model }),
    ...(fromFile.apiKey !== undefined && {
      apiKey: await createSecret(fromFile.apiKey, 'llm.apiKey', {
        env: options.env,
        now: () => now().getTime(),
      }).read(),
    }),
  }
  const models: ModelEndpoint[] = await Promise.all(
    (config.models ?? upstreams.config.models ?? []).map(async ({ apiKey, ...model }) => ({
      ...model,
      ...(apiKey !== undefined && {
        apiKey: await createSecret(apiKey, `models.${model.name}.apiKey`, {
          env: options.env,
          now: () => now().getTime(),
        }).read(),
      }),
    })),
  )
  for (const { apiKey } of models) if (apiKey) redactor.learn(apiKey)
  let url: string | undefined = config.publicUrl
  const core = createCore({
    config,
    clients,
    redactor,
    secret,
    domains,
    metrics,
    log,
    now,
    pageUrl: () => url,
    fleetReady: fleet.ready,
    ...(options.database && { database: options.database }),
  })
  fleet.connect({ core, registry: all.registry, vault })
  if (options.book !== undefined)
    core.database.onOpen(async ({ db }) => {
      const { importBook } = await import('#tools/marketplace/service.ts')
      await importBook(db, options.book)
    })
  return {
    core,
    metrics,
    log,
    config,
    now,
    setUrl: (listening) => {
      url = config.publicUrl ?? listening
    },
    ...((config.llm ?? llm) && { llm: config.llm ?? llm! }),
    models,
  }
}

export async function httpFace(built: Built): Promise<HttpFace> {
  const { createHttpFace } = await import('./http.ts')
  return createHttpFace({ ...built, version })
}

/** stdio: stdout carries only the protocol, everything else goes to stderr. */
export async function serveOnStdio(built: Built): Promise<void> {
  const [{ serveStdio }, { createMcpFace }, { watchLists }] = await Promise.all([
    import('@modelcontextprotocol/server/stdio'),
    import('./faces/mcp.ts'),
    import('./faces/list-changes.ts'),
  ])
  const { core, config } = built
  // a library that prints must not break the protocol
  globalThis.console = new Console(process.stderr, process.stderr)
  // one that a person made is known once the database was read
  if (!core.personas.all().some(({ id }) => id === config.persona)) await core.fleetReady()
  const persona = core.personas.check(config.persona)
  const serverFor = createMcpFace({
    ...core,
    version,
    approveByClient: config.approvals === 'client',
    now: built.now,
    log: built.log,
  })
  const actor = { id: 'local', name: 'Local owner', role: 'owner', clusters: '*', kind: 'agent', persona } as const
  // one for the connection; another may have been made before it, only to be asked what it can
  const servers: ReturnType<typeof serverFor>[] = []
  const handle = serveStdio(
    () => {
      const server = serverFor({ actor, agentToken: false }, { tellsChanges: true })
      servers.push(server)
      return server
    },
    { onerror: (error) => built.log.warn({ error: error.message }, 'an MCP message was refused') },
  )
  const leaveLists = watchLists(core, ({ tools, prompts }) => {
    for (const server of servers) {
      if (server.transport === undefined) continue
      if (tools) server.sendToolListChanged().catch(() => {})
      if (prompts) server.sendPromptListChanged().catch(() => {})
    }
  })
  await core.start()
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    leaveLists()
    await handle.close()
    await core.close()
    // a request to an upstream that hangs would keep the process for as long as it hangs
    process.exit(0)
  }
  process.stdin.once('end', stop)
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

async function serveOnHttp(built: Built): Promise<void> {
  const { listen } = await import('./http.ts')
  const face = await httpFace(built)
  const { server, url } = await listen(face.handle, built.config)
  server.on('upgrade', face.upgrade)
  built.setUrl(url)
  await built.core.start({ watching: true })
  built.log.info({ url }, 'listening')
  const stop = async () => {
    server.close()
    await face.close()
    await built.core.close()
    process.exit(0)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

/** What a person reads when the start fails. */
export function explain(error: unknown): string {
  return isToolError(error) ? `${error.message}\n${error.options.next}` : String((error as Error)?.stack ?? error)
}

/** The server alone, without the chat: over stdio, or over HTTP. */
export async function main(env: BuildOptions['env'], { stdio }: { stdio: boolean }): Promise<void> {
  try {
    const config = readConfig(env)
    // On stdio the one client is whoever started us
    if (stdio)
      await serveOnStdio(
        await build({
          config: { ...config, rateLimits: undefined },
          env,
          metrics: (await import('./record/no-metrics.ts')).noMetrics,
        }),
      )
    else await serveOnHttp(await build({ config, env }))
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exitCode = 1
  }
}

export { readConfig }
