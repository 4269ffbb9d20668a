import { isToolError, ToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { ensureNamespace } from '../../manifest.ts'

/** `Service inference/qwen3-8b`. */
export const titleOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`

/**
 * The kind of a manifest in exactly its version.
 * @throws ToolError not-found where the cluster does not serve it
 */
export async function kindOf(
  client: Pick<KubernetesCluster, 'resolveKind' | 'cluster'>,
  { apiVersion = '', kind = '' }: KubeObject,
  signal: AbortSignal,
): Promise<ResourceKind> {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const found = await client.resolveKind(`${kind}.${version}${group && `.${group}`}`, signal)
  if (found.group === group && found.version === version) return found
  throw new ToolError('not-found', `${client.cluster} does not serve ${apiVersion} ${kind}`, {
    cluster: client.cluster,
    next: `It serves ${found.group ? `${found.group}/` : ''}${found.version} ${found.kind}`,
    changed: 'nothing',
  })
}

/**
 * Applies the objects of a deployment with our field manager (server-side apply): its namespace where it is missing, then
 * what the deployment uses, and the root, which comes first in `manifests`, last, so that the operator finds the rest.
 * Answers the objects as the API server stored them, in the order of `manifests`.
 * @throws ToolError of the object that was refused; `changed` and `details.applied` say what was done before it
 */
export async function applyAll(
  client: KubernetesCluster,
  manifests: readonly KubeObject[],
  { signal, force, createNamespace }: { signal: AbortSignal; force?: boolean; createNamespace?: boolean },
): Promise<KubeObject[]> {
  const kinds = await Promise.all(manifests.map((object) => kindOf(client, object, signal)))
  const namespace = manifests[0]?.metadata.namespace
  const stored: KubeObject[] = new Array(manifests.length)
  const applied: string[] = []
  if (createNamespace && namespace !== undefined && (await ensureNamespace(client, namespace, signal)))
    applied.push(`Namespace ${namespace}`)
  for (const index of [...manifests.keys()].reverse()) {
    const object = manifests[index]!
    try {
      stored[index] = await client.apply(kinds[index]!, object, { signal, ...(force && { force }) })
    } catch (error) {
      throw partly(error, { object, applied })
    }
    applied.push(titleOf(object))
  }
  return stored
}

/** The error of the API server, with the object it is about and what was changed before. */
function partly(error: unknown, { object, applied }: { object: KubeObject; applied: readonly string[] }): unknown {
  if (!isToolError(error)) return error
  const { details, next, changed } = error.options
  const said = `${titleOf(object)}: ${error.message}`
  const before = `${said.endsWith('.') ? '' : '.'} Applied before it: ${applied.join(', ')}.`
  return new ToolError(error.code, applied.length > 0 ? `${said}${before}` : said, {
    ...error.options,
    next: applied.length > 0 ? `${next} Deploy again when that is done: what is there is taken over.` : next,
    changed: applied.length > 0 ? 'something' : (changed ?? 'unknown'),
    details: { ...details, applied: [...applied] },
    cause: error,
  })
}
