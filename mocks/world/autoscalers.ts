import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import type { KubeObject } from './kube-types.ts'
import { conditionsFrom, keep, keepOnly, tell, type Verdict } from './operated.ts'
import { kubeTime } from './time-text.ts'

export const AUTOSCALERS = 'horizontalpodautoscalers.autoscaling'
export const SCALED_OBJECTS = 'scaledobjects.keda.sh'

interface Aim {
  apiVersion?: string
  kind?: string
  name: string
}

const RESOURCE_OF: Record<string, string> = {
  Deployment: 'deployments.apps',
  StatefulSet: 'statefulsets.apps',
  DynamoGraphDeploymentScalingAdapter: 'dynamographdeploymentscalingadapters.nvidia.com',
}

interface Autoscaler {
  scaleTargetRef: Aim
  minReplicas?: number
  maxReplicas: number
  metrics?: { type: string; [source: string]: unknown }[]
}

const replicasOf = (object: KubeObject) => (object.spec as { replicas?: number }).replicas ?? 1

function targetOf(
  cluster: Cluster,
  { metadata, spec }: KubeObject,
): { resource: string; target: KubeObject | undefined } {
  const { kind = 'Deployment', name } = (spec as { scaleTargetRef: Aim }).scaleTargetRef
  const resource = RESOURCE_OF[kind] ?? 'deployments.apps'
  return { resource, target: cluster.store.get(resource, metadata.namespace, name) }
}

function setReplicas(
  cluster: Cluster,
  resource: string,
  { target, replicas }: { target: KubeObject; replicas: number },
) {
  if (replicasOf(target) === replicas) return
  cluster.store.edit(resource, nameOf(target), (now) => ({ ...now, spec: { ...(now.spec as object), replicas } }))
}

const aimingAt = (cluster: Cluster, resource: string, { kind, metadata }: KubeObject): KubeObject[] =>
  RESOURCE_OF[kind] === undefined
    ? []
    : cluster.store.list(resource).filter((one) => {
        const aim = (one.spec as { scaleTargetRef?: Aim }).scaleTargetRef
        const aimed = (aim?.kind ?? 'Deployment') === kind && aim?.name === metadata.name
        return aimed && one.metadata.namespace === metadata.namespace
      })

/** HPAs and ScaledObjects that aim at an object. */
export const scalersOf = (cluster: Cluster, object: KubeObject): KubeObject[] => [
  ...aimingAt(cluster, AUTOSCALERS, object),
  ...aimingAt(cluster, SCALED_OBJECTS, object),
]

