import { isToolError, type Plan, ToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { orAbsent, sameManifest } from '../../manifest.ts'
import type { Manifest } from './manifests.ts'
import { checkProtected, guardOf, titleOf } from './target.ts'

export type Outcome = 'created' | 'changed' | 'unchanged'

export interface Applied {
  kind: ResourceKind
  title: string
  object: KubeObject
  outcome: Outcome
  before?: KubeObject
  after: KubeObject
  warnings: string[]
  /** Fields that other managers hold with other values */
  conflict?: { words: string; managers: string[] }
  /** Its namespace comes with this manifest, so the API server could not try it */
  untried?: boolean
  checks: Plan['checks']
}

interface Asked {
  client: KubernetesCluster
  namespace: string | undefined
  force: boolean
  allowed: boolean
  signal: AbortSignal
}

/** The kind of a manifest in exactly its version. */
export async function kindOfManifest(
  client: KubernetesCluster,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<ResourceKind> {
  const { apiVersion, kind } = manifest
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const found = await client.resolveKind(`${kind}.${version}${group && `.${group}`}`, signal)
  if (found.group === group && found.version === version) return found
  throw new ToolError('not-found', `Cluster ${client.cluster} does not serve ${apiVersion} ${kind}.`, {
    next: `It serves ${found.group ? `${found.group}/` : ''}${found.version} ${found.kind}.`,
    cluster: client.cluster,
    field: 'manifest',
    changed: 'nothing',
  })
}

/** The manifest with its namespace, where its kind has one. */
export function placed(manifest: Manifest, kind: ResourceKind, namespace: string | undefined): KubeObject {
  if (!kind.namespaced) {
    const { namespace: _, ...metadata } = manifest.metadata
    return { ...manifest, metadata }
  }
  const own = manifest.metadata.namespace ?? namespace
  if (own === undefined)
    throw new ToolError('invalid-input', `${kind.kind} ${manifest.metadata.name} says no namespace.`, {
      next: 'Give namespace, or metadata.namespace in the manifest.',
      field: 'namespace',
      changed: 'nothing',
    })
  return { ...manifest, metadata: { ...manifest.metadata, namespace: own } }
}

/** Namespaces first: what follows may be in them. */
export const inOrder = (manifests: readonly Manifest[]): Manifest[] =>
  [...manifests].sort((left, right) => Number(right.kind === 'Namespace') - Number(left.kind === 'Namespace'))

/** What applying would do to each object, by a dry run of each. */
export async function tryManifests(manifests: readonly Manifest[], asked: Asked): Promise<Applied[]> {
  const coming = new Set(manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name))
  const tried: Applied[] = []
  for (const manifest of inOrder(manifests)) tried.push(await tryOne(manifest, { ...asked, coming }))
  return tried
}

async function tryOne(manifest: Manifest, asked: Asked & { coming: ReadonlySet<string> }): Promise<Applied> {
  const { client, force, allowed, coming, signal } = asked
  const kind = await kindOfManifest(client, manifest, signal)
  const object = placed(manifest, kind, asked.namespace)
  const { name, namespace } = object.metadata
  const title = titleOf(kind, object)
  const checks = await checkProtected({ client, kind, object, deleting: false, allowed, signal })
  const before = await orAbsent(client.get(kind, { name, signal, ...(namespace && { namespace }) }))
  const warnings: string[] = []
  const tryApply = (withForce: boolean) =>
    client.apply(kind, object, { dryRun: true, force: withForce, signal, onWarning: (one) => warnings.push(one) })
  const known = { kind, title, object, warnings, checks, ...(before && { before }) }
  try {
    const after = await tryApply(false)
    return { ...known, after, outcome: !before ? 'created' : sameManifest(before, after) ? 'unchanged' : 'changed' }
  } catch (error) {
    if (!isToolError(error)) throw error
    if (error.code === 'not-found' && namespace !== undefined && coming.has(namespace))
      return { ...known, after: object, outcome: 'created', untried: true }
    const managers = error.options.details?.managers as string[] | undefined
    if (error.code !== 'conflict' || !managers) throw named(error, title)
    const conflict = { words: error.message, managers }
    return { ...known, conflict, outcome: 'changed', after: force ? await tryApply(true) : object }
  }
}

/** Which of several objects the API server speaks of. */
function named(error: ToolError, title: string): ToolError {
  return new ToolError(error.code, `${title}: ${error.message}`, { ...error.options, cause: error })
}

/** Replicas set by scale_workload are an earlier change of ours, and a conflict all the same: somebody wanted that number. */
const whoseFields = (managers: readonly string[]) =>
  managers.map((one) => (one === 'quartermaster' ? 'an earlier change from here' : one)).join(', ')

export function applyChecks(tried: readonly Applied[], force: boolean): Plan['checks'] {
  const untried = tried.filter((one) => one.untried)
  return [
    {
      label: 'The API server accepts every object (dry run)',
      state: untried.length > 0 ? 'warn' : 'pass',
      ...(untried.length > 0 && {
        detail: `not tried, as their namespace comes with them: ${untried.map(({ title }) => title).join(', ')}`,
      }),
    },
    ...tried.flatMap(({ checks }) => checks),
    ...tried.flatMap(({ title, conflict }): Plan['checks'] =>
      conflict
        ? [
            force
              ? {
                  label: `${title}: takes fields over from ${whoseFields(conflict.managers)}`,
                  state: 'warn',
                  detail: conflict.words,
                }
              : {
                  label: `${title}: conflict with ${whoseFields(conflict.managers)}`,
                  state: 'fail',
                  detail: `${conflict.words} force: true takes them over`,
                },
          ]
        : [],
    ),
    ...tried.flatMap(({ title, warnings }) =>
      warnings.slice(0, 2).map((detail) => ({
        label: `${title}: a warning of the API server`,
        state: 'warn' as const,
        detail: detail.slice(0, 200),
      })),
    ),
  ]
}

/** What each object is now. */
export const applyGuard = (tried: readonly Applied[]): Record<string, string> =>
  Object.fromEntries(tried.map(({ title, before }) => [title, before ? guardOf(before) : 'absent']))
