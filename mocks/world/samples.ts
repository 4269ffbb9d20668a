/** The kinds of metric that Prometheus' metadata endpoint knows. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped'

export interface MetricMetadata {
  type: MetricType
  help: string
  unit: string
}

/**
 * One time series. `labels` includes `__name__`. `at` is a pure function of time: the value a scrape at `tMs`
 * (milliseconds since the epoch) stored, or undefined where the series had no sample. Counters never fall.
 */
export interface Series {
  labels: Record<string, string>
  at(tMs: number): number | undefined
}

/**
 * What a Prometheus mock reads. Samples lie on the grid `n * scrapeIntervalMs` (aligned to the epoch), from `startMs` on.
 * `series` yields every series of a cluster, or only those whose metric name is `matchName` (much cheaper).
 */
export interface SeriesSource {
  series(cluster: string, matchName?: string): Iterable<Series>
  metadata(cluster: string): Record<string, MetricMetadata>
  scrapeIntervalMs: number
  startMs: number
  /** A series without a sample at the newest scrape has ended there, as after Prometheus' staleness marker. */
  marksStaleness?: boolean
}