/** Brings the target of an HPA between its bounds. The load of the world asks for no more than is there, so within them nothing moves. */
export function reconcileAutoscaler(cluster: Cluster, object: KubeObject): void {
  const { minReplicas = 1, maxReplicas, metrics = [] } = object.spec as unknown as Autoscaler
  const { resource, target } = targetOf(cluster, object)
  const current = target ? replicasOf(target) : 0
  // One that was set to nothing by hand is left alone
  const resting = target !== undefined && current === 0
  const desired = resting || !target ? current : Math.min(maxReplicas, Math.max(minReplicas, current))
  const before = object.status as { lastScaleTime?: string } | undefined
  const moved = desired !== current
  const verdicts: Verdict[] = target
    ? [
        { type: 'AbleToScale', status: 'True', reason: moved ? 'SucceededRescale' : 'ReadyForNewScale' },
        resting
          ? { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }
          : { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
        ...(resting
          ? []
          : [
              desired >= maxReplicas
                ? ({ type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' } as const)
                : ({ type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange' } as const),
            ]),
      ]
    : [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: 'the target is not found' }]
  const lastScaleTime = moved && !cluster.booting ? kubeTime(cluster.timeline.now()) : before?.lastScaleTime
  const status = {
    observedGeneration: object.metadata.generation ?? 1,
    currentReplicas: current,
    desiredReplicas: desired,
    ...(lastScaleTime ? { lastScaleTime } : {}),
    ...(resting || !target ? {} : { currentMetrics: metrics.map(atItsTarget) }),
    conditions: conditionsFrom(cluster, object, verdicts),
  }
  tell(cluster, AUTOSCALERS, { object, status })
  if (target) setReplicas(cluster, resource, { target, replicas: desired })
}

/** A metric of the spec as it is measured when no more and no fewer pods are needed. */
function atItsTarget({ type, ...sources }: { type: string; [source: string]: unknown }) {
  const [[name, source] = ['', {}]] = Object.entries(sources)
  const { target = {}, ...rest } = source as { target?: Record<string, unknown> }
  const { type: _kind, ...current } = target
  return { type, [name]: { ...rest, current } }
}

interface Scaled {
  scaleTargetRef: Aim
  minReplicaCount?: number
  maxReplicaCount?: number
  triggers?: { type: string; name?: string; metadata?: Record<string, string> }[]
}

/** What KEDA does for a ScaledObject: an HPA between its bounds, or, where it is paused, none. */
export function reconcileScaledObject(cluster: Cluster, object: KubeObject): void {
  const { name, annotations = {} } = object.metadata
  const { scaleTargetRef, minReplicaCount = 0, maxReplicaCount = 100, triggers = [] } = object.spec as unknown as Scaled
  const { resource, target } = targetOf(cluster, object)
  const pausedAt = Number(annotations['autoscaling.keda.sh/paused-replicas'] ?? Number.NaN)
  const paused = annotations['autoscaling.keda.sh/paused'] === 'true' || Number.isInteger(pausedAt)
  const hpaName = `keda-hpa-${name}`
  const metricNames = triggers.map(({ type }, index) => `s${index}-${type}`)
  if (target && Number.isInteger(pausedAt)) setReplicas(cluster, resource, { target, replicas: pausedAt })
  if (target && !paused) {
    // From nothing KEDA itself brings the first replica: there is load
    if (replicasOf(target) === 0) setReplicas(cluster, resource, { target, replicas: Math.max(1, minReplicaCount) })
    const spec = {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', ...scaleTargetRef },
      minReplicas: Math.max(1, minReplicaCount),
      maxReplicas: maxReplicaCount,
      metrics: triggers.map(({ metadata }, index) => ({
        type: 'External',
        external: {
          metric: { name: metricNames[index], selector: { matchLabels: { 'scaledobject.keda.sh/name': name } } },
          target: { type: 'AverageValue', averageValue: metadata?.threshold ?? metadata?.value ?? '5' },
        },
      })),
    }
    const labels = { 'app.kubernetes.io/managed-by': 'keda-operator', 'scaledobject.keda.sh/name': name }
    const draft = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: hpaName, labels },
      spec,
    }
    keep(cluster, object, { resource: AUTOSCALERS, draft })
  } else keepOnly(cluster, object, { resource: AUTOSCALERS, names: [] })
  const ready = target !== undefined
  const verdicts: Verdict[] = [
    ready
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'ScaledObjectReady',
          message: 'ScaledObject is defined correctly and is ready for scaling',
        }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'ScaledObjectCheckFailed',
          message: "ScaledObject doesn't have correct scaleTargetRef specification",
        },
    {
      type: 'Active',
      status: ready && !paused ? 'True' : 'False',
      reason: ready && !paused ? 'ScalerActive' : 'ScalerNotActive',
    },
    { type: 'Fallback', status: 'False', reason: 'NoFallbackFound' },
    {
      type: 'Paused',
      status: paused ? 'True' : 'False',
      reason: paused ? 'ScaledObjectPaused' : 'ScaledObjectUnpaused',
    },
  ]
  const status = {
    scaleTargetKind: `apps/v1.${scaleTargetRef.kind ?? 'Deployment'}`,
    externalMetricNames: metricNames,
    ...(ready && !paused ? { hpaName } : {}),
    conditions: conditionsFrom(cluster, object, verdicts),
  }
  tell(cluster, SCALED_OBJECTS, { object, status })
}
