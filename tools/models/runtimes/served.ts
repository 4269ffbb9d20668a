import { isToolError, ToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import type { RuntimeId } from '../config.ts'
import { runtimes } from './index.ts'
import type { RootKind, Runtime, ServedDeployment } from './types.ts'

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
  /** Runtimes that are there and may not be read, with the reason (MOD-044); with `objects` only these (namespace/name) are unread */
  unread: { runtime: RuntimeId; reason: string; objects?: string[] }[]
}

interface Source {
  runtime: Runtime
  root: RootKind
}

/** What one kind has. An object that does not fit hides no other. */
interface Read {
  found: ServedDeployment[]
  broken: { object: string; error: unknown }[]
}

/** undefined: the cluster does not have the kind */
async function readSource(
  client: KubernetesCluster,
  { runtime, root }: Source,
  { namespace, signal }: { namespace?: string | undefined; signal: AbortSignal },
): Promise<Read | undefined> {
  const kind = await servedKind(client, { root }, signal)
  if (!kind) return undefined
  try {
    const { items } = await client.list(kind, { signal, ...(namespace !== undefined && { namespace }) })
    return readItems(client.cluster, runtime, items)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function readItems(cluster: string, runtime: Runtime, items: readonly KubeObject[]): Read {
  const found: ServedDeployment[] = []
  const broken: Read['broken'] = []
  for (const item of items) {
    try {
      const one = runtime.read(cluster, item)
      if (one) found.push(one)
    } catch (error) {
      if (!isToolError(error)) throw error
      broken.push({ object: `${item.metadata.namespace}/${item.metadata.name}`, error })
    }
  }
  return { found, broken }
}

interface Everything extends Served {
  /** Of the first kind that was not read, where no kind of the cluster was */
  refusal?: unknown
  broken: Read['broken']
}

async function readEverything(
  client: KubernetesCluster,
  asked: { namespace?: string | undefined; signal: AbortSignal },
): Promise<Everything> {
  const sources = runtimes.flatMap((runtime) =>
    [runtime.root, ...(runtime.alsoReads ?? [])].map((root): Source => ({ runtime, root })),
  )
  const settled = await Promise.allSettled(sources.map((source) => readSource(client, source, asked)))
  const read = settled.flatMap((one, index) =>
    one.status === 'fulfilled' && one.value ? [{ ...one.value, runtime: sources[index]!.runtime.id }] : [],
  )
  const failed = settled.flatMap((one, index) =>
    one.status === 'rejected' ? [{ error: one.reason as unknown, runtime: sources[index]!.runtime.id }] : [],
  )
  if (failed.length === sources.length) throw failed[0]!.error
  return {
    deployments: read.flatMap(({ found }) => found),
    unread: [
      ...failed.map(({ error, runtime }) => ({ runtime, reason: reasonOf(error) })),
      ...read.flatMap(({ broken, runtime }) => (broken[0] ? [brokenIn(runtime, broken)] : [])),
    ],
    broken: read.flatMap(({ broken }) => broken),
    ...(failed[0] && read.length === 0 && { refusal: failed[0].error }),
  }
}

function brokenIn(runtime: RuntimeId, broken: Read['broken']): Served['unread'][number] {
  const { object, error } = broken[0]!
  const more = broken.length > 1 ? ` and ${broken.length - 1} more` : ''
  return { runtime, reason: `${object}${more}: ${reasonOf(error)}`, objects: broken.map((one) => one.object) }
}

/** Every model deployment of a cluster, whatever serves it and whoever made it. Throws only where no runtime could be asked. */
export async function listServed(
  client: KubernetesCluster,
  asked: { namespace?: string | undefined; signal: AbortSignal },
): Promise<Served> {
  const { deployments, unread } = await readEverything(client, asked)
  return { deployments, unread }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200)

/**
 * The one deployment with this name on a cluster.
 * @throws ToolError not-found with near names; invalid-input where several namespaces or runtimes have it; the error of reading
 * where it is there and does not fit, or where nothing of the cluster could be read
 */
export async function findServed(
  client: KubernetesCluster,
  wanted: { name: string; namespace?: string | undefined; signal: AbortSignal },
): Promise<ServedDeployment> {
  const { deployments, unread, broken, refusal } = await readEverything(client, wanted)
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
  const its = broken.find(({ object }) => object.endsWith(`/${wanted.name}`))
  if (its) throw its.error
  if (refusal !== undefined) throw refusal
  const names = deployments.map((one) => `${one.namespace}/${one.name}`)
  throw new ToolError('not-found', `${cluster} has no model deployment named ${wanted.name.slice(0, 63)}`, {
    cluster,
    field: 'name',
    next: [
      names.length > 0 ? `Use one of: ${names.slice(0, 8).join(', ')}` : `list_deployments {"clusters":["${cluster}"]}`,
      ...(unread.length > 0 ? [`not readable: ${unread.map(({ reason }) => reason).join('; ')}`] : []),
    ].join('; '),
    changed: 'nothing',
  })
}
