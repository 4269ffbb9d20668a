import type { ClusterAnswer } from '#contract'
import type { Access, FanOut } from '#define'
import type { PerCluster } from '../../clients/index.ts'
import type { KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { cell } from '../../text.ts'
import { runtimeOf, runtimes } from '../runtimes/index.ts'
import { listServed, type Served } from '../runtimes/served.ts'

/** What reading deployments of every runtime asks of an API server. */
export const servedAccess: readonly Access[] = runtimes.flatMap(({ root, alsoReads = [] }) =>
  [root, ...alsoReads].map(({ group, resource }) => ({ verbs: ['list'], group, resource })),
)

interface Asking {
  fanOut: <T>(names: readonly string[], task: (name: string, signal: AbortSignal) => Promise<T>) => Promise<FanOut<T>>
  kubernetes: PerCluster<KubernetesCluster>
}

/** Deployments of several clusters. A cluster that did not answer, or of which a runtime may not be read, is said in `clusters` (MOD-044). */
export async function readServed(
  { fanOut, kubernetes }: Asking,
  names: readonly string[],
  namespace?: string,
): Promise<FanOut<Served>> {
  const read = await fanOut(names, async (name, signal) => {
    const client = kubernetes.for(name)
    // What it serves is read once before all runtimes ask for it at the same time
    await client.servedVersions('apps', signal)
    return listServed(client, { namespace, signal })
  })
  const unread = new Map(read.values.map(({ cluster, value }) => [cluster, value.unread]))
  return { ...read, clusters: read.clusters.map((answer) => withUnread(answer, unread.get(answer.cluster) ?? [])) }
}

function withUnread(answer: ClusterAnswer, unread: Served['unread']): ClusterAnswer {
  if (unread.length === 0 || answer.status !== 'success') return answer
  const words = unread.map(
    ({ runtime, reason, objects }) =>
      `${runtimeOf(runtime)?.title ?? runtime}: ${objects ? `${objects.length} not understood` : 'may not be read'}: ${cell(reason, 120)}`,
  )
  return { ...answer, status: 'partial', error: words.join('; ').slice(0, 300) }
}
