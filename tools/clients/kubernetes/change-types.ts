import type { KubeObject, ObjectRef, ResourceKind } from './types.ts'

export interface ChangeOptions {
  /** Server-side dry run: validated and admitted, nothing stored */
  dryRun?: boolean
  signal?: AbortSignal
}

export interface PatchOptions extends ObjectRef, ChangeOptions {
  /** Default merge (RFC 7386); json is RFC 6902 */
  type?: 'merge' | 'json'
  /** A merge patch may carry metadata.uid and metadata.resourceVersion: another object or version is a conflict */
  body: unknown
  subresource?: 'scale' | 'status'
}

export interface DeleteOptions extends ObjectRef, ChangeOptions {
  /** Only the object of this identity: another one of the same name is a conflict */
  uid?: string
  /** Only as it was read */
  resourceVersion?: string
  /** What happens to what it owns; default Background */
  propagation?: 'Background' | 'Foreground' | 'Orphan'
  graceSeconds?: number
}

export interface Eviction extends ChangeOptions {
  namespace: string
  pod: string
  uid?: string
  graceSeconds?: number
}

/** `evicted: false`: a disruption budget forbids it now, in the server's words. */
export type EvictionAnswer = { evicted: true } | { evicted: false; reason: string; retryAfterSeconds: number }

/** What changes objects besides apply. */
export interface KubernetesChange {
  create(kind: ResourceKind, object: KubeObject, options?: ChangeOptions): Promise<KubeObject>
  patch(kind: ResourceKind, patch: PatchOptions): Promise<KubeObject>
  /** Reads the scale or status subresource; not-found where the kind has none */
  subresource(kind: ResourceKind, ref: ObjectRef & { subresource: 'scale' | 'status' }): Promise<KubeObject>
  /** Asks for a pod to go, as `policy/v1` does: budgets are kept */
  evict(eviction: Eviction): Promise<EvictionAnswer>
  delete(kind: ResourceKind, options: DeleteOptions): Promise<void>
  /** Who we are for this API server */
  whoAmI(signal?: AbortSignal): Promise<{ username: string; groups: string[] }>
}
