import { isToolError } from '#contract'
import type { PrometheusClients } from '../../clients/index.ts'
import type { KubernetesCluster } from '../../clients/kubernetes/types.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import { readServing } from '../serving/read.ts'

/** Requests its engines work on now, as Prometheus says; undefined where nobody measures them. */
export async function inFlight(parts: {
  prometheus: PrometheusClients | undefined
  kubernetes: KubernetesCluster
  deployment: ServedDeployment
  now: Date
  signal: AbortSignal
}): Promise<number | undefined> {
  const { prometheus, kubernetes, deployment, now, signal } = parts
  const { cluster, namespace, name } = deployment
  if (!prometheus?.names().includes(cluster)) return undefined
  try {
    const { measured } = await readServing({
      ...{ prometheus: prometheus.for(cluster), kubernetes, namespace, now, window: '5m' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)]),
    })
    const own = measured.filter((one) => one.namespace === namespace && one.name === name)
    return own.length > 0 ? own.reduce((sum, { running = 0 }) => sum + running, 0) : undefined
  } catch (error) {
    // A metrics store that is away stops no deletion
    if (isToolError(error) || signal.aborted === false) return undefined
    throw error
  }
}
