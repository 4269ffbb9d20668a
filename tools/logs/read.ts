import { ToolError } from '#contract'
import type { Context } from '#define'
import type { TimeRange } from '../arguments.ts'
import type { LogEntry, Loki } from '../clients/loki/types.ts'
import { nearest } from '../scope.ts'
import { bytesText, cell } from '../text.ts'
import type { LogQuery } from './logql.ts'

type Ctx = Context<'fleet' | 'loki'>

/** Loki reads chunks from object storage. */
export const logTimeoutMs = 5_000

/** Nanoseconds since 1970 have more digits than a number holds exactly. */
export const compareNs = (left: string, right: string): number =>
  left.length - right.length || (left < right ? -1 : left > right ? 1 : 0)
export const msOfNs = (ns: string): number => Number(ns.slice(0, -6))
export const isoOfNs = (ns: string): string => new Date(msOfNs(ns)).toISOString()

const sourceLabels = [
  'pod',
  'k8s_pod_name',
  'container',
  'app',
  'service_name',
  'unit',
  'job',
  'instance',
  'host',
  'node',
]
/** What wrote a line: the most telling of its labels. */
export const sourceOf = ({ stream }: LogEntry): string | undefined => {
  const found = sourceLabels.map((label) => stream[label]).find((value) => value)
  return found === undefined ? undefined : cell(found, 80)
}

/**
 * Refuses what would read too much, judged by Loki's index. Where it does not count (old, or the path is not let through) the query is
 * asked.
 */
export async function guarded(
  client: Loki,
  { query, range, signal, guard }: { query: LogQuery; range: TimeRange; signal: AbortSignal; guard: LogGuard },
): Promise<string | undefined> {
  if (guard.mode === 'off') return undefined
  const stats = await Promise.all(
    query.selectors
      .slice(0, 4)
      .map(({ text }) => client.stats({ selector: text, ...range, signal }).catch(() => undefined)),
  )
  const bytes = stats.reduce((sum, one) => sum + (one?.bytes ?? 0), 0)
  if (bytes <= guard.mostBytes) return undefined
  const words = `${query.selectors.map(({ text }) => cell(text, 80)).join(' ')} would read ${bytesText(bytes)} on ${client.cluster}; more than ${bytesText(guard.mostBytes)} are not read`
  if (guard.mode === 'shadow') return words
  throw new ToolError('invalid-request', `${words}.`, {
    next: 'Ask for a shorter time or add labels to the selector; labels: get_log_labels. Counts over a long time: a recording rule.',
    field: 'query',
    cluster: client.cluster,
    details: { guard: 'QM_QUERY_GUARD', bytes, limit: guard.mostBytes },
  })
}

export interface LogGuard {
  mode: 'enforce' | 'shadow' | 'off'
  mostBytes: number
}
export const defaultLogGuard: LogGuard = { mode: 'enforce', mostBytes: 50 * 1024 ** 3 }

/** Which part of the selectors finds nothing: Loki knows its labels. */
export async function explainNoLines(
  ctx: Ctx,
  { query, range, names }: { query: LogQuery; range: TimeRange; names: readonly string[] },
): Promise<string[]> {
  const { loki } = ctx.clients
  const likely: string[] = []
  const ask = async (work: (client: Loki, signal: AbortSignal) => Promise<string[]>) => {
    const { values } = await ctx.fanOut(names, (cluster, signal) => work(loki.for(cluster), signal))
    return values.length === 0 ? undefined : [...new Set(values.flatMap(({ value }) => value))]
  }
  for (const { label, operator, value } of query.selectors.flatMap(({ matchers }) => matchers).slice(0, 4)) {
    if (operator === '!=' || operator === '!~' || value === '') continue
    const known = await ask((client, signal) => client.labelValues(label, signal))
    if (!known) continue
    if (known.length === 0) {
      const labels = await ask((client, signal) => client.labelNames(signal))
      const near = labels && nearest(label, labels)
      likely.push(
        `There is no label ${cell(label, 60)}${near ? `; near: ${near}` : ''}; there are ${(labels ?? []).slice(0, 12).join(', ') || 'none at all'}`,
      )
    } else if (operator === '=' && !known.includes(value)) {
      const near = nearest(value, known)
      likely.push(
        `No stream has ${label}="${cell(value, 80)}"${near ? `; near: ${cell(near, 80)}` : ''}; values: ${known
          .slice(0, 12)
          .map((one) => cell(one, 40))
          .join(', ')}`,
      )
    }
  }
  likely.push(`No line matches between ${range.start.toISOString()} and ${range.end.toISOString()}`)
  return likely
}
