import { isToolError, ToolError } from '#contract'
import type { KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import type { RuntimeId } from '../config.ts'
import { runtimes } from './index.ts'
import type { Runtime, ServedDeployment } from './types.ts'

/** The kind of a runtime in the version that the cluster serves; undefined: it is not installed there. */
export async function servedKind(
  client: KubernetesCluster,
  { root }: Pick<Runtime, 'root'>,
  signal: AbortSignal,
): Promise<ResourceKind | undefined> {
  const served = await client.servedVersions(root.group, signal)
  const version = root.versions.find((one) => served.includes(one))
  if (version === undefined) return undefined
  return { group: root.group, version, resource: root.resource, kind: root.kind, namespaced: true }
}

/** A group can be there without the kind: the GPU operator uses nvidia.com too. */
const isAbsent = (error: unknown) => isToolError(error) && error.code === 'not-found'

export interface Served {
  deployments: ServedDeployment[]
  /** Runtimes that are there and may not be read, with the reason (MOD-044) */
  unread: { runtime: RuntimeId; reason: string }[]
}

/** Every model deployment of a cluster, whatever serves it and whoever made it. Throws only where no runtime could be asked. */
export async function listServed(
  client: KubernetesCluster,
  { namespace, signal }: { namespace?: string | undefined; signal: AbortSignal },
): Promise<Served> {
  const sources = runtimes.flatMap((runtime) =>
    [runtime.root, ...(runtime.alsoReads ?? [])].map((root) => ({ runtime, root })),
  )
  const read = await Promise.allSettled(
    sources.map(async ({ runtime, root }) => {
      const kind = await servedKind(client, { root }, signal)
      if (!kind) return []
      try {
        const { items } = await client.list(kind, { signal, ...(namespace !== undefined && { namespace }) })
        return items.flatMap((item) => runtime.read(client.cluster, item) ?? [])
      } catch (error) {
        if (isAbsent(error)) return []
        throw error
      }
    }),
  )
  const failures = read.flatMap((one, index) => (one.status === 'rejected' ? [{ error: one.reason, index }] : []))
  if (failures.length === sources.length) throw failures[0]!.error
  return {
    deployments: read.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
    unread: failures.map(({ error, index }) => ({ runtime: sources[index]!.runtime.id, reason: reasonOf(error) })),
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200)

/**
 * The one deployment with this name on a cluster.
 * @throws ToolError not-found with near names; invalid-input where several namespaces or runtimes have it
 */
export async function findServed(
  client: KubernetesCluster,
  wanted: { name: string; namespace?: string | undefined; signal: AbortSignal },
): Promise<ServedDeployment> {
  const { deployments, unread } = await listServed(client, wanted)
  const found = deployments.filter(({ name }) => name === wanted.name)
  if (found.length === 1) return found[0]!
  const { cluster } = client
  if (found.length > 1)
    throw new ToolError('invalid-input', `${cluster} has ${found.length} deployments named ${wanted.name}`, {
      cluster,
      field: 'namespace',
      next: `Say which: namespace ${found.map(({ namespace }) => namespace).join(' or ')}`,
      changed: 'nothing',
    })
  const names = deployments.map((one) => `${one.namespace}/${one.name}`)
  throw new ToolError('not-found', `${cluster} has no model deployment named ${wanted.name.slice(0, 63)}`, {
    cluster,
    field: 'name',
    next:
      names.length > 0
        ? `Use one of: ${names.slice(0, 8).join(', ')}`
        : `list_deployments {"clusters":["${cluster}"]}${unread.length > 0 ? `; not readable: ${unread.map(({ reason }) => reason).join('; ')}` : ''}`,
    changed: 'nothing',
  })
}
