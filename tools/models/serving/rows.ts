import * as z from 'zod'
import { type Column, type Tone, tone } from '#contract'
import type { Measured, Quantiles } from './collect.ts'
import { judge } from './judge.ts'

const measure = z.number().optional()

/** One deployment's figures: rates per second, milliseconds, percent. What its engine does not tell is absent. */
export const servingRow = z.strictObject({
  id: z.string().describe('cluster/namespace/name'),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string().describe('Deployment, or what the labels of its metrics say'),
  model: z.string(),
  source: z.string().describe('Whose metrics: vllm, sglang, trtllm or dynamo'),
  state: z.string(),
  stateTone: tone,
  requestsPerSecond: measure,
  running: measure,
  waiting: measure,
  ttftP50Ms: measure,
  ttftP95Ms: measure,
  ttftP99Ms: measure,
  itlP50Ms: measure,
  itlP95Ms: measure,
  e2eP95Ms: measure,
  queueP95Ms: measure,
  kvPercent: measure.describe('Of the fullest pod'),
  prefixHitPercent: measure,
  preemptions: measure.describe('Over the window'),
  tokensInPerSecond: measure,
  tokensOutPerSecond: measure,
  errorPercent: measure,
  rejected: measure.describe('Refused as overloaded, over the window'),
})
export type ServingRow = z.output<typeof servingRow>

const number = (key: keyof ServingRow, label: string): Column => ({ key, label, type: 'number' })
export const servingColumns: Column[] = [
  { key: 'model', label: 'Model', type: 'text' },
  { key: 'name', label: 'Deployment', type: 'code' },
  { key: 'cluster', label: 'Cluster', type: 'text' },
  { key: 'state', label: 'State', type: 'state' },
  number('requestsPerSecond', 'Requests/s'),
  number('ttftP50Ms', 'TTFT p50 ms'),
  number('ttftP95Ms', 'TTFT p95 ms'),
  number('ttftP99Ms', 'TTFT p99 ms'),
  number('itlP50Ms', 'ITL p50 ms'),
  number('itlP95Ms', 'ITL p95 ms'),
  number('e2eP95Ms', 'Whole p95 ms'),
  number('queueP95Ms', 'Queue p95 ms'),
  number('running', 'Running'),
  number('waiting', 'Waiting'),
  number('kvPercent', 'KV cache %'),
  number('prefixHitPercent', 'Prefix hits %'),
  number('preemptions', 'Preemptions'),
  number('tokensInPerSecond', 'Tokens in/s'),
  number('tokensOutPerSecond', 'Tokens out/s'),
  number('errorPercent', 'Errors %'),
]

/** Three significant digits: more of them say nothing about a serving system, and each byte goes to a model. */
const short = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const given = <T extends Record<string, number | undefined>>(values: T): Given<T> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, short(value)]])),
  ) as Given<T>

const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000)
const percent = (ratio: number | undefined) => (ratio === undefined ? undefined : ratio * 100)

export function servingRowOf(
  measured: Measured,
  { cluster, windowSeconds }: { cluster: string; windowSeconds: number },
): ServingRow {
  const { namespace, name, models, source, ttft, itl, e2e, queue } = measured
  const { tone: stateTone, words } = judge(measured, windowSeconds)
  const whole = (perSecond: number | undefined) =>
    perSecond === undefined ? undefined : Math.round(perSecond * windowSeconds)
  const { requestsPerSecond, errorsPerSecond } = measured
  const errors = requestsPerSecond ? (errorsPerSecond ?? 0) / requestsPerSecond : undefined
  const at = (spread: Quantiles, key: keyof Quantiles) => ms(spread[key])
  return {
    id: `${cluster}/${namespace}/${name}`,
    cluster,
    namespace,
    name,
    model: models.join(', ').slice(0, 120) || 'unknown',
    source,
    state: words || 'fine',
    stateTone,
    ...given({
      requestsPerSecond,
      running: measured.running,
      waiting: measured.waiting,
      ttftP50Ms: at(ttft, 'p50'),
      ttftP95Ms: at(ttft, 'p95'),
      ttftP99Ms: at(ttft, 'p99'),
      itlP50Ms: at(itl, 'p50'),
      itlP95Ms: at(itl, 'p95'),
      e2eP95Ms: at(e2e, 'p95'),
      queueP95Ms: at(queue, 'p95'),
      kvPercent: percent(measured.kvUsage),
      prefixHitPercent: percent(measured.prefixHits),
      preemptions: whole(measured.preemptionsPerSecond),
      tokensInPerSecond: measured.tokensInPerSecond,
      tokensOutPerSecond: measured.tokensOutPerSecond,
      errorPercent: percent(errors),
      rejected: whole(measured.rejectedPerSecond),
    }),
  }
}

const weight: Record<Tone, number> = { bad: 0, warn: 1, busy: 2, good: 3, neutral: 4 }

/** Worst first, then those with most traffic. */
export const worstFirst = (left: ServingRow, right: ServingRow): number =>
  weight[left.stateTone] - weight[right.stateTone] ||
  (right.requestsPerSecond ?? 0) - (left.requestsPerSecond ?? 0) ||
  (left.id < right.id ? -1 : 1)
