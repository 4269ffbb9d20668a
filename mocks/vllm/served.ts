import { randomUUID } from 'node:crypto'
import type { ServiceProxy } from '../kubernetes/server.ts'
import type { Cluster } from '../world/cluster.ts'
import type { KubeObject, Pod } from '../world/kube-types.ts'
import type { SeriesSource } from '../world/samples.ts'
import { createServingIndex, type ServingInfo } from '../world/serving-info.ts'
import { isReady } from '../world/workloads.ts'
import type { World } from '../world/world.ts'
import { answerVllm, MAX_MODEL_LENGTH } from './http.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { metricsText } from './metrics-text.ts'

/** Each request that runs beside another slows both a little: what batching costs. */
const crowding = { first: 0.05, token: 0.03 }

interface Serving {
  info: ServingInfo
  pod: Pod
  /** Null while no worker is ready */
  model: string | null
}

/** What answers behind a Service: the model of the pods it selects; undefined where it selects none that serve and are ready. */
function servingOf(
  cluster: Cluster,
  infoOf: (pod: Pod) => ServingInfo | undefined,
  place: { namespace: string; name: string; port: string },
) {
  const service = cluster.store.get('services', place.namespace, place.name)
  if (!service || !hasPort(service, place.port)) return undefined
  const selector = Object.entries((service.spec as { selector?: Record<string, string> } | undefined)?.selector ?? {})
  if (selector.length === 0) return undefined
  const ready = (cluster.store.list('pods') as Pod[]).filter(
    (pod) => pod.metadata.namespace === place.namespace && isReady(pod) && !pod.metadata.deletionTimestamp,
  )
  const behind = ready.find((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
  const info = behind && infoOf(behind)
  if (!info) return undefined
  const workers = ready.map(infoOf).filter((one) => one?.graph === info.graph && one.role === 'worker')
  return { info, pod: behind, model: workers.length > 0 ? info.servedName : null } satisfies Serving
}

/** Ports are named or numbered; without one the only port is meant. */
function hasPort({ spec }: KubeObject, port: string): boolean {
  const { ports = [] } = spec as { ports?: { name?: string; port: number }[] }
  return port === '' ? ports.length === 1 : ports.some((one) => one.name === port || String(one.port) === port)
}

/**
 * The API server's way to what is served in the clusters of the world: each model at its own speed, `speed` times faster where a test
 * is in a hurry. Its metrics are those that Prometheus has of the pod.
 */
export function servedModelsProxy(world: World, source: SeriesSource, speed = 1): ServiceProxy {
  const indexes = new Map<string, ReturnType<typeof createServingIndex>>()
  const metricsOf = new Map<string, Metrics>()
  const running = new Map<string, number>()

  return async ({ cluster: name, namespace, name: service, port, path }, { incoming, url }, response) => {
    const cluster = world.cluster(name)
    const index = indexes.get(name) ?? createServingIndex(cluster)
    indexes.set(name, index)
    const serving = servingOf(cluster, index.infoOf, { namespace, name: service, port })
    if (!serving) return false
    const key = `${name}/${namespace}/${service}`
    const { info, pod, model } = serving
    const others = running.get(key) ?? 0
    const metrics = metricsOf.get(key) ?? createMetrics(info.servedName, MAX_MODEL_LENGTH)
    metricsOf.set(key, metrics)
    const count = (by: number) => running.set(key, (running.get(key) ?? 0) + by)
    count(1)
    response.once('close', () => count(-1))
    incoming.url = `/${path.replace(/^\/+/, '')}${url.search}`
    await answerVllm(incoming, response, {
      metrics,
      metricsText: () => metricsText(source, { cluster: name, namespace, pod: pod.metadata.name, atMs: world.now() }),
      model,
      now: world.now,
      newId: () => randomUUID().replaceAll('-', ''),
      behaviour: 'talk',
      tokensPerSecond: speed / (info.itlSeconds * (1 + crowding.token * others)),
      firstTokenMs: (1000 * info.ttftSeconds * (1 + crowding.first * others)) / speed,
    })
    return true
  }
}
