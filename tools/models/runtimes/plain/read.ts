import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { engineOf } from '../shared/command-line.ts'
import { enginePort } from '../shared/engine-command.ts'
import { conditionsOf, countOf, gpusOfPod, identityOf, isCurrent, listOf, recordOf, textOf } from '../shared/read.ts'
import type { ServedCondition, ServedDeployment } from '../types.ts'
import { serviceName } from './manifests.ts'

const ownerGroups = /^(nvidia\.com|serving\.kserve\.io|ray\.io|serving\.knative\.dev|grove\.io)\//
const ownerLabels = [
  'nvidia.com/dynamo-graph-deployment-name',
  'nvidia.com/dynamo-component',
  'serving.kserve.io/inferenceservice',
  'serving.knative.dev/service',
  'ray.io/cluster',
]

/** What another runtime made is that runtime's to show; workers of a group of pods are no deployment of their own. */
function isAnothers({ metadata }: KubeObject): boolean {
  const labels = metadata.labels ?? {}
  return (
    (metadata.ownerReferences ?? []).some(({ apiVersion, kind }) => ownerGroups.test(apiVersion) || kind === 'Pod') ||
    ownerLabels.some((label) => labels[label] !== undefined) ||
    labels['app.kubernetes.io/part-of'] === 'llminferenceservice'
  )
}

/** A Deployment or StatefulSet whose pods run vLLM, SGLang or TensorRT-LLM, whoever wrote it. */
export function readPlain(cluster: string, object: KubeObject): ServedDeployment | undefined {
  if (isAnothers(object)) return undefined
  const spec = recordOf(object.spec)
  const template = recordOf(spec.template)
  const pod = recordOf(template.spec)
  const engine = listOf(pod.containers).flatMap((container) => engineOf(container) ?? [])[0]
  if (!engine) return undefined
  const replicas = countOf(spec.replicas) ?? 1
  const conditions = conditionsOf(object.status)
  return {
    ...identityOf(cluster, object),
    runtime: 'plain',
    ...(engine.model !== undefined && { model: engine.model }),
    ...((engine.servedModelName ?? engine.model) !== undefined && {
      servedModelName: engine.servedModelName ?? engine.model!,
    }),
    engine: engine.engine,
    mode: 'aggregated',
    ...stateOf(object, { replicas, conditions }),
    conditions,
    components: [
      {
        name: object.metadata.name,
        role: 'worker',
        replicas,
        readyReplicas: isCurrent(object) ? (countOf(recordOf(object.status).readyReplicas) ?? 0) : 0,
        gpusPerReplica: gpusOfPod(pod),
      },
    ],
    ...(isOurs(object) && {
      endpoint: { service: serviceName(object.metadata.name), port: enginePort, path: '/v1' },
    }),
    podSelector: selectorText(spec.selector),
  }
}

/** Only of what we made is the Service known by its name; for others `findEndpoint` looks. */
const isOurs = ({ metadata }: KubeObject) =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'quartermaster' &&
  metadata.labels['app.kubernetes.io/name'] === 'model-deployment'

/** A selector of apps/v1 in the words of a query. */
export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = recordOf(selector)
  const equal = Object.entries(recordOf(matchLabels)).map(([key, value]) => `${key}=${String(value)}`)
  const others = listOf(matchExpressions).flatMap((one) => {
    const { key, operator, values } = recordOf(one)
    const name = textOf(key)
    if (name === undefined) return []
    if (operator === 'In' || operator === 'NotIn')
      return [`${name} ${operator === 'In' ? 'in' : 'notin'} (${listOf(values).join(',')})`]
    return operator === 'Exists' ? [name] : operator === 'DoesNotExist' ? [`!${name}`] : []
  })
  return [...equal, ...others].join(',')
}

type State = Pick<ServedDeployment, 'phase' | 'reason' | 'message'>

const because = (phase: State['phase'], condition: ServedCondition | undefined): State => ({
  phase,
  ...(condition?.reason !== undefined && { reason: condition.reason }),
  ...(condition?.message !== undefined && { message: condition.message }),
})

function stateOf(
  object: KubeObject,
  { replicas, conditions }: { replicas: number; conditions: ServedCondition[] },
): State {
  if (object.metadata.deletionTimestamp) return { phase: 'terminating' }
  if (replicas === 0) return { phase: 'pending', reason: 'ScaledToZero', message: 'No replica is asked for' }
  if (!isCurrent(object)) return { phase: 'pending' }
  const status = recordOf(object.status)
  const ready = countOf(status.readyReplicas) ?? 0
  const updated = countOf(status.updatedReplicas) ?? (object.kind === 'StatefulSet' ? ready : 0)
  const of = (type: string) => conditions.find((one) => one.type === type)
  const progressing = of('Progressing')
  const refused = of('ReplicaFailure')
  if (ready >= replicas && updated >= replicas) return { phase: 'running' }
  if (refused?.status === 'True') return because('failed', refused)
  if (progressing?.status === 'False') return because('failed', progressing)
  // Rolled out before, and some pods are away for now
  if (progressing?.reason === 'NewReplicaSetAvailable' && ready > 0)
    return { phase: 'running', reason: 'PartlyReady', message: `${ready} of ${replicas} replicas are ready` }
  const created = countOf(status.replicas) ?? 0
  return because(
    created > 0 ? 'deploying' : 'pending',
    of('Available')?.status === 'False' ? of('Available') : progressing,
  )
}
