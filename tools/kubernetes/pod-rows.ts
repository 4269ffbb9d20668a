import * as z from 'zod'
import type { Fact, Tone } from '#contract'
import { tone } from '#contract'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { cell } from '../text.ts'
import { ownerOf, podReason, podState } from './pod-status.ts'
import { podGpus } from './quantity.ts'
import { asPod } from './shapes.ts'

/** A pod as a row. */
export const podRow = z.strictObject({
  id: z.string().describe('cluster/namespace/name'),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  status: z.string().describe('As kubectl says it'),
  statusTone: tone,
  ready: z.string().describe('Ready of all containers'),
  restarts: z.number().int(),
  created: z.string().optional().describe('ISO 8601'),
  node: z.string().optional(),
  gpus: z.number().int().describe('GPUs requested'),
  owner: z.string().optional().describe('Kind/name of what made it'),
  reason: z.string().optional().describe('What its state says; text from outside'),
})
export type PodRow = z.output<typeof podRow>

/** One pod; `problem` is kept apart, as a row shows it by its tone. */
export function podRowOf(object: KubeObject, cluster: string, now: Date): { row: PodRow; problem: boolean } {
  const pod = asPod(object)
  const { name, namespace = '', creationTimestamp } = pod.metadata
  const state = podState(pod, now)
  const owner = ownerOf(pod)
  const reason = state.problem ? podReason(pod) : undefined
  const row: PodRow = {
    id: `${cluster}/${namespace}/${name}`,
    cluster,
    namespace,
    name,
    status: state.status,
    statusTone: state.tone,
    ready: `${state.readyContainers}/${state.containers}`,
    restarts: state.restarts,
    ...(creationTimestamp && { created: creationTimestamp }),
    ...(pod.spec.nodeName && { node: pod.spec.nodeName }),
    gpus: podGpus(pod),
    ...(owner && { owner }),
    ...(reason && { reason: cell(reason, 160) }),
  }
  return { row, problem: state.problem }
}

const weight: Record<Tone, number> = { bad: 0, warn: 1, busy: 2, good: 3, neutral: 4 }

/** Worst first, then most restarts, then by name. */
export const byTrouble = (left: PodRow, right: PodRow): number =>
  weight[left.statusTone] - weight[right.statusTone] ||
  right.restarts - left.restarts ||
  (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)

/** Exact totals by status, worst first. */
export function podFacts(rows: readonly PodRow[]): Fact[] {
  const counts = new Map<string, { count: number; tone: Tone }>()
  let gpus = 0
  for (const row of rows) {
    gpus += row.gpus
    const entry = counts.get(row.status) ?? { count: 0, tone: row.statusTone }
    entry.count++
    if (weight[row.statusTone] < weight[entry.tone]) entry.tone = row.statusTone
    counts.set(row.status, entry)
  }
  const byStatus = [...counts].sort(
    (left, right) => weight[left[1].tone] - weight[right[1].tone] || right[1].count - left[1].count,
  )
  return [
    { label: 'pods', value: String(rows.length) },
    ...byStatus.map(([status, { count, tone }]) => ({ label: status, value: String(count), tone })),
    ...(gpus > 0 ? [{ label: 'GPUs requested', value: String(gpus) }] : []),
  ]
}
