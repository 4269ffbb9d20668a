import type { Access } from '#define'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import type { Engine } from '../catalogue.ts'
import type { DeploymentConfig, RuntimeId } from '../config.ts'

export const phases = ['failed', 'pending', 'deploying', 'terminating', 'running'] as const
/** The phases people know (MOD-041). */
export type Phase = (typeof phases)[number]

export interface ServedCondition {
  type: string
  status: string
  reason?: string
  message?: string
  /** ISO 8601, last transition */
  since?: string
}

export interface ServedComponent {
  name: string
  role: 'frontend' | 'worker' | 'prefill' | 'decode' | 'planner' | 'router' | 'head'
  replicas: number
  readyReplicas: number
  /** Of all nodes of one replica */
  gpusPerReplica: number
  /** More than one: a replica spans several nodes */
  nodesPerReplica?: number
}

/** A model deployment in one shape, whatever serves it and whoever made it (MOD-040). */
export interface ServedDeployment {
  runtime: RuntimeId
  cluster: string
  namespace: string
  name: string
  uid?: string
  generation?: number
  createdAt?: string
  /** Hugging Face id or path; undefined where the object does not say */
  model?: string
  servedModelName?: string
  engine?: Engine
  mode?: 'aggregated' | 'disaggregated'
  phase: Phase
  /** In the words of its operator */
  reason?: string
  message?: string
  conditions: ServedCondition[]
  components: ServedComponent[]
  /** Where it answers the OpenAI API, inside the cluster; `url` where its operator published one */
  endpoint?: { service: string; port: number; path: string; url?: string }
  /** Label selector of all its pods */
  podSelector: string
  /** Who keeps it: quartermaster, Helm, Argo CD, another field manager; undefined: nobody said */
  keptBy?: string
  raw: KubeObject
}

/** A kind that stands for deployments; versions that can be written, best first. */
export interface RootKind {
  group: string
  resource: string
  kind: string
  versions: readonly string[]
}

/** Where a number of replicas stands, and how it is set there. */
export interface Lever {
  /** In words: component VllmWorker of DynamoGraphDeployment inference/chat */
  title: string
  kind: ResourceKind
  /** As it was read: the object that holds the number */
  object: KubeObject
  /** The number is set through this, and `object` is what it gave */
  subresource?: 'scale'
  /** Asked for now */
  replicas: number
  /** Load sets the number between these, by autoscaling written in the object itself */
  bounds?: { min: number; max: number }
  /** What else may set the number: the targets that an HPA or KEDA would name */
  targets: readonly { kind: string; name: string }[]
  /** Why it is not set by hand at all, and what to do instead */
  refusal?: { message: string; next: string }
  /** Merge patch (RFC 7386) that asks for this many; without `bounds` both are the same number. Lists come whole. */
  body(wanted: { min: number; max: number }): { metadata?: Record<string, unknown>; spec: Record<string, unknown> }
}

export type Path = readonly (string | number)[]

/** Where a kind of worker stands in the object that stands for the deployment. */
export interface WorkerPlace {
  /** Name of its component */
  component: string
  /** Its main container */
  container: Path
  /** Its pod spec, where that is not what has the container in its list */
  pod?: Path
  /** The quantity of its GPUs */
  gpus: Path
  /** Its number of replicas; absent where the object holds none */
  replicas?: Path
}

/** What changing a deployment that is there takes to know of a runtime. */
export interface RuntimeChange {
  /** Beside that of the runtime */
  access: readonly Access[]
  lever(look: {
    client: KubernetesCluster
    /** The kind and object that stand for the deployment, read just now */
    kind: ResourceKind
    object: KubeObject
    component: ServedComponent
    signal: AbortSignal
  }): Promise<Lever>
  /** Its kinds of workers, for changing flags, image and resources of what somebody else made */
  workers(object: KubeObject): WorkerPlace[]
  /** Other objects that stand for the same deployment and go when it is deleted */
  companions?(look: {
    client: KubernetesCluster
    kind: ResourceKind
    object: KubeObject
    signal: AbortSignal
  }): Promise<{ kind: ResourceKind; object: KubeObject }[]>
}

/** One way of serving a model on a cluster. */
export interface Runtime {
  id: RuntimeId
  /** As people call it: NVIDIA Dynamo */
  title: string
  /** The kind that is written */
  root: RootKind
  /** Kinds that others write and this runtime reads, besides its own: `raw.kind` of what was read tells them apart */
  alsoReads?: readonly RootKind[]
  /** Its object makes one of this runtime, with the same name, and that is the deployment from then on */
  handsOverTo?: RuntimeId
  engines: readonly Engine[]
  /** It finds by itself what a person chooses elsewhere: taken only where it is named or a goal is given */
  byGoal?: true
  /** The newest release that was read about, pinned; `image` of a configuration overrides it */
  defaultImage(engine: Engine): string
  /** Reading and writing its objects */
  access: readonly Access[]
  /** Why it cannot do what was asked; undefined: it can */
  refusal(config: DeploymentConfig): { field: string; message: string; next: string } | undefined
  /** All objects to apply, the one that stands for the deployment first, in a version the cluster serves */
  manifests(config: DeploymentConfig, version: string): KubeObject[]
  /** undefined: it serves no model (a Deployment of something else, or one that another runtime owns) */
  read(cluster: string, object: KubeObject): ServedDeployment | undefined
  /** Scaling, and changing what somebody else made; absent: neither is done from here */
  change?: RuntimeChange
}
