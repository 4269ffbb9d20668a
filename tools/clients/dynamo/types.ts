import type { KubeObject } from '../kubernetes/types.ts'

/** A DynamoGraphDeployment in one shape, whichever API version is served. */
export interface DynamoDeployment {
  cluster: string
  namespace: string
  name: string
  uid?: string
  resourceVersion?: string
  generation?: number
  state: 'initializing' | 'pending' | 'successful' | 'failed' | 'unknown'
  ready: boolean
  reason?: string
  message?: string
  createdAt?: string
  backend?: 'vllm' | 'sglang' | 'trtllm'
  model?: string
  components: {
    name: string
    type: string
    replicas: number
    readyReplicas: number
    gpusPerReplica: number
  }[]
  raw: KubeObject
}

/** Dynamo through Kubernetes: writes v1beta1, falls back to v1alpha1 only where nothing newer is served. */
export interface Dynamo {
  readonly cluster: string
  /** undefined: the CRD is not installed */
  apiVersion(signal?: AbortSignal): Promise<'v1beta1' | 'v1alpha1' | undefined>
  list(q?: { namespace?: string; signal?: AbortSignal }): Promise<DynamoDeployment[]>
  get(ref: { namespace: string; name: string; signal?: AbortSignal }): Promise<DynamoDeployment | undefined>
  apply(
    manifest: KubeObject,
    options?: { dryRun?: boolean; force?: boolean; signal?: AbortSignal },
  ): Promise<KubeObject>
}
