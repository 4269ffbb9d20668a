import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { ToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from './clients/kubernetes/types.ts'

const library = createRequire(import.meta.url)
// Loaded with the first plan: together 90 files that a start can do without
const diff = () => library('diff') as typeof import('diff')
const yaml = () => library('yaml') as typeof import('yaml')

/** What the API server adds and nobody asked for. */
export function withoutNoise(object: KubeObject): KubeObject {
  const { status: _, metadata, ...rest } = object
  const { name, namespace, labels, annotations } = metadata
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...notes } = annotations ?? {}
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(Object.keys(notes).length > 0 && { annotations: notes }),
    },
  }
}

/** As YAML, without noise and without secrets; empty where there is none. */
const written = (object: KubeObject | undefined, redact: <T>(value: T) => T): string =>
  object ? yaml().stringify(redact(withoutNoise(object)), { lineWidth: 0 }) : ''

/** Several objects as one YAML text, without noise and without secrets. */
export const manifestYaml = (objects: readonly KubeObject[], redact: <T>(value: T) => T): string =>
  objects.map((object) => written(object, redact)).join('---\n')

/** Unified diff of two states of an object as YAML, made of masked manifests; empty where they are the same. */
export function manifestDiff(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
  { redact, name = '' }: { redact: <T>(value: T) => T; name?: string },
): string {
  const called = (one: KubeObject | undefined, when: string) => (one ? `${when}${name && ` ${name}`}` : '/dev/null')
  const texts = [written(before, redact), written(after, redact)] as const
  if (texts[0] === texts[1]) return ''
  const names = [called(before, 'now'), called(after, 'planned')] as const
  const patch = diff().createTwoFilesPatch(...names, ...texts, '', '', { context: 3 })
  return patch.split('\n').slice(1).join('\n')
}

/** Whether two states differ in what somebody wrote: not in status, versions and times. */
export const sameManifest = (before: KubeObject, after: KubeObject): boolean =>
  isDeepStrictEqual(withoutNoise(before), withoutNoise(after))

export interface ManifestPlan {
  /** Unified diff of YAML; empty when nothing changes */
  diff: string
  /** Changes when somebody else changed the object: absent, or uid and generation */
  guard: string
  /** What is there now */
  before?: KubeObject
  /** What would be there: as the API server would store it, or as it was given where the namespace is missing */
  after: KubeObject
  /** The namespace is not there yet, so the API server could not try the object */
  missingNamespace?: string
}

const namespaceKind: ResourceKind = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

export const orAbsent = (found: Promise<KubeObject>): Promise<KubeObject | undefined> =>
  found.catch((error) => {
    if (error instanceof ToolError && error.code === 'not-found') return undefined
    throw error
  })

/** Creates a namespace that is missing; one that is there stays as it is. Whether it was created. */
export async function ensureNamespace(
  client: Pick<KubernetesCluster, 'get' | 'apply'>,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (await orAbsent(client.get(namespaceKind, { name, signal }))) return false
  await client.apply(
    namespaceKind,
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'quartermaster' } },
    },
    { signal },
  )
  return true
}

/**
 * What a server-side apply would change, found out by the API server itself: a dry run is validated and admitted.
 * With `createsNamespace` a missing namespace is part of the plan; otherwise the API server's not-found is thrown.
 */
export async function planManifest(parts: {
  client: Pick<KubernetesCluster, 'get' | 'apply'>
  kind: ResourceKind
  object: KubeObject
  createsNamespace?: boolean
  signal: AbortSignal
  /** Of the context: in a diff a value may stand without the name that tells it is a secret */
  redact: <T>(value: T) => T
  /** What the diff calls the object, where a plan has several */
  title?: string
  /** Told each warning that the API server gives to the dry run */
  onWarning?: (warning: string) => void
}): Promise<ManifestPlan> {
  const { client, kind, object, createsNamespace, signal, redact, title = '', onWarning } = parts
  const { name, namespace } = object.metadata
  const before = await orAbsent(client.get(kind, { name, ...(namespace && { namespace }), signal }))
  const missing =
    createsNamespace && !before && namespace !== undefined
      ? !(await orAbsent(client.get(namespaceKind, { name: namespace, signal })))
      : false
  const after = missing
    ? object
    : await client.apply(kind, object, { dryRun: true, signal, ...(onWarning && { onWarning }) })
  return {
    diff: manifestDiff(before, after, { redact, name: title }),
    guard: before ? `${before.metadata.uid}/${before.metadata.generation ?? 0}` : 'absent',
    ...(before && { before }),
    after,
    ...(missing && { missingNamespace: namespace! }),
  }
}
