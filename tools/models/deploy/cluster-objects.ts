import { type KubernetesCluster, nodeKind, podKind } from '../../clients/kubernetes/types.ts'
import { asNode, gpuModelOf } from '../../kubernetes/service.ts'
import type { ClusterObjects } from './placement.ts'

/** Up to so many nodes with GPUs are asked for their own pods, all at once; beyond it every pod is read, page by page. */
const mostNodes = 16

/** Every node, and the pods that may hold GPUs: those of other nodes say nothing about where a worker finds room. */
export async function readObjects(client: KubernetesCluster, signal: AbortSignal): Promise<ClusterObjects> {
  const { cluster } = client
  const { items: nodes } = await client.list(nodeKind, { signal })
  const withGpus = nodes.filter((node) => gpuModelOf(asNode(node)) !== undefined)
  if (withGpus.length > mostNodes) return { cluster, nodes, pods: (await client.list(podKind, { signal })).items }
  const lists = await Promise.all(
    withGpus.map(({ metadata: { name } }) => client.list(podKind, { fieldSelector: `spec.nodeName=${name}`, signal })),
  )
  return { cluster, nodes, pods: lists.flatMap(({ items }) => items) }
}
