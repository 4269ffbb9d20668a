export interface LogEntry {
  /** Nanoseconds since 1970, as the wire has it */
  timestampNs: string
  line: string
  stream: Record<string, string>
}

/** Numbers that LogQL computed; values stay strings, as on the wire. */
export interface LogSeries {
  metric: Record<string, string>
  values: [unixSeconds: number, value: string][]
}

export interface LogPattern {
  /** What varies stands as <_> */
  pattern: string
  count: number
  /** Unix seconds of the first and last sample */
  first: number
  last: number
}

interface Range {
  start: Date
  end: Date
  signal?: AbortSignal
}

/** Loki's HTTP API. Bad LogQL is invalid-logql with Loki's own words. */
export interface Loki {
  readonly cluster: string
  queryRange(q: { query: string; limit?: number; direction?: 'backward' | 'forward' } & Range): Promise<LogEntry[]>
  /** A query that computes numbers, over a range */
  seriesRange(q: { query: string; stepSeconds: number } & Range): Promise<LogSeries[]>
  /** A query that computes numbers, once */
  seriesAt(q: { query: string; time: Date; signal?: AbortSignal }): Promise<LogSeries[]>
  labelNames(signal?: AbortSignal): Promise<string[]>
  labelValues(label: string, signal?: AbortSignal): Promise<string[]>
  /** Label sets of the streams that match a selector */
  streams(q: { match: string } & Range): Promise<Record<string, string>[]>
  /** What a selector would read, from the index alone; undefined where this Loki does not count */
  stats(q: { selector: string } & Range): Promise<{ streams: number; entries: number; bytes: number } | undefined>
  /** What Loki's own pattern ingester found; undefined where it is not enabled */
  patterns(q: { selector: string } & Range): Promise<LogPattern[] | undefined>
  ready(signal?: AbortSignal): Promise<boolean>
}
