import { isToolError } from '#contract'
import { type KubeObject, type KubernetesCluster, podKind } from '../../clients/kubernetes/types.ts'
import { obstacle, stepsNow } from '../../follow.ts'
import { orAbsent } from '../../manifest.ts'
import { cell, quoted, span } from '../../text.ts'
import { asPod } from '../shapes.ts'
import { drainRound, lookAtDrain } from './drain.ts'
import { type ChangeRow, type Observed, stepsOf } from './followed.ts'
import { type Rollout, rolloutOf, scalingOf, selectorText } from './rollout.ts'

interface Look {
  client: KubernetesCluster
  now: Date
  signal: AbortSignal
}

/** How a change stands now; a drain also goes on with it. */
export async function lookAt(row: ChangeRow, look: Look): Promise<Observed> {
  const { client, now, signal } = look
  if (row.action === 'drain') {
    const round = await drainRound(client, { node: row.name, aim: row.aim, signal })
    return lookAtDrain(row, round, now)
  }
  const { name, namespace, kind } = row
  const object = await orAbsent(client.get(kind, { name, signal, ...(namespace !== null && { namespace }) }))
  const same = object !== undefined && object.metadata.uid === row.uid
  if (row.action === 'delete') return lookAtDeletion(row, same ? object : undefined, now)
  if (!same) return ended(row, { state: 'failed', message: 'It is gone: somebody deleted it since' })
  object.kind ??= kind.kind
  const rollout = await progressOf(row, object, look)
  const words = rollout.done ? undefined : await wordsOf(object, look)
  return lookAtRollout(row, { rollout, words }, now)
}

async function progressOf(row: ChangeRow, object: KubeObject, { client, signal }: Look): Promise<Rollout> {
  if (row.action !== 'scale') return rolloutOf(object)
  const wanted = Number(row.aim.replicas)
  if (object.spec?.replicas !== undefined) return scalingOf(object, wanted)
  // A kind whose replicas stand elsewhere: its scale subresource knows them.
  const { name, namespace } = row
  const scale = await client.subresource(row.kind, {
    name,
    subresource: 'scale',
    signal,
    ...(namespace !== null && { namespace }),
  })
  return scalingOf({ ...scale, metadata: object.metadata, status: { ...object.status, ...scale.status } }, wanted)
}

/** What keeps its pods, in the words of the scheduler, the kubelet or the container. */
async function wordsOf(object: KubeObject, { client, now, signal }: Look): Promise<string | undefined> {
  const labelSelector = selectorText(object.spec?.selector)
  const { namespace } = object.metadata
  if (!labelSelector || !namespace) return undefined
  try {
    const { items } = await client.list(podKind, { namespace, labelSelector, signal })
    const pods = items.map(asPod).filter(({ metadata }) => !metadata.deletionTimestamp)
    return obstacle(pods, now)
  } catch (error) {
    // Without the right to list pods the rollout is still followed.
    if (isToolError(error) && error.code === 'upstream-denied') return undefined
    throw error
  }
}

const isLate = (row: ChangeRow, now: Date) => now >= row.deadlineAt
const given = (row: ChangeRow) => span((row.deadlineAt.getTime() - row.createdAt.getTime()) / 1000)

function ended(row: ChangeRow, end: { state: 'succeeded' | 'failed'; message: string }): Observed {
  const steps = row.steps.map((step) => (step.state === 'running' ? { ...step, state: end.state } : step))
  return { ...end, steps }
}

export function lookAtRollout(
  row: ChangeRow,
  { rollout, words }: { rollout: Rollout; words: string | undefined },
  now: Date,
): Observed {
  const { observed, updated, old, ready, wanted, done, stuck, note } = rollout
  const late = !done && isLate(row, now)
  const failed = stuck !== undefined || late
  const leaving = old > 0 ? `, ${old} to go` : ''
  const steps = stepsNow({
    labels: stepsOf(row.action),
    before: row.steps,
    reached: [true, done || observed, done || (observed && updated >= wanted && old === 0), done],
    details: [undefined, undefined, `${updated} of ${wanted}${leaving}`, `${ready} of ${wanted} ready`],
    failed,
    now,
  })
  const message = done
    ? ['Done', note].filter(Boolean).join(': ')
    : [late && `Not done after ${given(row)}`, stuck && quoted(stuck), words && cell(words, 300)]
        .filter(Boolean)
        .join('. ')
  return { state: done ? 'succeeded' : failed ? 'failed' : 'running', steps, message: message || null }
}

/** `object` undefined: what was deleted is gone, whatever has its name now. */
export function lookAtDeletion(row: ChangeRow, object: KubeObject | undefined, now: Date): Observed {
  const finalizers = object?.metadata.finalizers ?? []
  const late = object !== undefined && isLate(row, now)
  const waits = finalizers.length > 0 ? `It waits for its finalizers: ${finalizers.join(', ')}` : 'It is going'
  const steps = stepsNow({
    labels: stepsOf('delete'),
    before: row.steps,
    reached: [true, object === undefined],
    details: [undefined, cell(waits, 200)],
    failed: late,
    now,
  })
  if (!object) return { state: 'succeeded', steps, message: 'Gone' }
  const message = late ? `Still there after ${given(row)}. ${waits}` : waits
  return { state: late ? 'failed' : 'running', steps, message: cell(message, 400) }
}
