import type { CardData, CardPatch, ProgressStep } from '#contract'
import type { JobContext } from '#define'
import { conditionOf, type Pod, podReason, podState } from './kubernetes/service.ts'

/** What was asked of a cluster and is followed until it stands or fails, whatever kind of thing it is. */

/** Steps by id, in the order they are reached. */
export type StepLabels = Readonly<Record<string, string>>

/** The steps of something that was just applied: the first is done, the second is under way. */
export const firstSteps = (labels: StepLabels, now: Date): ProgressStep[] =>
  Object.entries(labels).map(([id, label], index) => ({
    id,
    label,
    state: index === 0 ? 'succeeded' : index === 1 ? 'running' : 'pending',
    ...(index === 0 && { at: now.toISOString() }),
  }))

/** Done, in percent of the steps. */
export const percentOf = (steps: readonly ProgressStep[]): number =>
  Math.round((100 * steps.filter(({ state }) => state === 'succeeded').length) / Math.max(1, steps.length))

/**
 * The steps as they stand. `reached` says of each step whether it is done; the first that is not is the current one
 * and carries its `detail`. A step keeps the time at which it got its state.
 */
export function stepsNow(parts: {
  labels: StepLabels
  before: readonly ProgressStep[]
  reached: readonly boolean[]
  details: readonly (string | undefined)[]
  failed: boolean
  now: Date
}): ProgressStep[] {
  const { labels, before, reached, details, failed, now } = parts
  const current = reached.indexOf(false)
  return Object.entries(labels).map(([id, label], index) => {
    const state =
      current === -1 || index < current ? 'succeeded' : index > current ? 'pending' : failed ? 'failed' : 'running'
    const known = before.find((step) => step.id === id)
    const at = known?.state === state ? known.at : state === 'pending' ? undefined : now.toISOString()
    const detail = index === current ? details[index]?.slice(0, 200) : undefined
    return { id, label, state, ...(detail && { detail }), ...(at && { at }) }
  })
}

/** What an event carries of a card: the members that change. A message that is over is sent empty. */
export const patchOf = ({ title: _, startedAt: __, ...patch }: CardData['progress']): CardPatch['progress'] => ({
  message: '',
  ...patch,
})

/** What keeps pods from running, in the words of whoever said it: the scheduler, the kubelet or the container. */
export function obstacle(pods: readonly Pod[], now: Date): string | undefined {
  for (const pod of pods) {
    const scheduled = conditionOf(pod.status, 'PodScheduled')
    if (scheduled?.status === 'False' && scheduled.message)
      return `${pod.metadata.name} waits for a node: ${scheduled.message}`
  }
  for (const pod of pods) {
    const { tone, status } = podState(pod, now)
    if (tone !== 'bad') continue
    const reason = podReason(pod)
    return `${pod.metadata.name}: ${status}${reason ? `, ${reason}` : ''}`
  }
  return undefined
}

interface Followed {
  cluster: string
  state: string
  message: string | null
  steps: ProgressStep[]
}

/**
 * Looks at every row, cluster by cluster, and hands on what changed. A row that cannot be looked at is looked at again
 * the next time and holds up no other.
 */
export async function followRows<R extends Followed>(
  ctx: JobContext,
  rows: readonly R[],
  does: {
    look(row: R, signal: AbortSignal): Promise<Pick<Followed, 'message' | 'steps'> & { state: R['state'] }>
    changed(row: R, observed: Pick<Followed, 'message' | 'steps'> & { state: R['state'] }): Promise<void>
  },
): Promise<void> {
  const byCluster = Map.groupBy(rows, ({ cluster }) => cluster)
  await ctx.fanOut(
    [...byCluster.keys()],
    async (cluster, signal) => {
      for (const row of byCluster.get(cluster)!) {
        try {
          const observed = await does.look(row, signal)
          if (!same(row, observed)) await does.changed(row, observed)
        } catch (error) {
          if (signal.aborted) throw error
          ctx.log.warn({ cluster, error }, 'what was asked for could not be followed; the next round tries again')
        }
      }
    },
    { timeoutMs: 10_000 },
  )
}

const same = (row: Followed, observed: Pick<Followed, 'state' | 'message' | 'steps'>): boolean =>
  row.state === observed.state &&
  row.message === observed.message &&
  JSON.stringify(row.steps.map(inOrder)) === JSON.stringify(observed.steps.map(inOrder))

// jsonb gives members back in its own order
const inOrder = ({ id, label, state, detail, at }: ProgressStep) => [id, label, state, detail, at]
