export interface LogEntry {
  /** Nanoseconds since 1970, as the wire has it */
  timestampNs: string
  line: string
  stream: Record<string, string>
}

/** Loki's HTTP API. Bad LogQL is invalid-logql with Loki's own words. */
export interface Loki {
  readonly cluster: string
  queryRange(q: {
    query: string
    start: Date
    end: Date
    limit?: number
    direction?: 'backward' | 'forward'
    signal?: AbortSignal
  }): Promise<LogEntry[]>
  labelNames(signal?: AbortSignal): Promise<string[]>
  labelValues(label: string, signal?: AbortSignal): Promise<string[]>
  ready(signal?: AbortSignal): Promise<boolean>
}
