import { isDeepStrictEqual } from 'node:util'
import { isToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { kindOfManifest } from '../../kubernetes/service.ts'
import { manifestDiff, orAbsent, sameManifest, withoutNoise } from '../../manifest.ts'
import { type Claimed, carryOut, type Draft, type RevisionRow } from './claim.ts'
import { isMarked } from './ours.ts'
import { workersOf } from './parts.ts'
import { mergePatch, unbound, valueAt, withValue } from './paths.ts'
import { type ScalingOwner, scalingOwnerOrUnread } from './scaling.ts'
import { type ChangeContext, changeOf, readTarget, type Target } from './target.ts'

type Client = Pick<KubernetesCluster, 'get' | 'apply' | 'patch' | 'delete' | 'resolveKind' | 'cluster'>

/** Components whose replicas something else than the deployment itself leads, or may lead where we may not look, by name. */
export async function ledElsewhere(target: Target, signal: AbortSignal): Promise<Map<string, ScalingOwner>> {
  if (!target.runtime.change) return new Map()
  const found = await Promise.all(
    workersOf(target.deployment).map(
      async (one) => [one.name, await scalingOwnerOrUnread(target, one, signal)] as const,
    ),
  )
  return new Map(
    found.filter(
      ([, { object, unread }]) => unread !== undefined || object.metadata.uid !== target.object.metadata.uid,
    ),
  )
}

/** The object with the replicas that run now, where a scaling adapter or an autoscaler leads them: setting them would be a fight. */
export function withLedReplicas(
  object: KubeObject,
  { target, led }: { target: Target; led: ReadonlyMap<string, ScalingOwner> },
): KubeObject {
  if (led.size === 0) return object
  const now = changeOf(target).workers(target.object)
  return changeOf(target)
    .workers(object)
    .reduce((next, { component, replicas }) => {
      const place = now.find((one) => one.component === component)?.replicas
      if (!led.has(component) || !replicas || !place || valueAt(next, replicas) === undefined) return next
      return withValue(next, replicas, valueAt(target.object, place))
    }, object)
}

/** One object of a draft, as the API server would have it. */
export interface Tried {
  kind: ResourceKind
  object: KubeObject
  before?: KubeObject
  after: KubeObject
  /** What other field managers hold and would lose */
  taken?: string
  /** Why nobody knows what sets its replicas; they stay */
  unread?: string
}

interface Trying {
  client: Client
  signal: AbortSignal
}

const kindOf = ({ client, signal }: Trying, object: KubeObject) =>
  kindOfManifest(client as KubernetesCluster, object as never, signal)

const find = (
  client: Client,
  kind: ResourceKind,
  { metadata, signal }: Pick<KubeObject, 'metadata'> & { signal: AbortSignal },
) =>
  orAbsent(
    client.get(kind, { name: metadata.name, signal, ...(metadata.namespace && { namespace: metadata.namespace }) }),
  )

/** A dry run of each object, with what it takes from others said. */
export async function tryAll(manifests: readonly KubeObject[], trying: Trying): Promise<Tried[]> {
  const { client, signal } = trying
  return Promise.all(
    manifests.map(async (object): Promise<Tried> => {
      const kind = await kindOf(trying, object)
      const before = await find(client, kind, { metadata: object.metadata, signal })
      const known = { kind, object, ...(before && { before }) }
      try {
        return { ...known, after: await client.apply(kind, object, { dryRun: true, signal }) }
      } catch (error) {
        if (!isToolError(error) || error.code !== 'conflict') throw error
        const managers = (error.options.details?.managers as string[] | undefined) ?? []
        const others = managers.filter((one) => one !== 'quartermaster')
        const after = await client.apply(kind, object, { dryRun: true, force: true, signal })
        return { ...known, after, ...(others.length > 0 && { taken: others.join(', ') }) }
      }
    }),
  )
}

/** The merge patch that makes a spec into another, bound to what was read. */
export function specPatch(live: KubeObject, wanted: KubeObject) {
  const { name, namespace, resourceVersion } = live.metadata
  const spec = mergePatch(live.spec ?? {}, wanted.spec ?? {}) ?? {}
  return { name, ...(namespace && { namespace }), body: { metadata: { resourceVersion }, spec } }
}

/** What a draft would do: to what we made by apply, to what somebody else made by a patch of its spec. */
export async function tryDraft(target: Target, draft: Draft, ctx: ChangeContext): Promise<Tried[]> {
  const { client, kind, object } = target
  const led = await ledElsewhere(target, ctx.signal)
  const [root, ...others] = draft.manifests
  const wanted = withLedReplicas(root!, { target, led })
  const unread = [...led.values()].find((one) => one.unread !== undefined)?.unread
  const more = unread === undefined ? {} : { unread }
  if (draft.config) {
    const tried = await tryAll([wanted, ...others], { client, signal: ctx.signal })
    return tried.map((one, index) => (index === 0 ? { ...one, ...more } : one))
  }
  const after = await client.patch(kind, { ...unbound(specPatch(object, wanted)), dryRun: true, signal: ctx.signal })
  return [
    {
      kind,
      object: wanted,
      before: object,
      after: { ...after, apiVersion: object.apiVersion!, kind: kind.kind },
      ...more,
    },
  ]
}

export const isUnchanged = (tried: readonly Tried[]): boolean =>
  tried.every(({ before, after }) => before !== undefined && sameManifest(withKind(before, after), after))

const withKind = (before: KubeObject, { apiVersion, kind }: KubeObject): KubeObject => ({
  ...before,
  apiVersion: apiVersion!,
  kind: kind!,
})

export const diffOf = (tried: readonly Tried[], redact: <T>(value: T) => T): string =>
  tried
    .filter((one) => !isUnchanged([one]))
    .map(({ before, after, kind }) =>
      manifestDiff(before && withKind(before, after), after, {
        redact,
        ...(tried.length > 1 && { name: `${kind.kind} ${after.metadata.name}` }),
      }),
    )
    .join('\n')

const idOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`

/** Objects that an older set has and a newer one has no more. */
export const leftOver = (older: readonly KubeObject[], newer: readonly KubeObject[]): KubeObject[] =>
  older.filter((one) => !newer.some((other) => idOf(other) === idOf(one)))

export const manifestsOf = (row: Pick<RevisionRow, 'manifests'> | undefined): KubeObject[] =>
  (row?.manifests ?? []) as unknown as KubeObject[]

/** Claims, volumes and secrets hold what no manifest brings back. */
const kept = ['PersistentVolumeClaim', 'Secret', 'Namespace']

/** Takes away what an earlier revision had beside the root, and only where it carries our mark. */
async function prune(objects: readonly KubeObject[], trying: Trying): Promise<void> {
  const { client, signal } = trying
  for (const object of objects) {
    if (kept.includes(object.kind!)) continue
    const kind = await kindOf(trying, object)
    const live = await find(client, kind, { metadata: object.metadata, signal })
    if (!live || !isMarked(live)) continue
    const { name, namespace, uid } = live.metadata
    await client.delete(kind, { name, ...(namespace && { namespace }), ...(uid && { uid }) })
  }
}

/**
 * Makes the cluster what a revision says. Every write is bound to what was read just before, so that a later revision is
 * never written over by an earlier one.
 */
export async function doRevision(
  ctx: ChangeContext,
  claimed: Claimed,
  { target, edit }: { target: Target; edit?: (now: Target) => KubeObject },
): Promise<void> {
  const { client, kind, runtime, cluster } = target
  const { signal } = ctx
  const { name, namespace, config } = claimed.row
  const [root, ...others] = manifestsOf(claimed.row)
  const trying = { client, signal }
  const isEdit = config === null && edit !== undefined
  await carryOut(ctx, claimed, {
    always: isEdit,
    async look() {
      const now = await readTarget({ cluster, client, runtime, kind, name, namespace, signal })
      const led = await ledElsewhere(now, signal)
      const beside = config === null ? [] : await lookAtAll(others, trying)
      return { now, wanted: withLedReplicas(isEdit ? edit(now) : root!, { target: now, led }), beside }
    },
    async write({ now, wanted, beside }) {
      if (config === null) {
        const patch = specPatch(now.object, wanted)
        if (!isDeepStrictEqual(patch.body.spec, {})) await client.patch(kind, patch)
        return
      }
      for (const one of beside) await client.apply(one.kind, bound(one.object, one.live), { force: true })
      await client.apply(kind, bound(wanted, now.object), { force: true })
    },
  })
  // Of what we made, what this revision no longer has
  const gone =
    config === null && !claimed.before?.config ? [] : leftOver(manifestsOf(claimed.before), manifestsOf(claimed.row))
  await prune(
    gone.filter((one) => one.kind !== root!.kind),
    trying,
  )
}

const lookAtAll = (objects: readonly KubeObject[], trying: Trying) =>
  Promise.all(
    objects.map(async (object) => {
      const kind = await kindOf(trying, object)
      const { metadata } = object
      return { kind, object, live: await find(trying.client, kind, { metadata, signal: trying.signal }) }
    }),
  )

function bound(object: KubeObject, live: KubeObject | undefined): KubeObject {
  const { resourceVersion } = live?.metadata ?? {}
  return resourceVersion ? { ...object, metadata: { ...object.metadata, resourceVersion } } : object
}

/** Paths at which two states differ: spec.components.1.replicas. */
export function changedPaths(before: unknown, after: unknown, path = ''): string[] {
  if (isDeepStrictEqual(before, after)) return []
  const isOpen = (one: unknown) => typeof one === 'object' && one !== null
  if (!isOpen(before) || !isOpen(after) || Array.isArray(before) !== Array.isArray(after)) return [path]
  if (Array.isArray(before) && before.length !== (after as unknown[]).length) return [path]
  const keys = new Set([...Object.keys(before as object), ...Object.keys(after as object)])
  return [...keys].flatMap((key) =>
    changedPaths(
      (before as Record<string, unknown>)[key],
      (after as Record<string, unknown>)[key],
      path ? `${path}.${key}` : key,
    ),
  )
}

/** What somebody changed since our latest revision: an apply of that revision would set it back. */
export async function driftOf(target: Target, latest: RevisionRow | undefined, ctx: ChangeContext): Promise<string[]> {
  const [root] = manifestsOf(latest)
  const { client, kind, object } = target
  if (!latest || !root || root.apiVersion !== object.apiVersion) return []
  const led = await ledElsewhere(target, ctx.signal)
  const wanted = withLedReplicas(root, { target, led })
  const after = latest.config
    ? await client.apply(kind, wanted, { dryRun: true, force: true, signal: ctx.signal })
    : { ...object, spec: wanted.spec }
  return changedPaths(withoutNoise(object).spec, withoutNoise(after).spec, 'spec')
}
