import { isToolError } from '#contract'
import type { KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'

/** Namespaces a cluster cannot run without. */
const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease']

/** Kinds that change what everybody on the cluster may do or have. */
const protectedGroups: Record<string, string> = {
  'apiextensions.k8s.io': 'deleting or changing a definition takes every object of that kind with it',
  'apiregistration.k8s.io': 'it is a part of the API itself',
  'admissionregistration.k8s.io': 'it decides what the API server accepts',
  'rbac.authorization.k8s.io': 'it decides who may do what',
  'certificates.k8s.io': 'it gives out identities',
  'node.k8s.io': 'every node reads it',
  'scheduling.k8s.io': 'it decides whose pods go first',
  'storage.k8s.io': 'volumes of many depend on it',
  'flowcontrol.apiserver.k8s.io': 'it decides whose requests the API server takes',
}
const keptKinds: Record<string, string> = {
  namespaces: 'everything in it goes with it',
  nodes: 'its pods lose their machine: drain_node moves them first',
  persistentvolumes: 'data of others may be on it',
}

/** The namespace that we ourselves run in, as this API server knows us; undefined where we are no service account. */
async function ownNamespace(client: KubernetesCluster, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { username } = await client.whoAmI(signal)
    return /^system:serviceaccount:([^:]+):/.exec(username)?.[1]
  } catch (error) {
    // Old API servers have no such review; that says nothing about the object.
    if (isToolError(error) && error.code === 'not-found') return undefined
    throw error
  }
}

/** Why an object is not changed, or with `deleting` not deleted, by the way; undefined for all others. */
export async function protectionOf(
  client: KubernetesCluster,
  target: { kind: ResourceKind; name: string; namespace?: string; deleting?: boolean },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { kind, name } = target
  const place = kind.group === '' && kind.resource === 'namespaces' ? name : target.namespace
  if (place !== undefined && systemNamespaces.includes(place)) return `${place} keeps the cluster itself running`
  const byGroup = protectedGroups[kind.group]
  if (byGroup) return byGroup
  const byKind = target.deleting && kind.group === '' ? keptKinds[kind.resource] : undefined
  if (byKind) return byKind
  if (place !== undefined && place === (await ownNamespace(client, signal))) return `${place} is where we run ourselves`
  return undefined
}

/** What is not deleted at all, with or without a word: nobody could undo it, and no operator does it from a chat. */
export function isIndispensable({ kind, name }: { kind: ResourceKind; name: string }): boolean {
  return kind.group === '' && kind.resource === 'namespaces' && [...systemNamespaces, 'default'].includes(name)
}
