import { createEventRecorder, type EventRecorder } from './events.ts'
import type { ClusterSpec } from './fleet.ts'
import type { Draft, Node, Pod } from './kube-types.ts'
import { type Gpu, type NodePlan, planNodes } from './nodes.ts'
import { createPlacement, type Placement } from './placement.ts'
import { createStore, type Store } from './store.ts'
import { kubeTime } from './time-text.ts'
import type { Timeline } from './timeline.ts'

/** Why the containers of a pod do not stay up. */
export type Ailment = 'crash' | 'oom'
/** Why a pod does not get as far as that. */
export type Hindrance = 'image-pull' | 'unschedulable'

/** One cluster of the world: its objects, who sits where, and the shared time. */
export interface Cluster {
  spec: ClusterSpec
  seed: string
  bootMs: number
  timeline: Timeline
  store: Store
  placement: Placement
  plans: NodePlan[]
  gpus: Gpu[]
  events: EventRecorder
  /** True while the world is being made: what is created then has been running for long. */
  booting: boolean
  ailmentOf(pod: Pod): Ailment | undefined
  hindranceOf(pod: Pod): Hindrance | undefined
  nodes(): Node[]
  pods(): Pod[]
  pod(namespace: string, name: string): Pod | undefined
}

export interface ClusterInput {
  spec: ClusterSpec
  seed: string
  timeline: Timeline
  ailmentOf(pod: Pod): Ailment | undefined
  hindranceOf(pod: Pod): Hindrance | undefined
}

/** A cluster with its nodes and namespaces-to-come; no pods yet. */
export function createCluster({ spec, seed, timeline, ailmentOf, hindranceOf }: ClusterInput): Cluster {
  const bootMs = timeline.now()
  const store = createStore({ seed: `${seed}/${spec.name}`, now: timeline.now })
  const plans = planNodes(spec, { seed, bootMs })
  const gpus = plans.flatMap((plan) => plan.gpus)
  for (const plan of plans) store.put('nodes', plan.draft)
  return {
    spec,
    seed: `${seed}/${spec.name}`,
    bootMs,
    timeline,
    store,
    plans,
    gpus,
    placement: createPlacement((node) => plans.find((plan) => plan.name === node)?.gpus.length ?? 0),
    events: createEventRecorder({ store, timeline }),
    booting: true,
    ailmentOf,
    hindranceOf,
    nodes: () => store.list('nodes') as Node[],
    pods: () => store.list('pods') as Pod[],
    pod: (namespace, name) => store.get('pods', namespace, name) as Pod | undefined,
  }
}

/** Makes a namespace unless it is there. */
export function ensureNamespace(cluster: Cluster, name: string, createdMs: number): void {
  if (cluster.store.get('namespaces', undefined, name)) return
  const draft: Draft = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { 'kubernetes.io/metadata.name': name },
      creationTimestamp: kubeTime(createdMs),
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }
  cluster.store.put('namespaces', draft)
}
