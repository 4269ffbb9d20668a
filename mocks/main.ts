import { fileURLToPath } from 'node:url'
import { type RunningAlertmanager, startAlertmanager } from './alertmanager/server.ts'
import { startControl } from './control.ts'
import { createHttpFaults, type HttpFaults } from './http-faults.ts'
import { startHuggingFace } from './huggingface/server.ts'
import { type ServiceProxy, startKubernetes } from './kubernetes/server.ts'
import { observabilityProxy } from './kubernetes/service-proxy.ts'
import { usageOf } from './kubernetes/usage.ts'
import { startLoki } from './loki/server.ts'
import { startPrometheus } from './prometheus/main.ts'
import { startQubic } from './qubic/server.ts'
import { answerRay, startRay } from './ray/server.ts'
import { startTempo } from './tempo/server.ts'
import { startVllm } from './vllm/main.ts'
import { servedModelsProxy } from './vllm/served.ts'
import { startWorkers, type Workers } from './workers.ts'
import type { Cluster } from './world/cluster.ts'
import { createFaults, type Faults } from './world/faults.ts'
import { GPU_MODELS } from './world/gpu-models.ts'
import type { Book } from './world/market-types.ts'
import { RULE_GROUPS } from './world/rule-groups.ts'
import { RAY_CLUSTERS } from './world/seed-serving.ts'
import { createSeriesSource } from './world/source.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

export interface StartOptions extends Partial<WorldOptions> {
  /** The control port; 0 takes any free one. All other servers always take free ones. */
  port?: number
  /** How often the world is brought up to its clock, so that watches tell what happens; 0 leaves time to `world.tick`. */
  tickMs?: number
  /** The only bearer token a cluster's API server takes, by cluster name. */
  tokens?: Record<string, string>
  /** Without the demo model, `llm` is absent from the configuration. */
  demoModel?: boolean
}

/** What the product's configuration file would say to reach this world. */
export interface WorldConfig {
  clusters: {
    name: string
    displayName: string
    type: 'hub' | 'spoke' | 'edge' | 'far-edge'
    environment: 'production' | 'staging' | 'development' | 'lab'
    region: string
    labels: Record<string, string>
    kubernetes: { url: string; token?: string }
    prometheus: { url: string }
    alertmanager: { url: string }
    loki: { url: string }
    tempo: { url: string }
  }[]
  ray: { name: string; dashboardUrl: string; token?: string }[]
  qubic: { url: string }
  huggingface: { url: string }
  prices: { source: string; asOf: string; gpuHourUsdCents: Record<string, number> }
  llm?: { baseUrl: string; model: string }
}

export interface StartedWorld {
  world: World
  faults: Faults
  httpFaults: HttpFaults
  config: WorldConfig
  /** The marketplace's book, to import into an empty store. */
  book: Book
  controlUrl: string
  /** Lets the marketplace's workers report to the product. */
  startWorkers(productUrl: string): Workers
  /** Lets every Alertmanager send its notifications to the product. */
  startNotifications(productUrl: string, token?: string): { stop(): void }
  close(): Promise<void>
}

/** The clusters that have a metrics server. */
const METRICS_SERVERS = new Set(['hub', 'edge-lab'])

interface Closable {
  close(): Promise<void>
}

/** Starts every server of the world on loopback. Deterministic from `seed` and `clock` (the system's by default). */
export async function startWorld(options: StartOptions = {}): Promise<StartedWorld> {
  const { port = 0, tickMs = 1000, tokens = {}, demoModel = true, clock = Date.now, ...worldOptions } = options
  const world = createWorld({ ...worldOptions, clock })
  const injected = createFaults(world)
  const httpFaults = createHttpFaults({
    isDead: (cluster) =>
      world.troubles.at(world.now()).some((one) => one.kind === 'dead-cluster' && one.cluster === cluster),
  })
  const faults: Faults = {
    ...injected,
    inject(kind, target) {
      const trouble = injected.inject(kind, target)
      if (kind === 'dead-cluster') httpFaults.cut(trouble.cluster)
      return trouble
    },
  }
  const running: Closable[] = []
  const keep = <T extends Closable>(server: T): T => {
    running.push(server)
    return server
  }
  const source = createSeriesSource(world)
  const start = { world, httpFaults, keep, tokens, source }
  const clusters = await Promise.all(world.clusters.map((cluster) => startCluster(start, cluster)))
  const ray = await startRayHeads(start)
  const qubic = keep(await startQubic({ world, guard: (handler) => httpFaults.guard({ server: 'qubic' }, handler) }))
  const huggingface = keep(
    await startHuggingFace({ guard: (handler) => httpFaults.guard({ server: 'huggingface' }, handler) }),
  )
  const model = demoModel ? keep(await startVllm({ now: world.now })) : undefined
  const control = keep(await startControl({ world, faults, httpFaults, port }))
  const timer = tickMs > 0 ? setInterval(world.sync, tickMs) : undefined
  timer?.unref()
  const workers: { stop(): void }[] = []
  return {
    world,
    faults,
    httpFaults,
    book: world.book(),
    controlUrl: control.url,
    config: {
      clusters: clusters.map(({ config }) => config),
      ray,
      qubic: { url: qubic.url },
      huggingface: { url: huggingface.url },
      prices: {
        source: 'demo price list',
        asOf: new Date(world.bootMs).toISOString().slice(0, 10),
        gpuHourUsdCents: Object.fromEntries(GPU_MODELS.map((one) => [one.modelName, one.hourUsdCents])),
      },
      ...(model ? { llm: { baseUrl: `${model.url}/v1`, model: 'quartermaster-demo' } } : {}),
    },
    startWorkers(productUrl) {
      const started = startWorkers({ world, productUrl })
      workers.push(started)
      return started
    },
    startNotifications(productUrl, token) {
      const senders = clusters.map(({ name, notifications }) =>
        notifications({ url: `${productUrl}/api/v1/alerts/webhook/${name}`, ...(token && { token }) }),
      )
      const timer = setInterval(() => senders.forEach((one) => void one.run()), 1000)
      timer.unref()
      const started = {
        stop() {
          clearInterval(timer)
          for (const one of senders) one.stop()
        },
      }
      workers.push(started)
      return started
    },
    async close() {
      clearInterval(timer)
      for (const one of workers) one.stop()
      await Promise.all(running.map((server) => server.close()))
    },
  }
}

