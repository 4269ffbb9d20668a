import { randomUUID } from 'node:crypto'
import type { ServiceProxy } from '../kubernetes/server.ts'
import type { Cluster } from '../world/cluster.ts'
import type { Pod } from '../world/kube-types.ts'
import { createServingIndex, type ServingInfo } from '../world/serving-info.ts'
import { isReady } from '../world/workloads.ts'
import type { World } from '../world/world.ts'
import { answerVllm, MAX_MODEL_LENGTH } from './http.ts'
import { createMetrics, type Metrics } from './metrics.ts'

/** Each request that runs beside another slows both a little: what batching costs. */
const crowding = { first: 0.05, token: 0.03 }

interface Serving {
  info: ServingInfo
  /** Null while no worker is ready */
  model: string | null
}

/** What answers behind a Service: the model of the pods it selects; undefined where it selects none that serve and are ready. */
function servingOf(
  cluster: Cluster,
  infoOf: (pod: Pod) => ServingInfo | undefined,
  place: { namespace: string; name: string },
) {
  const service = cluster.store.get('services', place.namespace, place.name)
  const selector = Object.entries((service?.spec as { selector?: Record<string, string> } | undefined)?.selector ?? {})
  if (selector.length === 0) return undefined
  const ready = (cluster.store.list('pods') as Pod[]).filter(
    (pod) => pod.metadata.namespace === place.namespace && isReady(pod) && !pod.metadata.deletionTimestamp,
  )
  const behind = ready.find((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
  const info = behind && infoOf(behind)
  if (!info) return undefined
  const workers = ready.map(infoOf).filter((one) => one?.graph === info.graph && one.role === 'worker')
  return { info, model: workers.length > 0 ? info.model : null } satisfies Serving
}

/** The API server's way to what is served in the clusters of the world: each model at its own speed. */
export function servedModelsProxy(world: World): ServiceProxy {
  const indexes = new Map<string, ReturnType<typeof createServingIndex>>()
  const metricsOf = new Map<string, Metrics>()
  const running = new Map<string, number>()

  return async ({ cluster: name, namespace, name: service, path }, { incoming, url }, response) => {
    const cluster = world.cluster(name)
    const index = indexes.get(name) ?? createServingIndex(cluster)
    indexes.set(name, index)
    const serving = servingOf(cluster, index.infoOf, { namespace, name: service })
    if (!serving) return false
    const key = `${name}/${namespace}/${service}`
    const { info, model } = serving
    const others = running.get(key) ?? 0
    const metrics = metricsOf.get(key) ?? createMetrics(info.model, MAX_MODEL_LENGTH)
    metricsOf.set(key, metrics)
    const count = (by: number) => running.set(key, (running.get(key) ?? 0) + by)
    count(1)
    response.once('close', () => count(-1))
    incoming.url = `/${path.replace(/^\/+/, '')}${url.search}`
    await answerVllm(incoming, response, {
      metrics,
      model,
      now: world.now,
      newId: () => randomUUID().replaceAll('-', ''),
      behaviour: 'talk',
      tokensPerSecond: 1 / (info.itlSeconds * (1 + crowding.token * others)),
      firstTokenMs: 1000 * info.ttftSeconds * (1 + crowding.first * others),
    })
    return true
  }
}
