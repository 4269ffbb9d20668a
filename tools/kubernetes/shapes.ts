import type { KubeObject, ObjectMeta } from '../clients/kubernetes/types.ts'

/** The parts of core objects that are read here. Everything is optional: a half-written object is still described. */
export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string }
  running?: { startedAt?: string }
  terminated?: {
    exitCode: number
    signal?: number
    reason?: string
    message?: string
    startedAt?: string
    finishedAt?: string
  }
}

export interface ContainerStatus {
  name: string
  image?: string
  ready?: boolean
  started?: boolean
  restartCount?: number
  state?: ContainerState
  lastState?: ContainerState
}

export interface Probe {
  httpGet?: { path?: string; port?: number | string }
  tcpSocket?: { port?: number | string }
  exec?: { command?: string[] }
  grpc?: { port?: number }
  initialDelaySeconds?: number
  timeoutSeconds?: number
  periodSeconds?: number
  failureThreshold?: number
}

export interface Container {
  name: string
  image?: string
  command?: string[]
  args?: string[]
  restartPolicy?: string
  env?: {
    name: string
    value?: string
    valueFrom?: Record<string, { name?: string; key?: string; optional?: boolean }>
  }[]
  envFrom?: { configMapRef?: { name?: string }; secretRef?: { name?: string } }[]
  ports?: { name?: string; containerPort?: number; hostPort?: number }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  volumeMounts?: { name: string; mountPath: string }[]
  livenessProbe?: Probe
  readinessProbe?: Probe
  startupProbe?: Probe
}

export interface Volume {
  name: string
  persistentVolumeClaim?: { claimName: string }
  configMap?: { name?: string; optional?: boolean }
  secret?: { secretName?: string; optional?: boolean }
  emptyDir?: { medium?: string; sizeLimit?: string }
  hostPath?: { path: string }
}

export interface PodSpec {
  nodeName?: string
  containers?: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  nodeSelector?: Record<string, string>
  affinity?: Record<string, unknown>
  tolerations?: { key?: string; operator?: string; value?: string; effect?: string }[]
  schedulingGates?: { name: string }[]
  schedulerName?: string
  runtimeClassName?: string
  imagePullSecrets?: { name?: string }[]
  serviceAccountName?: string
  activeDeadlineSeconds?: number
  terminationGracePeriodSeconds?: number
  restartPolicy?: string
  hostNetwork?: boolean
}

export interface PodStatus {
  phase?: string
  reason?: string
  message?: string
  conditions?: Condition[]
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
  podIP?: string
  hostIP?: string
  startTime?: string
  nominatedNodeName?: string
}

export interface Pod {
  metadata: ObjectMeta
  spec: PodSpec
  status: PodStatus
}

export interface Node {
  metadata: ObjectMeta
  spec: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] }
  status: {
    capacity?: Record<string, string>
    allocatable?: Record<string, string>
    conditions?: Condition[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: Record<string, string>
  }
}

export interface EventObject {
  metadata: ObjectMeta
  type?: string
  reason?: string
  message?: string
  note?: string
  count?: number
  firstTimestamp?: string
  lastTimestamp?: string
  eventTime?: string
  series?: { count?: number; lastObservedTime?: string }
  involvedObject?: { kind?: string; namespace?: string; name?: string; fieldPath?: string; uid?: string }
  regarding?: { kind?: string; namespace?: string; name?: string; fieldPath?: string; uid?: string }
  source?: { component?: string; host?: string }
  reportingComponent?: string
}

const shaped = <T>(object: KubeObject): T => ({ ...object, spec: object.spec ?? {}, status: object.status ?? {} }) as T
export const asPod = (object: KubeObject): Pod => shaped<Pod>(object)
export const asNode = (object: KubeObject): Node => shaped<Node>(object)
export const asEvent = (object: KubeObject): EventObject => object as unknown as EventObject

export const conditionOf = (status: { conditions?: Condition[] }, type: string): Condition | undefined =>
  status.conditions?.find((condition) => condition.type === type)
