import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import type { Condition, Container, KubeObject, Pod, PodTemplate } from './kube-types.ts'
import { hexOf } from './random.ts'
import { kubeTime } from './time-text.ts'
import { isReady, livePods, ownedPods, ownerReference, type WorkloadTools } from './workloads.ts'

export const DGD = 'dynamographdeployments.nvidia.com'

/** A component of a DynamoGraphDeployment, whichever API version it was written in. */
export interface Component {
  name: string
  type: string
  subType?: string
  replicas: number
  nodeCount: number
  /** Its replicas are set through an adapter's scale subresource, not in the graph. */
  scalingAdapter: boolean
  template: PodTemplate
}

interface BetaComponent {
  name: string
  type?: string
  replicas?: number
  multinode?: { nodeCount?: number }
  scalingAdapter?: object
  podTemplate?: PodTemplate
}

interface AlphaService {
  componentType?: string
  subComponentType?: string
  replicas?: number
  envs?: Container['env']
  envFromSecret?: string
  extraPodMetadata?: PodTemplate['metadata']
  multinode?: { nodeCount?: number }
  scalingAdapter?: { enabled?: boolean }
  resources?: { requests?: Record<string, unknown>; limits?: Record<string, unknown> }
  extraPodSpec?: { mainContainer?: Partial<Container>; [field: string]: unknown }
}

/** The components of a graph in v1beta1's list or v1alpha1's map. */
export function componentsOf(dgd: KubeObject): Component[] {
  const spec = dgd.spec as {
    components?: BetaComponent[]
    services?: Record<string, AlphaService>
  }
  const beta = (spec.components ?? []).map((one) => ({
    name: one.name,
    type: one.type === 'prefill' || one.type === 'decode' ? 'worker' : (one.type ?? 'worker'),
    ...(one.type === 'prefill' || one.type === 'decode' ? { subType: one.type } : {}),
    replicas: one.replicas ?? 1,
    nodeCount: one.multinode?.nodeCount ?? 1,
    scalingAdapter: one.scalingAdapter !== undefined,
    template: one.podTemplate ?? { spec: { containers: [] } },
  }))
  const alpha = Object.entries(spec.services ?? {}).map(([name, one]) => ({
    name,
    type: one.componentType ?? 'default',
    ...(one.subComponentType ? { subType: one.subComponentType } : {}),
    replicas: one.replicas ?? 1,
    nodeCount: one.multinode?.nodeCount ?? 1,
    scalingAdapter: one.scalingAdapter?.enabled === true,
    template: alphaTemplate(one),
  }))
  return [...beta, ...alpha]
}

/** The pod template of a component with what the graph says for all of them. */
function templateOf(dgd: KubeObject, { template }: Component): PodTemplate {
  const { env, envs = env } = dgd.spec as { env?: Container['env']; envs?: Container['env'] }
  if (!envs?.length) return template
  const containers = template.spec.containers.map((one) =>
    one.name === 'main' ? { ...one, env: [...envs, ...(one.env ?? [])] } : one,
  )
  return { ...template, spec: { ...template.spec, containers } }
}

function alphaTemplate(service: AlphaService): PodTemplate {
  const { mainContainer = {}, ...podSpec } = service.extraPodSpec ?? {}
  const resource = (list: Record<string, unknown> = {}) =>
    Object.fromEntries(
      Object.entries(list)
        .filter(([key]) => key !== 'custom')
        .map(([key, value]) => [key === 'gpu' ? 'nvidia.com/gpu' : key, String(value)]),
    )
  const main: Container = {
    image: '',
    ...mainContainer,
    name: 'main',
    ...(service.envs ? { env: [...(mainContainer.env ?? []), ...service.envs] } : {}),
    ...(service.envFromSecret ? { envFrom: [{ secretRef: { name: service.envFromSecret } }] } : {}),
    ...(service.resources
      ? { resources: { requests: resource(service.resources.requests), limits: resource(service.resources.limits) } }
      : {}),
  }
  const { extraPodMetadata: metadata } = service
  return { ...(metadata ? { metadata } : {}), spec: { ...podSpec, containers: [main] } }
}

