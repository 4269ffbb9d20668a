import type { CardData, Fact, MeasuredMetric } from '#contract'
import type { Streamed } from '../../clients/vllm/types.ts'
import { counted } from '../../table.ts'
import { figure } from '../../text.ts'
import { metricOf } from './figures.ts'
import type { LoadResult } from './load.ts'
import type { LoadSettings } from './settings.ts'

/** Tokens of an answer, as the endpoint counted; where it does not, each chunk is taken for one. */
export const tokensOf = ({ completionTokens, chunkMs }: Streamed): number => completionTokens ?? chunkMs.length

const ttftOf = ({ sentMs, chunkMs }: Streamed): number => chunkMs[0]! - sentMs
const gapsOf = ({ chunkMs }: Streamed): number[] => chunkMs.slice(1).map((at, index) => at - chunkMs[index]!)
/** The mean time of a token after the first; undefined for an answer of one token. */
function meanGapOf(one: Streamed): number | undefined {
  const tokens = tokensOf(one)
  return tokens < 2 || one.chunkMs.length < 2 ? undefined : (one.chunkMs.at(-1)! - one.chunkMs[0]!) / (tokens - 1)
}

export function metricsOf(samples: readonly Streamed[], { ttftMs, itlMs }: LoadSettings): MeasuredMetric[] {
  const times = (id: string, label: string, values: readonly number[], objective?: number) =>
    metricOf({ id, label, unit: 'ms', better: 'lower', objective }, values)
  return [
    times('ttft', 'Time to first token', samples.map(ttftOf), ttftMs),
    times('itl', 'Between tokens', samples.flatMap(gapsOf)),
    times(
      'tpot',
      'Between tokens, mean of a request',
      samples.flatMap((one) => meanGapOf(one) ?? []),
      itlMs,
    ),
    times(
      'e2e',
      'Whole request',
      samples.map(({ sentMs, endedMs }) => endedMs - sentMs),
    ),
    metricOf(
      { id: 'rate', label: 'Tokens of a request', unit: 'tokens/s', better: 'higher' },
      samples.flatMap((one) => (one.endedMs > one.sentMs ? tokensOf(one) / ((one.endedMs - one.sentMs) / 1000) : [])),
    ),
  ].flatMap((metric) => metric ?? [])
}

const total = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0)

export interface Totals {
  tokensPerSecond: number
  requestsPerSecond: number
  good: number
}

export function totalsOf({ samples, wallMs }: Pick<LoadResult, 'samples' | 'wallMs'>, settings: LoadSettings): Totals {
  const seconds = Math.max(wallMs, 1) / 1000
  const { ttftMs = Number.POSITIVE_INFINITY, itlMs = Number.POSITIVE_INFINITY } = settings
  return {
    tokensPerSecond: total(samples.map(tokensOf)) / seconds,
    requestsPerSecond: samples.length / seconds,
    good: samples.filter((one) => ttftOf(one) <= ttftMs && (meanGapOf(one) ?? 0) <= itlMs).length,
  }
}

export const hasObjective = ({ ttftMs, itlMs }: LoadSettings): boolean => ttftMs !== undefined || itlMs !== undefined

export function factsOf(result: LoadResult, settings: LoadSettings): Fact[] {
  const { samples, failures, unfinished, wallMs } = result
  const failed = total(failures.map(({ count }) => count))
  const { tokensPerSecond, requestsPerSecond, good } = totalsOf(result, settings)
  const prompts = samples.flatMap(({ promptTokens }) => promptTokens ?? [])
  const cached = samples.flatMap(({ cachedTokens }) => cachedTokens ?? [])
  const judged = samples.length + failed
  return [
    { label: 'Throughput', value: `${figure(tokensPerSecond)} tokens/s` },
    { label: 'Requests', value: `${samples.length} in ${figure(wallMs / 1000)} s, ${figure(requestsPerSecond)}/s` },
    ...(hasObjective(settings) && judged > 0
      ? [
          {
            label: 'Within the objective',
            value: `${good} of ${judged} (${Math.round((100 * good) / judged)} %), ${figure(good / Math.max(0.001, wallMs / 1000))}/s`,
            tone: good === judged ? ('good' as const) : ('warn' as const),
          },
        ]
      : []),
    { label: 'Failed', value: String(failed), ...(failed > 0 && { tone: 'bad' as const }) },
    ...(unfinished > 0 ? [{ label: 'Cut off by the time', value: String(unfinished) }] : []),
    ...(prompts.length > 0
      ? [
          {
            label: 'Prompt tokens',
            value: `${Math.round(total(prompts) / prompts.length)} each, counted by the endpoint`,
          },
        ]
      : []),
    ...(cached.length > 0 && total(prompts) > 0
      ? [
          {
            label: 'Prefix cache',
            value: `${Math.round((100 * total(cached)) / total(prompts))} % of the prompt tokens`,
          },
        ]
      : []),
  ]
}

/** What a reader must know to not take the figures for more than they are. */
export function notesOf({ samples, stopped }: LoadResult): string[] {
  const tokens = total(samples.map(tokensOf))
  const chunks = total(samples.map(({ chunkMs }) => chunkMs.length))
  const uncounted = samples.filter(({ completionTokens }) => completionTokens === undefined).length
  return [
    ...(stopped !== undefined ? [`Ended early: ${stopped}.`] : []),
    ...(uncounted > 0
      ? [`${uncounted} of ${samples.length} answers came without a count of tokens: each chunk is taken for one.`]
      : []),
    ...(chunks > 0 && tokens / chunks > 1.1
      ? [
          `A chunk carries ${figure(tokens / chunks)} tokens on average: the time between chunks is not that between tokens.`,
        ]
      : []),
    ...(samples.length > 0 && samples.length < 20
      ? [`p95 and p99 of ${counted(samples.length, 'request')} are their slowest: ask for 100 or more to trust them.`]
      : []),
  ]
}

export interface Verdict {
  verdict: string
  tone: CardData['measurement']['tone']
}

export function verdictOf(result: LoadResult, settings: LoadSettings, metrics: readonly MeasuredMetric[]): Verdict {
  const { samples, failures, stopped } = result
  const failed = total(failures.map(({ count }) => count))
  if (samples.length === 0)
    return {
      tone: 'bad',
      verdict: `No request was answered whole: ${stopped ?? failures[0]?.text ?? 'the time was too short for one'}`,
    }
  const { tokensPerSecond, good } = totalsOf(result, settings)
  const p95 = (id: string) => metrics.find((metric) => metric.id === id)?.p95
  const [ttft, tpot] = [p95('ttft'), p95('tpot')]
  const figures = [
    ...(ttft !== undefined ? [`first token p95 ${figure(ttft)} ms`] : []),
    ...(tpot !== undefined ? [`then ${figure(tpot)} ms a token`] : []),
    `${figure(tokensPerSecond)} tokens/s in all at ${settings.concurrency} at once`,
  ].join(', ')
  const words = `${figures[0]!.toUpperCase()}${figures.slice(1)}`
  if (failed > 0) return { tone: 'bad', verdict: `${words}; ${failed} of ${samples.length + failed} failed` }
  if (!hasObjective(settings)) return { tone: 'good', verdict: words }
  return good === samples.length
    ? { tone: 'good', verdict: `${words}; all within the objective` }
    : { tone: 'warn', verdict: `${words}; ${good} of ${samples.length} within the objective` }
}
