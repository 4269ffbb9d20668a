import { isToolError, ToolError } from '#contract'
import type { KubernetesCluster, ResourceKind } from '../kubernetes/types.ts'
import { readGraph } from './read.ts'
import { toV1alpha1 } from './to-v1alpha1.ts'
import type { Dynamo } from './types.ts'

const group = 'nvidia.com'
type ApiVersion = 'v1beta1' | 'v1alpha1'

export const graphKind = (version: ApiVersion): ResourceKind => ({
  group,
  version,
  resource: 'dynamographdeployments',
  kind: 'DynamoGraphDeployment',
  namespaced: true,
})

/** Dynamo as its custom resources show it, through a Kubernetes client that is handed in. */
export function createDynamo(kubernetes: KubernetesCluster): Dynamo {
  const { cluster } = kubernetes

  async function apiVersion(signal?: AbortSignal): Promise<ApiVersion | undefined> {
    const served = await kubernetes.servedVersions(group, signal)
    return (['v1beta1', 'v1alpha1'] as const).find((version) => served.includes(version))
  }

  /** The group can be there without the CRD: the GPU operator uses nvidia.com too. */
  const isNotServed = (error: unknown) =>
    isToolError(error) && error.code === 'not-found' && error.options.details?.reason === 'NotServed'

  return {
    cluster,
    apiVersion,
    async list({ namespace, signal } = {}) {
      const version = await apiVersion(signal)
      if (!version) return []
      try {
        const { items } = await kubernetes.list(graphKind(version), { namespace, signal })
        return items.map((item) => readGraph(cluster, item))
      } catch (error) {
        if (isNotServed(error)) return []
        throw error
      }
    },
    async get({ namespace, name, signal }) {
      const version = await apiVersion(signal)
      if (!version) return undefined
      try {
        return readGraph(cluster, await kubernetes.get(graphKind(version), { namespace, name, signal }))
      } catch (error) {
        if (isToolError(error) && error.code === 'not-found') return undefined
        throw error
      }
    },
    async apply(manifest, options = {}) {
      const version = await apiVersion(options.signal)
      if (!version) {
        throw new ToolError('not-configured', `Dynamo is not installed on cluster ${cluster}.`, {
          next: 'Install the Dynamo operator with its CRDs there, or deploy to a cluster that has it.',
          cluster,
          changed: 'nothing',
        })
      }
      const isNewer = manifest.apiVersion !== `${group}/v1alpha1`
      const fitting = isNewer && version === 'v1alpha1' ? toV1alpha1(manifest) : manifest
      const target = isNewer ? version : 'v1alpha1'
      return kubernetes.apply(graphKind(target), fitting, options)
    },
  }
}