export function dynamoNamespace(dgd: KubeObject): string {
  return `${dgd.metadata.namespace}-${dgd.metadata.name}`.replaceAll('.', '-')
}

/** What the Dynamo operator does: a Deployment per component, a frontend Service, and the graph's status. */
export function reconcileGraph(tools: WorkloadTools, dgd: KubeObject): void {
  const { cluster } = tools
  const components = componentsOf(dgd)
  for (const component of components) applyDeployment(cluster, dgd, component)
  const wanted = new Set(components.map((component) => deploymentName(dgd, component)))
  for (const deployment of cluster.store.ownedBy('deployments.apps', dgd.metadata.uid)) {
    if (!wanted.has(deployment.metadata.name)) {
      cluster.store.remove('deployments.apps', deployment.metadata.namespace, deployment.metadata.name)
    }
  }
  const frontend = components.find((component) => component.type === 'frontend')
  if (frontend) ensureFrontendService(cluster, dgd, frontend)
  writeStatus(cluster, dgd, components)
}

export function deploymentName(dgd: KubeObject, component: Component): string {
  return `${dgd.metadata.name}-${component.name.toLowerCase()}`
}

function labelsOf(dgd: KubeObject, component: Component): Record<string, string> {
  return {
    'nvidia.com/dynamo-graph-deployment-name': dgd.metadata.name,
    'nvidia.com/dynamo-component': component.name,
    'nvidia.com/dynamo-component-type': component.type,
    ...(component.subType ? { 'nvidia.com/dynamo-sub-component-type': component.subType } : {}),
    'nvidia.com/dynamo-namespace': dynamoNamespace(dgd),
    'nvidia.com/dynamo-discovery-backend': 'kubernetes',
    'nvidia.com/metrics-enabled': 'true',
    'nvidia.com/selector': deploymentName(dgd, component),
  }
}

function applyDeployment(cluster: Cluster, dgd: KubeObject, component: Component) {
  const name = deploymentName(dgd, component)
  const labels = labelsOf(dgd, component)
  const worker =
    component.type === 'frontend'
      ? {}
      : { 'nvidia.com/dynamo-worker-hash': hexOf(JSON.stringify(component.template), 8) }
  const ports =
    component.type === 'frontend' ? [{ name: 'http', containerPort: 8000 }] : [{ name: 'system', containerPort: 9090 }]
  const template = templateOf(dgd, component)
  const containers = template.spec.containers.map((one) =>
    one.name === 'main' && !one.ports ? { ...one, ports } : one,
  )
  const spec = {
    replicas: component.replicas * component.nodeCount,
    selector: { matchLabels: { 'nvidia.com/selector': name } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: {
      metadata: {
        labels: { ...template.metadata?.labels, ...labels, ...worker },
        ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      },
      spec: { ...template.spec, containers },
    },
  }
  const namespace = dgd.metadata.namespace
  const current = cluster.store.get('deployments.apps', namespace, name)
  if (current && JSON.stringify(current.spec) === JSON.stringify(spec)) return
  cluster.store.put('deployments.apps', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...current?.metadata,
      name,
      namespace,
      labels,
      ownerReferences: [ownerReference(dgd)],
      ...(cluster.booting ? { creationTimestamp: dgd.metadata.creationTimestamp } : {}),
    },
    spec,
    ...(current ? { status: current.status } : {}),
  })
}

function ensureFrontendService(cluster: Cluster, dgd: KubeObject, frontend: Component) {
  const name = deploymentName(dgd, frontend)
  if (cluster.store.get('services', dgd.metadata.namespace, name)) return
  cluster.store.put('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: dgd.metadata.namespace,
      labels: labelsOf(dgd, frontend),
      ownerReferences: [ownerReference(dgd)],
      ...(cluster.booting ? { creationTimestamp: dgd.metadata.creationTimestamp } : {}),
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: `172.30.${parseInt(hexOf(name, 2), 16)}.${parseInt(hexOf(`${name}.`, 2), 16)}`,
      selector: { 'nvidia.com/selector': name },
      ports: [{ name: 'http', port: 8000, protocol: 'TCP', targetPort: 'http' }],
    },
    status: { loadBalancer: {} },
  })
}

