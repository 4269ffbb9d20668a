import type { LogLine, LogStream } from '../world/logs.ts'
import { LogQlError, type LogQuery, parseLogQl } from './logql.ts'

const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  if (!match) throw new LogQlError(`not a valid duration string: "${text}"`)
  return Number(match[1]) * UNITS_MS[match[2] ?? 's']!
}

export interface MetricQuery {
  inner: LogQuery
  rangeMs: number
  /** What one window of lines counts for */
  value(lines: readonly LogLine[], rangeMs: number): number
  /** Labels kept by an aggregation; undefined: all of the stream */
  by?: string[]
}

const FUNCTIONS: Record<string, MetricQuery['value']> = {
  count_over_time: (lines) => lines.length,
  rate: (lines, rangeMs) => lines.length / (rangeMs / 1000),
  bytes_over_time: (lines) => lines.reduce((sum, { text }) => sum + text.length, 0),
  bytes_rate: (lines, rangeMs) => lines.reduce((sum, { text }) => sum + text.length, 0) / (rangeMs / 1000),
}

const wrong = (text: string) => {
  const next = /^\w+/.exec(text)?.[0] ?? '$end'
  return new LogQlError(`parse error at line 1, col 1: syntax error: unexpected ${next}`)
}

/** `sum by (a, b) (count_over_time({…} |= "x" [5m]))` and the function without the sum; undefined for a query of lines. */
export function parseMetric(text: string): MetricQuery | undefined {
  const trimmed = text.trim()
  if (trimmed.startsWith('{') || trimmed === '') return undefined
  const sum = /^sum\s*(?:by\s*\(([\w\s,]*)\)\s*)?\((.*)\)\s*(?:by\s*\(([\w\s,]*)\))?$/s.exec(trimmed)
  const body = (sum?.[2] ?? trimmed).trim()
  const found = /^(\w+)\s*\((.*)\[(\w+)\]\s*\)$/s.exec(body)
  const value = found && FUNCTIONS[found[1]!]
  if (!found || !value) throw wrong(trimmed)
  const by = sum?.[1] ?? sum?.[3]
  return {
    inner: parseLogQl(found[2]!),
    rangeMs: durationMs(found[3]!),
    value,
    ...(sum
      ? {
          by: (by ?? '')
            .split(',')
            .map((name) => name.trim())
            .filter(Boolean),
        }
      : {}),
  }
}

export interface Computed {
  metric: Record<string, string>
  values: [number, string][]
}

/** The series of a query at some times; a window without a line gives no sample, as Loki does. */
export function compute(query: MetricQuery, streams: readonly LogStream[], atMs: readonly number[]): Computed[] {
  const sums = new Map<string, { metric: Record<string, string>; byTime: Map<number, number> }>()
  const first = atMs[0]! - query.rangeMs
  for (const stream of streams) {
    if (!query.inner.matches(stream.labels)) continue
    const lines = stream.lines(first, atMs.at(-1)!).filter(query.inner.keeps)
    for (const time of atMs) {
      const window = lines.filter((line) => line.atMs > time - query.rangeMs && line.atMs <= time)
      if (window.length === 0) continue
      const groups = query.by ? new Map([['', window]]) : Map.groupBy(window, ({ level }) => level)
      for (const [level, own] of groups) {
        const labels: Record<string, string> = { ...stream.labels, ...(level ? { detected_level: level } : {}) }
        const metric = query.by
          ? Object.fromEntries(query.by.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])))
          : labels
        const key = JSON.stringify(metric)
        const sum = sums.get(key) ?? { metric, byTime: new Map<number, number>() }
        sums.set(key, sum)
        sum.byTime.set(time, (sum.byTime.get(time) ?? 0) + query.value(own, query.rangeMs))
      }
    }
  }
  return [...sums.values()].map(({ metric, byTime }) => ({
    metric,
    values: [...byTime].map(([time, value]) => [time / 1000, String(value)]),
  }))
}
