import type { StreamFetch } from '../stream-fetch.ts'
import type { KubernetesChange } from './change-types.ts'
import type { ServiceTarget } from './service-fetch.ts'
import type { KubeTable } from './table.ts'

/** A kind of Kubernetes object and where its API lives. */
export interface ResourceKind {
  /** '' for the core group */
  group: string
  version: string
  /** plural, lower case: pods */
  resource: string
  kind: string
  namespaced: boolean
}

export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
}

/** Any object of any kind, as the API server sends it. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
  [member: string]: unknown
}

export interface ListQuery {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** Stop after this many; without it the client pages until the end */
  limit?: number
  signal?: AbortSignal
}

/** `labelSelector` and `fieldSelector` are for `list`: what is remembered is whole. */
export interface CachedQuery {
  namespace?: string
  signal?: AbortSignal
  /** Called when the server has begun to answer: from then on it is large, and does not hang */
  begun?: () => void
}

export interface ObjectRef {
  name: string
  namespace?: string
  signal?: AbortSignal
}

export interface ApplyOptions {
  /** Server-side dry run: validated and admitted, nothing stored */
  dryRun?: boolean
  /** Take over fields that another manager owns */
  force?: boolean
  /** Called for each Warning header of the answer, such as a deprecated version */
  onWarning?: (warning: string) => void
  signal?: AbortSignal
}

export interface LogQuery {
  namespace: string
  pod: string
  container?: string
  tailLines?: number
  sinceSeconds?: number
  previous?: boolean
  limitBytes?: number
  timestamps?: boolean
  signal?: AbortSignal
}

/** One program in a container: a fixed list of arguments, no shell, no input. */
export interface ExecQuery {
  namespace: string
  pod: string
  container?: string
  command: readonly string[]
  /** Default 10 s */
  timeoutMs?: number
  /** Bound of all it may print, default 4 MiB */
  limitBytes?: number
  signal?: AbortSignal
}

export interface ExecResult {
  /** 127 where the image has no such program */
  exitCode: number
  stdout: string
  stderr: string
}

/** One API server. Failures are ToolErrors that carry the cluster's name; 401, 403, 404, 409, 422 keep the server's reason. */
export interface KubernetesCluster extends KubernetesChange {
  readonly cluster: string
  version(signal?: AbortSignal): Promise<{ gitVersion: string; platform?: string }>
  /** Versions the group is served in, preferred first; empty when the group is absent */
  servedVersions(group: string, signal?: AbortSignal): Promise<string[]>
  /** The kind behind `pods`, `Pod`, `po`, `rayclusters.ray.io` …; not-found names near ones */
  resolveKind(name: string, signal?: AbortSignal): Promise<ResourceKind>
  list(
    kind: ResourceKind,
    query?: ListQuery,
  ): Promise<{ items: KubeObject[]; resourceVersion: string; remaining?: number }>
  /**
   * All objects of a kind. Pods and nodes come without what no list shows (environments, probes, managed fields, images of a node) and,
   * asked for again and again, from a watch instead of a list. Not to be altered.
   */
  cached(kind: ResourceKind, query?: CachedQuery): Promise<KubeObject[]>
  /** The objects as the server itself prints them, with its columns */
  table(kind: ResourceKind, query?: ListQuery): Promise<KubeTable>
  get(kind: ResourceKind, ref: ObjectRef): Promise<KubeObject>
  /** Server-side apply with field manager `quartermaster` */
  apply(kind: ResourceKind, object: KubeObject, options?: ApplyOptions): Promise<KubeObject>
  logs(query: LogQuery): Promise<string>
  /** For reading a device's own tool (nvidia-smi): never with words of a caller. A test holds that only `tools/gpu` uses it. */
  execInPod(query: ExecQuery): Promise<ExecResult>
  /** GET through the API server's service proxy */
  serviceProxy(target: {
    namespace: string
    service: string
    port: number | string
    path: string
    signal?: AbortSignal
  }): Promise<Response>
  /**
   * Any method to a Service through the service proxy, answers as streams: for measuring what serves a model. Its paths are not a
   * caller's. A test holds that only `tools/models` uses it.
   */
  serviceFetch(target: ServiceTarget): StreamFetch
}

export const podKind: ResourceKind = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }
export const nodeKind: ResourceKind = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false }
export const eventKind: ResourceKind = { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true }
export const namespaceKind: ResourceKind = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}