interface ComponentStatus {
  componentKind: string
  componentNames: string[]
  runtimeNamespace: string
  replicas: number
  updatedReplicas: number
  readyReplicas: number
  availableReplicas: number
}

function writeStatus(cluster: Cluster, dgd: KubeObject, components: Component[]) {
  const rows: Record<string, ComponentStatus> = {}
  const lagging: string[] = []
  let unschedulable = 0
  for (const component of components) {
    const name = deploymentName(dgd, component)
    const deployment = cluster.store.get('deployments.apps', dgd.metadata.namespace, name)
    const sets = deployment ? cluster.store.ownedBy('replicasets.apps', deployment.metadata.uid) : []
    const live = sets.flatMap((set) => livePods(cluster, set))
    const newest = sets.at(-1)
    const updated = newest ? ownedPods(cluster, newest).filter((pod) => !pod.metadata.deletionTimestamp) : []
    const wanted = component.replicas * component.nodeCount
    const ready = updated.filter(isReady).length
    if (ready < wanted || live.length > wanted) lagging.push(`${component.name}: ${ready}/${wanted} ready`)
    unschedulable += live.filter(isUnschedulable).length
    // A replica of several nodes is there when all its pods are
    const replicasOf = (pods: readonly Pod[]) => Math.floor(pods.length / component.nodeCount)
    rows[component.name] = {
      componentKind: component.nodeCount > 1 ? 'PodCliqueScalingGroup' : 'Deployment',
      componentNames: [name],
      runtimeNamespace: dgd.metadata.namespace ?? 'default',
      replicas: replicasOf(live),
      updatedReplicas: replicasOf(updated),
      readyReplicas: replicasOf(live.filter(isReady)),
      availableReplicas: replicasOf(live.filter(isReady)),
    }
  }
  const previous = dgd.status as { conditions?: Condition[]; state?: string } | undefined
  const before = previous?.conditions?.find((condition) => condition.type === 'Ready')
  const ready = lagging.length === 0
  const updating = !ready && before?.status === 'True' && before.observedGeneration !== dgd.metadata.generation
  const reason = ready
    ? 'all_resources_are_ready'
    : unschedulable > 0
      ? 'insufficient_capacity'
      : updating
        ? 'updating'
        : 'pods_not_ready'
  const message = ready
    ? 'All resources are ready'
    : unschedulable > 0
      ? `${unschedulable} pod(s) cannot be scheduled; ${lagging.join('; ')}`
      : `Resources not ready: ${lagging.join('; ')}`
  const status = ready ? 'True' : 'False'
  const at = kubeTime(cluster.booting ? Date.parse(dgd.metadata.creationTimestamp) + 20_000 : cluster.timeline.now())
  const condition: Condition = {
    type: 'Ready',
    status,
    reason,
    message,
    observedGeneration: dgd.metadata.generation ?? 1,
    lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? at) : at,
  }
  const next = {
    observedGeneration: dgd.metadata.generation ?? 1,
    state: ready ? 'successful' : previous?.state ? 'pending' : 'initializing',
    conditions: [condition],
    [dgd.apiVersion.endsWith('v1alpha1') ? 'services' : 'components']: rows,
  }
  const current = cluster.store.get(DGD, dgd.metadata.namespace, dgd.metadata.name)
  if (!current || JSON.stringify(current.status) === JSON.stringify(next)) return
  cluster.store.edit(DGD, nameOf(dgd), (now) => ({ ...now, status: next }))
}

export function isUnschedulable(pod: Pod): boolean {
  return pod.status.conditions.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'Unschedulable',
  )
}
