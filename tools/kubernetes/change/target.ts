import { createHash } from 'node:crypto'
import type { Plan } from '#contract'
import { ToolError } from '#contract'
import type { Context } from '#define'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { cell } from '../../text.ts'
import { findObject } from '../find-object.ts'
import { protectionOf } from './protect.ts'

export type Ctx = Context<'fleet' | 'kubernetes'>
type Check = Plan['checks'][number]

export interface Named {
  cluster: string
  kind: string
  name: string
  namespace?: string | undefined
  protected?: boolean | undefined
}

export interface Target {
  cluster: string
  client: KubernetesCluster
  kind: ResourceKind
  object: KubeObject
  name: string
  namespace: string | undefined
  /** Deployment shop/web */
  title: string
  /** Says that it is protected and was meant all the same */
  checks: Check[]
}

export const titleOf = (kind: Pick<ResourceKind, 'kind'>, { metadata }: Pick<KubeObject, 'metadata'>): string =>
  `${kind.kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`

/**
 * Changes when somebody else changed the object: its identity, and its generation, which rises with each change of what
 * was asked for; the version, which status writes move too, only where a kind counts no generations.
 */
export const guardOf = ({ metadata }: KubeObject): string =>
  `${metadata.uid}/${metadata.generation ?? metadata.resourceVersion ?? ''}`

/** A list as one guard: readable while it is short, else its beginning and a digest of all. */
export function guardList(items: readonly string[]): string {
  const all = [...items].sort().join(', ')
  if (all === '') return 'none'
  if (all.length <= 200) return all
  return `${all.slice(0, 160)}… (${items.length}, ${createHash('sha256').update(all).digest('hex').slice(0, 8)})`
}

/**
 * The object that is meant, where it may be changed.
 * @throws not-found with near names, permission-denied where it is protected and that was not said
 */
export async function findTarget(input: Named, ctx: Ctx, deleting = false): Promise<Target> {
  const [cluster] = ctx.scope([input.cluster])
  const client = ctx.clients.kubernetes.for(cluster!)
  const kind = await client.resolveKind(input.kind, ctx.signal)
  const object = await findObject(client, kind, { name: input.name, namespace: input.namespace, signal: ctx.signal })
  object.kind ??= kind.kind
  const allowed = input.protected === true
  const checks = await checkProtected({ client, kind, object, deleting, allowed, signal: ctx.signal })
  const { name, namespace } = object.metadata
  return { cluster: cluster!, client, kind, object, name, namespace, title: titleOf(kind, object), checks }
}

/** @throws permission-denied with what to say if it is meant */
export async function checkProtected(parts: {
  client: KubernetesCluster
  kind: ResourceKind
  object: Pick<KubeObject, 'metadata'>
  deleting: boolean
  allowed: boolean
  signal: AbortSignal
}): Promise<Check[]> {
  const { client, kind, object, deleting, allowed, signal } = parts
  const { name, namespace } = object.metadata
  const why = await protectionOf(client, { kind, name, deleting, ...(namespace && { namespace }) }, signal)
  if (!why) return []
  const title = titleOf(kind, object)
  if (!allowed)
    throw new ToolError('permission-denied', `${title} on ${client.cluster} is protected: ${why}.`, {
      next: 'If exactly that is meant, ask again with protected: true; the plan says so to whoever approves it.',
      field: 'protected',
      cluster: client.cluster,
      changed: 'nothing',
    })
  return [{ label: `${title} is protected`, state: 'warn', detail: why }]
}

/** What everything else of a plan hangs on: what is written is what the API server says it would store. */
export const dryRunPassed: Check = { label: 'The API server accepts the change (dry run)', state: 'pass' }

export const refuse = (message: string, { cluster, next, field }: { cluster: string; next: string; field?: string }) =>
  new ToolError('invalid-request', message, { next, cluster, changed: 'nothing', ...(field && { field }) })

/** Names in one line: `a, b, c and 4 more`. */
export function some(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map((name) => cell(name, 100))
  return shown.join(', ') + (names.length > most ? ` and ${names.length - most} more` : '')
}
