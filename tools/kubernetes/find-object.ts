import { isToolError, ToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'
import { nearest } from '../scope.ts'
import { cell } from '../text.ts'

export interface Wanted {
  name: string
  namespace?: string | undefined
  /** The argument that the name was given as, where that is not `name` */
  field?: string
  signal: AbortSignal
}

/**
 * The object of this name; without a namespace it is looked for in all.
 * @throws not-found with a near name, invalid-request where several namespaces have it
 */
export async function findObject(client: KubernetesCluster, kind: ResourceKind, wanted: Wanted): Promise<KubeObject> {
  const { name, namespace, signal } = wanted
  if (kind.namespaced && namespace === undefined) return findAnywhere(client, kind, wanted)
  try {
    return await client.get(kind, { name, signal, ...(kind.namespaced && namespace && { namespace }) })
  } catch (error) {
    if (!isToolError(error) || error.code !== 'not-found') throw error
    const query = { limit: 500, signal, ...(kind.namespaced && namespace && { namespace }) }
    const { items } = await client.list(kind, query).catch(() => ({ items: [] }))
    throw missing(kind, wanted, {
      cluster: client.cluster,
      names: items.map((item) => item.metadata.name),
      cause: error,
    })
  }
}

async function findAnywhere(client: KubernetesCluster, kind: ResourceKind, wanted: Wanted): Promise<KubeObject> {
  const { name, signal } = wanted
  const { items } = await client.list(kind, { fieldSelector: `metadata.name=${name}`, signal })
  if (items.length === 1) return items[0]!
  if (items.length > 1)
    throw new ToolError('invalid-request', `${items.length} namespaces have a ${kind.kind} ${name}.`, {
      next: `Name one: ${items
        .slice(0, 20)
        .map((item) => item.metadata.namespace)
        .join(', ')}`,
      field: 'namespace',
      cluster: client.cluster,
    })
  const all = await client.list(kind, { limit: 500, signal })
  throw missing(kind, wanted, { cluster: client.cluster, names: all.items.map((item) => item.metadata.name) })
}

function missing(
  kind: ResourceKind,
  { name, namespace, field = 'name' }: Wanted,
  { cluster, names, cause }: { cluster: string; names: string[]; cause?: unknown },
): ToolError {
  const where = namespace && kind.namespaced ? ` in ${namespace}` : ''
  return new ToolError('not-found', `${cluster} has no ${kind.kind} ${cell(name, 120)}${where}.`, {
    next: hint({ kind, name, names, where: where || ` on ${cluster}` }),
    field,
    cluster,
    cause,
  })
}

/** Names that begin with the wanted one come first: who asks for a workload means one of its pods. */
function hint(asked: { kind: ResourceKind; name: string; names: readonly string[]; where: string }): string {
  const { kind, name, names, where } = asked
  const begun = names.filter((one) => one.startsWith(`${name}-`)).slice(0, 3)
  const near = nearest(name, names)
  const meant = begun.length > 0 ? begun : near ? [near] : []
  if (meant.length > 0) return `Did you mean ${meant.map((one) => cell(one, 120)).join(' or ')}?`
  if (names.length === 0) return `There is no ${kind.kind}${where} at all: look elsewhere.`
  const some = names.slice(0, 8).map((one) => cell(one, 60))
  return `There are ${some.join(', ')}`
}
