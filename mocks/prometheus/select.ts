import { compareLabels } from './labels.ts'
import { exactName, matchesAll } from './matcher.ts'
import {
  executionError,
  type Grid,
  type Labels,
  type RangeMode,
  type Samples,
  type SeriesSource,
  type VectorSelector,
} from './types.ts'

/** Reading samples: which series a selector means, and what they held when. */

export interface Storage {
  source: SeriesSource
  cluster: string
  mode: RangeMode
  nowMs: number
  lookbackMs: number
}

export interface StoredSeries {
  labels: Labels
  at(tMs: number): number | undefined
}

/** The matching series in Prometheus' order. */
export function findSeries(storage: Storage, selector: VectorSelector): StoredSeries[] {
  const found: StoredSeries[] = []
  for (const series of storage.source.series(storage.cluster, exactName(selector.matchers))) {
    if (matchesAll(series.labels, selector.matchers)) found.push(series)
  }
  return found.sort((a, b) => compareLabels(a.labels, b.labels))
}

/** The newest instant of the scrape grid (multiples of the interval) that is not after `tMs`, nor in the future. */
function gridFloor(storage: Storage, tMs: number): number {
  const { scrapeIntervalMs } = storage.source
  return Math.floor(Math.min(tMs, storage.nowMs) / scrapeIntervalMs) * scrapeIntervalMs
}

export interface Latest {
  timeMs: number
  value: number
}

/**
 * A reader of the newest sample within the lookback of an instant. Ranges and the lookback include their old edge in
 * 2.x and exclude it from 3.0.
 */
export function latestReader(storage: Storage, series: StoredSeries): (tMs: number) => Latest | undefined {
  const { startMs, scrapeIntervalMs } = storage.source
  let known: { gridMs: number; latest: Latest | undefined } | undefined
  return (tMs) => {
    const newest = gridFloor(storage, tMs)
    const reach = storage.source.marksStaleness ? newest : tMs - storage.lookbackMs + (storage.mode === '3' ? 1 : 0)
    const oldest = Math.max(startMs, reach)
    if (known?.gridMs === newest) return known.latest && known.latest.timeMs >= oldest ? known.latest : undefined
    let latest: Latest | undefined
    for (let timeMs = newest; timeMs >= oldest && !latest; timeMs -= scrapeIntervalMs) {
      const value = series.at(timeMs)
      if (value !== undefined) latest = { timeMs, value }
    }
    known = { gridMs: newest, latest }
    return latest
  }
}

/** All samples from `fromMs` to `toMs`, both included. */
export function readSamples(storage: Storage, series: StoredSeries, span: { fromMs: number; toMs: number }): Samples {
  const { startMs, scrapeIntervalMs } = storage.source
  const times: number[] = []
  const values: number[] = []
  const first = Math.ceil(Math.max(span.fromMs, startMs) / scrapeIntervalMs) * scrapeIntervalMs
  const last = gridFloor(storage, span.toMs)
  for (let timeMs = first; timeMs <= last; timeMs += scrapeIntervalMs) {
    const value = series.at(timeMs)
    if (value === undefined) continue
    times.push(timeMs)
    values.push(value)
  }
  return { labels: series.labels, times, values }
}

/** Counts samples and refuses a query that would load more than Prometheus' default limit. */
export function sampleBudget(limit = 50_000_000): (count: number) => void {
  let used = 0
  return (count) => {
    used += count
    if (used > limit)
      throw executionError('query processing would load too many samples into memory in query execution')
  }
}

export const stepTimes = (grid: Grid): number[] =>
  Array.from({ length: grid.count }, (_, step) => grid.startMs + step * grid.stepMs)

/** Whether a series has any sample in the span, asked at up to 64 instants spread over it, newest first. */
export function livesWithin(storage: Storage, series: StoredSeries, span: { fromMs: number; toMs: number }): boolean {
  const last = gridFloor(storage, span.toMs)
  const first = Math.max(span.fromMs, storage.source.startMs)
  const strideMs =
    Math.max(1, Math.ceil((last - first) / storage.source.scrapeIntervalMs / 64)) * storage.source.scrapeIntervalMs
  for (let timeMs = last; timeMs >= first; timeMs -= strideMs) {
    if (series.at(timeMs) !== undefined) return true
  }
  return false
}
