import type { KubeObject, ObjectMeta } from '../../clients/kubernetes/types.ts'

interface ManagedFields {
  manager?: string
  operation?: string
  subresource?: string
  fieldsV1?: Record<string, unknown>
}

/** The name our client writes under (server-side apply). */
const own = 'quartermaster'

/** Field managers by the name people know. What an operator or kubelet writes is no keeping. */
const managers: readonly [RegExp, string][] = [
  [/^quartermaster/, own],
  [/^helm$/i, 'Helm'],
  [/^argocd/, 'Argo CD'],
  [/^(kustomize|helm)-controller$/, 'Flux'],
  [/^kubectl/, 'kubectl'],
]

const has = (members: Record<string, string> | undefined, pattern: RegExp) =>
  Object.keys(members ?? {}).some((key) => pattern.test(key))

/**
 * Who keeps an object as it is, and would put it back: Argo CD, Flux, Helm, quartermaster, or another word of its labels or managed
 * fields. Undefined: nobody said. GitOps comes first: what it renders carries the labels of Helm too.
 */
export function keptBy({ metadata }: KubeObject): string | undefined {
  const { labels, annotations } = metadata
  if (annotations?.['argocd.argoproj.io/tracking-id'] || has(labels, /^argocd\.argoproj\.io\/instance$/))
    return 'Argo CD'
  if (has(labels, /^(kustomize|helm)\.toolkit\.fluxcd\.io\/name$/)) return 'Flux'
  // Dynamo makes a graph for a request once, and leaves it alone from then on
  if (labels?.['dgdr.nvidia.com/name']) return undefined
  const label = labels?.['app.kubernetes.io/managed-by']
  if (label?.toLowerCase() === 'helm' || annotations?.['meta.helm.sh/release-name']) return 'Helm'
  if (label) return label
  return managerOf(metadata)
}

/** Who wrote its spec: one who applies it before one who once edited it. */
function managerOf(metadata: ObjectMeta): string | undefined {
  const { managedFields } = metadata as ObjectMeta & { managedFields?: ManagedFields[] }
  const writers = (managedFields ?? []).filter(
    ({ subresource, fieldsV1 }) => !subresource && (fieldsV1 === undefined || 'f:spec' in fieldsV1),
  )
  const writer = writers.find(({ operation }) => operation === 'Apply') ?? writers[0]
  if (!writer?.manager) return undefined
  return managers.find(([pattern]) => pattern.test(writer.manager!))?.[1] ?? writer.manager
}
