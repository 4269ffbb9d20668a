import type { CardData } from '#contract'
import { clusterChanges } from '#db/schema/kubernetes.ts'
import type { Context } from '#define'
import type { KubeObject, ResourceKind } from '../../clients/kubernetes/types.ts'
import { firstSteps, patchOf, percentOf, type StepLabels } from '../../follow.ts'

export type ChangeRow = typeof clusterChanges.$inferSelect
export type Action = ChangeRow['action']

/** What one look at a change found. */
export interface Observed {
  state: ChangeRow['state']
  steps: ChangeRow['steps']
  message: string | null
}

export const subjectOfChange = (id: string): string => `kubernetes/change/${id}`

const steps: Record<Action, StepLabels> = {
  scale: {
    accepted: 'Accepted by the cluster',
    observed: 'Seen by its controller',
    counted: 'As many pods',
    ready: 'All of them ready',
  },
  restart: {
    accepted: 'Accepted by the cluster',
    observed: 'Seen by its controller',
    updated: 'Pods replaced',
    ready: 'All of them ready',
  },
  rollback: {
    accepted: 'Accepted by the cluster',
    observed: 'Seen by its controller',
    updated: 'Pods replaced',
    ready: 'All of them ready',
  },
  drain: { cordoned: 'Takes no new pods', evicted: 'Pods asked to leave', gone: 'Pods gone' },
  delete: { accepted: 'Accepted by the cluster', gone: 'Gone' },
}
export const stepsOf = (action: Action): StepLabels => steps[action]

/** The row as its card shows it. */
export function changeCard(row: ChangeRow): CardData['progress'] {
  return {
    title: row.title,
    state: row.state,
    ...(row.message && { message: row.message }),
    percent: percentOf(row.steps),
    steps: row.steps,
    facts: [
      { label: 'Cluster', value: row.cluster },
      { label: row.kind.kind, value: row.namespace ? `${row.namespace}/${row.name}` : row.name },
      { label: 'Asked by', value: row.requestedBy },
    ],
    startedAt: row.createdAt.toISOString(),
    ...(row.endedAt && { endedAt: row.endedAt.toISOString() }),
  }
}

export interface NewChange {
  cluster: string
  action: Action
  kind: ResourceKind
  object: KubeObject
  title: string
  aim?: Record<string, unknown>
  minutes: number
  /** What the first look found; without it the first step is done and the second under way */
  observed?: Observed
}

/** A change that was made and is followed from now on; made twice under one approval it is still one. */
export async function follow(change: NewChange, ctx: Context<'fleet' | 'kubernetes'>): Promise<ChangeRow> {
  const { cluster, action, kind, object, title, aim = {}, minutes } = change
  const now = ctx.now()
  const seen = change.observed ?? { state: 'running' as const, steps: firstSteps(steps[action], now), message: null }
  const row: ChangeRow = {
    id: ctx.idempotencyKey,
    ...{ cluster, action, kind, title, aim },
    namespace: object.metadata.namespace ?? null,
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    ...seen,
    approvalId: ctx.idempotencyKey,
    requestedBy: ctx.actor.name,
    deadlineAt: new Date(now.getTime() + minutes * 60_000),
    createdAt: now,
    updatedAt: now,
    endedAt: seen.state === 'running' ? null : now,
  }
  return ctx.commit(async (tx) => {
    const { id: _, createdAt: __, ...again } = row
    const [value] = await tx
      .insert(clusterChanges)
      .values(row)
      .onConflictDoUpdate({ target: clusterChanges.id, set: again })
      .returning()
    const data = { ...patchOf(changeCard(value!)) }
    return { value: value!, events: [{ name: 'change.requested', subject: subjectOfChange(row.id), cluster, data }] }
  })
}

export const eventNames: Record<ChangeRow['state'], string> = {
  running: 'change.progressed',
  succeeded: 'change.succeeded',
  failed: 'change.failed',
}
