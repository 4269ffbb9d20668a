import type { KubernetesCluster } from '../../clients/kubernetes/types.ts'
import type { Prometheus } from '../../clients/prometheus/types.ts'
import { ask } from '../../metrics/service.ts'
import { listServed } from '../runtimes/served.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import { collect, type Measured } from './collect.ts'
import { ownerFinder } from './owner.ts'
import { bucketQuery, counterQuery, gaugeQuery, type Window } from './queries.ts'

export interface Serving {
  measured: Measured[]
  /** Deployments there are; undefined: Kubernetes did not tell */
  deployments?: ServedDeployment[]
  warnings: string[]
}

interface Asking extends Window {
  prometheus: Prometheus
  kubernetes?: KubernetesCluster | undefined
  /** Known already: then Kubernetes is not asked */
  deployments?: ServedDeployment[]
  now: Date
  signal: AbortSignal
}

/**
 * What the engines of one cluster measured over the window: three questions to its Prometheus, and its deployments to say whose they
 * are. Without Kubernetes the names come from the labels.
 * @throws what Prometheus answers
 */
export async function readServing(asking: Asking): Promise<Serving> {
  const { prometheus, kubernetes, now, signal, namespace, name, window } = asking
  const place = { namespace, name }
  // On a grid, so that a question asked again at once comes from the cache
  const time = new Date(Math.floor(now.getTime() / 15_000) * 15_000)
  const at = (query: string) => ask(prometheus, { query, evaluation: { kind: 'instant', time }, signal })
  const [state, counted, buckets, deployments] = await Promise.all([
    at(gaugeQuery(place)),
    at(counterQuery({ ...place, window })),
    at(bucketQuery({ ...place, window })),
    asking.deployments ??
      (kubernetes &&
        listServed(kubernetes, { namespace, signal }).then(
          (served) => served.deployments,
          () => undefined,
        )),
  ])
  const measured = collect({ now: state, counted, buckets }, ownerFinder(deployments ?? []))
  const warnings = [...new Set([state, counted, buckets].flatMap((one) => (one.partial ? one.warnings : [])))]
  return { measured, ...(deployments && { deployments }), warnings }
}
