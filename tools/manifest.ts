import { createRequire } from 'node:module'
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

export interface ManifestPlan {
  /** Unified diff of YAML; empty when nothing changes */
  diff: string
  /** Changes when somebody else changed the object: absent, or uid and generation */
  guard: string
  exists: boolean
}

/** What a server-side apply would change, found out by the API server itself: a dry run is validated and admitted. */
export async function planManifest(parts: {
  client: Pick<KubernetesCluster, 'get' | 'apply'>
  kind: ResourceKind
  object: KubeObject
  signal: AbortSignal
}): Promise<ManifestPlan> {
  const { client, kind, object, signal } = parts
  const { name, namespace } = object.metadata
  const before = await client.get(kind, { name, ...(namespace && { namespace }), signal }).catch((error) => {
    if (error instanceof ToolError && error.code === 'not-found') return undefined
    throw error
  })
  const after = await client.apply(kind, object, { dryRun: true, signal })
  const written = (one: KubeObject | undefined) => (one ? yaml().stringify(withoutNoise(one), { lineWidth: 0 }) : '')
  const patch = diff().createTwoFilesPatch(
    before ? 'now' : '/dev/null',
    'planned',
    written(before),
    written(after),
    '',
    '',
    {
      context: 3,
    },
  )
  return {
    diff: patch.split('\n').slice(1).join('\n'),
    guard: before ? `${before.metadata.uid}/${before.metadata.generation ?? 0}` : 'absent',
    exists: before !== undefined,
  }
}
