import type { Cluster } from './cluster.ts'
import { nameOf } from './deployments.ts'
import { type Component, componentsOf, DGD, deploymentName } from './dynamo.ts'
import type { KubeObject } from './kube-types.ts'
import { kubeTime } from './time-text.ts'
import { ownerReference } from './workloads.ts'

export const SCALING_ADAPTER = 'dynamographdeploymentscalingadapters.nvidia.com'

interface AdapterSpec {
  replicas: number
  dgdRef: { name: string; componentName?: string; serviceName?: string }
}

/** Makes the adapters of a graph's components that ask for one. */
export function ensureAdapters(cluster: Cluster, dgd: KubeObject): void {
  for (const component of componentsOf(dgd)) if (component.scalingAdapter) ensureAdapter(cluster, dgd, component)
}

/** The adapter of a component, made once; from then on its `spec.replicas` leads. */
function ensureAdapter(cluster: Cluster, dgd: KubeObject, component: Component): void {
  const name = deploymentName(dgd, component)
  const { namespace } = dgd.metadata
  if (cluster.store.get(SCALING_ADAPTER, namespace, name)) return
  const reference = dgd.apiVersion.endsWith('v1alpha1')
    ? { serviceName: component.name }
    : { componentName: component.name }
  cluster.store.put(SCALING_ADAPTER, {
    apiVersion: dgd.apiVersion,
    kind: 'DynamoGraphDeploymentScalingAdapter',
    metadata: {
      name,
      namespace,
      ownerReferences: [ownerReference(dgd)],
      ...(cluster.booting ? { creationTimestamp: dgd.metadata.creationTimestamp } : {}),
    },
    spec: { replicas: component.replicas, dgdRef: { name: dgd.metadata.name, ...reference } },
    status: { replicas: component.replicas, selector: `nvidia.com/selector=${name}` },
  })
}

/** Carries the adapter's replicas into the graph. */
export function reconcileAdapter(cluster: Cluster, adapter: KubeObject): void {
  const { replicas, dgdRef } = adapter.spec as AdapterSpec
  const graph = cluster.store.get(DGD, adapter.metadata.namespace, dgdRef.name)
  if (!graph) return
  const wanted = dgdRef.componentName ?? dgdRef.serviceName ?? ''
  const spec = graph.spec as {
    components?: { name: string; replicas?: number }[]
    services?: Record<string, { replicas?: number }>
  }
  const components = spec.components?.map((one) => (one.name === wanted ? { ...one, replicas } : one))
  const service = spec.services?.[wanted]
  const services = service ? { ...spec.services, [wanted]: { ...service, replicas } } : spec.services
  const next = { ...spec, ...(components ? { components } : {}), ...(services ? { services } : {}) }
  if (JSON.stringify(next) !== JSON.stringify(graph.spec))
    cluster.store.edit(DGD, nameOf(graph), (now) => ({ ...now, spec: next }))
  const status = { ...(adapter.status as object), replicas }
  if (JSON.stringify(status) === JSON.stringify(adapter.status)) return
  cluster.store.edit(SCALING_ADAPTER, nameOf(adapter), (now) => ({
    ...now,
    status: { ...status, lastScaleTime: kubeTime(cluster.timeline.now()) },
  }))
}