interface Start {
  world: World
  httpFaults: HttpFaults
  keep: <T extends Closable>(server: T) => T
  tokens: Record<string, string>
  source: ReturnType<typeof createSeriesSource>
}

async function startCluster(
  { world, httpFaults, keep, tokens, source }: Start,
  { spec }: Cluster,
): Promise<{
  name: string
  config: WorldConfig['clusters'][number]
  notifications: RunningAlertmanager['notifications']
}> {
  const cluster = spec.name
  const guardOf = (server: 'kubernetes' | 'alertmanager' | 'loki' | 'tempo') => ({
    guard: (handler: Parameters<HttpFaults['guard']>[1]) => httpFaults.guard({ server, cluster }, handler),
  })
  const token = tokens[cluster]
  const prometheus = keep(
    await startPrometheus({
      source,
      cluster,
      now: world.now,
      port: 0,
      faults: httpFaults.hook({ server: 'prometheus', cluster }),
      ruleGroups: () => RULE_GROUPS,
    }),
  )
  const alertmanager = keep(await startAlertmanager({ world, cluster, ...guardOf('alertmanager') }))
  const loki = keep(await startLoki({ world, cluster, ...guardOf('loki') }))
  const tempo = keep(await startTempo({ world, cluster, ...guardOf('tempo') }))
  const toRay = rayProxy(world)
  const toModels = servedModelsProxy(world, source)
  const toObservability = observabilityProxy({
    prometheus: prometheus.url,
    alertmanager: alertmanager.url,
    loki: loki.url,
    tempo: tempo.url,
  })
  const kubernetes = keep(
    await startKubernetes({
      // Not every cluster has a metrics server: elsewhere Prometheus is asked
      ...(METRICS_SERVERS.has(spec.name) && { usage: usageOf(source, spec.name) }),
      world,
      cluster,
      proxy: async (service, request, response) =>
        (await toRay(service, request, response)) ||
        (await toModels(service, request, response)) ||
        toObservability(service, request, response),
      ...(token ? { token } : {}),
      ...guardOf('kubernetes'),
    }),
  )
  const config = {
    name: cluster,
    displayName: spec.displayName,
    type: spec.type,
    environment: spec.environment,
    region: spec.region,
    labels: spec.labels,
    kubernetes: { url: kubernetes.url, ...(token ? { token } : {}) },
    prometheus: { url: prometheus.url },
    alertmanager: { url: alertmanager.url },
    loki: { url: loki.url },
    tempo: { url: tempo.url },
  }
  return { name: cluster, config, notifications: alertmanager.notifications }
}

/** The API server's way to the head Service of a KubeRay cluster. */
function rayProxy(world: World): ServiceProxy {
  return async ({ cluster, namespace, name, path }, request, response) => {
    const ray = name.endsWith('-head-svc')
      ? world.rayCluster({ cluster, namespace, name: name.slice(0, -'-head-svc'.length) })
      : undefined
    if (!ray || ray.nodes().length === 0) return false
    await answerRay({ world, cluster: ray, path }, request, response)
    return true
  }
}

async function startRayHeads({ world, httpFaults, keep }: Start): Promise<WorldConfig['ray']> {
  const heads = [
    ...RAY_CLUSTERS.map(({ name, cluster }) => ({
      name,
      find: () => world.rayCluster({ cluster, namespace: 'ray', name }),
    })),
    { name: 'ray-lab', find: () => world.rayCluster('bare') },
  ]
  return Promise.all(
    heads.map(async ({ name, find }) => {
      const guard = (handler: Parameters<HttpFaults['guard']>[1]) =>
        httpFaults.guard({ server: 'ray', cluster: name }, handler)
      const token = find()?.token
      const { url } = keep(await startRay({ world, find, guard }))
      return { name, dashboardUrl: url, ...(token ? { token } : {}) }
    }),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { config, controlUrl } = await startWorld({ port: Number(process.argv[2] ?? 0) })
  console.log(JSON.stringify(config, undefined, 2))
  console.log(`control: ${controlUrl}`)
  // The ticking alone does not keep a program alive, the servers do.
}
