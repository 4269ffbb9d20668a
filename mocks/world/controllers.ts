import { AUTOSCALERS, reconcileAutoscaler, reconcileScaledObject, SCALED_OBJECTS, scalersOf } from './autoscalers.ts'
import { BUDGETS, budgetsOf, reconcileBudget } from './budgets.ts'
import type { Cluster } from './cluster.ts'
import { reconcileDeployment, scaleSet } from './deployments.ts'
import { DGD, reconcileGraph } from './dynamo.ts'
import { DGDR, reconcileRequest } from './dynamo-request.ts'
import { INFERENCE_SERVICE, reconcileInferenceService } from './kserve.ts'
import { LLM_INFERENCE_SERVICE, reconcileLlmInferenceService } from './kserve-llm.ts'
import type { KubeObject, Pod } from './kube-types.ts'
import { RAY_CLUSTER, reconcileRayCluster } from './kuberay.ts'
import type { Lifecycle } from './lifecycle.ts'
import { type RayJobs, reconcileRayJob } from './ray-jobs.ts'
import { RAY_SERVICE, reconcileRayService } from './ray-service.ts'
import { ensureAdapters, reconcileAdapter, SCALING_ADAPTER } from './scaling-adapter.ts'
import { reconcileDaemonSet, reconcileJob, reconcileStatefulSet } from './sets.ts'
import { specOf, type WorkloadTools } from './workloads.ts'

const RESOURCE_OF_KIND: Record<string, string> = {
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
  PodDisruptionBudget: BUDGETS,
  DynamoGraphDeployment: DGD,
  RayCluster: RAY_CLUSTER,
  DynamoGraphDeploymentScalingAdapter: SCALING_ADAPTER,
  InferenceService: INFERENCE_SERVICE,
  LLMInferenceService: LLM_INFERENCE_SERVICE,
  RayService: RAY_SERVICE,
  HorizontalPodAutoscaler: AUTOSCALERS,
  ScaledObject: SCALED_OBJECTS,
}

/** A pod that finds no node or dies at its start changes no count of its Deployment, yet the object above must say so. */
function servedBy({ metadata: { labels = {} } }: KubeObject): [kind: string, name: string] | undefined {
  const graph = labels['nvidia.com/dynamo-graph-deployment-name']
  if (graph) return ['DynamoGraphDeployment', graph]
  const service = labels['serving.kserve.io/inferenceservice']
  if (service) return ['InferenceService', service]
  const llm = labels['app.kubernetes.io/name']
  if (llm && labels['app.kubernetes.io/part-of'] === 'llminferenceservice') return ['LLMInferenceService', llm]
  const origin = labels['ray.io/originated-from-crd'] === 'RayService' && labels['ray.io/originated-from-cr-name']
  return origin ? ['RayService', origin] : undefined
}

const CHILDREN = [
  'deployments.apps',
  'replicasets.apps',
  'services',
  'configmaps',
  'secrets',
  'controllerrevisions.apps',
  'jobs.batch',
  RAY_CLUSTER,
  AUTOSCALERS,
]

export interface Controllers {
  /** Brings one object to what it asks for, now. */
  reconcile(resource: string, object: KubeObject): void
}

/** The controllers of a cluster: they follow its store and answer each change at the same moment of world time. */
export function startControllers(
  cluster: Cluster,
  { lifecycle, rayJobs }: { lifecycle: Lifecycle; rayJobs: RayJobs },
): Controllers {
  const tools: WorkloadTools = { cluster, lifecycle }
  const queued = new Set<string>()

  function reconcile(resource: string, object: KubeObject) {
    if (resource === 'deployments.apps') reconcileDeployment(tools, object)
    else if (resource === 'replicasets.apps') reconcileSet(object)
    else if (resource === 'statefulsets.apps') reconcileStatefulSet(tools, object)
    else if (resource === 'daemonsets.apps') reconcileDaemonSet(tools, object)
    else if (resource === 'jobs.batch') reconcileJob(tools, object)
    else if (resource === BUDGETS) reconcileBudget(cluster, object)
    else if (resource === DGD) {
      reconcileGraph(tools, object)
      ensureAdapters(cluster, object)
    } else if (resource === SCALING_ADAPTER) reconcileAdapter(cluster, object)
    else if (resource === RAY_CLUSTER) reconcileRayCluster(tools, object)
    else if (resource === RAY_SERVICE) reconcileRayService(cluster, object)
    else if (resource === INFERENCE_SERVICE) reconcileInferenceService(cluster, object)
    else if (resource === LLM_INFERENCE_SERVICE) reconcileLlmInferenceService(cluster, object)
    else if (resource === AUTOSCALERS) reconcileAutoscaler(cluster, object)
    else if (resource === SCALED_OBJECTS) reconcileScaledObject(cluster, object)
  }

  function reconcileSet(object: KubeObject) {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller)
    if (owner) enqueue(owner.kind, object.metadata.namespace, owner.name)
    else scaleSet(tools, object, specOf(object).replicas ?? 1)
  }

  function enqueue(kind: string, namespace: string | undefined, name: string) {
    const resource = RESOURCE_OF_KIND[kind]
    const key = `${resource}/${namespace}/${name}`
    if (!resource || queued.has(key)) return
    queued.add(key)
    cluster.timeline.after(0, () => {
      queued.delete(key)
      const object = cluster.store.get(resource, namespace, name)
      if (object) reconcile(resource, object)
    })
  }

  function collect(owner: KubeObject) {
    const { uid } = owner.metadata
    for (const pod of cluster.store.ownedBy('pods', uid)) lifecycle.terminate(pod as Pod)
    for (const resource of CHILDREN) {
      for (const child of cluster.store.ownedBy(resource, uid)) {
        cluster.store.remove(resource, child.metadata.namespace, child.metadata.name)
      }
    }
  }

  cluster.store.subscribe(({ type, resource, object }) => {
    if (cluster.booting || resource === 'events') return
    for (const owner of object.metadata.ownerReferences ?? [])
      enqueue(owner.kind, object.metadata.namespace, owner.name)
    if (resource === 'pods')
      for (const budget of budgetsOf(cluster, object))
        enqueue(budget.kind, budget.metadata.namespace, budget.metadata.name)
    const served = resource === 'pods' && servedBy(object)
    if (served) enqueue(served[0], object.metadata.namespace, served[1])
    for (const { kind, metadata } of scalersOf(cluster, object)) enqueue(kind, metadata.namespace, metadata.name)
    if (type === 'DELETED') collect(object)
    else if (resource !== 'pods') enqueue(object.kind, object.metadata.namespace, object.metadata.name)
    // A RayJob follows itself from then on, so only its arrival counts.
    if (resource === 'rayjobs.ray.io' && type === 'ADDED')
      cluster.timeline.after(0, () => reconcileRayJob(cluster, object, rayJobs))
    // So does a request, as a search goes on by itself.
    if (resource === DGDR && type === 'ADDED') cluster.timeline.after(0, () => reconcileRequest(cluster, object))
    if (resource === 'nodes' && type === 'ADDED') {
      for (const set of cluster.store.list('daemonsets.apps'))
        enqueue('DaemonSet', set.metadata.namespace, set.metadata.name)
    }
  })

  return { reconcile }
}
