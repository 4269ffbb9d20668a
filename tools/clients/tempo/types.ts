export type AttributeValue = string | number | boolean
export type Attributes = Record<string, AttributeValue>

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** One span as OTLP has it. Times in milliseconds since 1970 with microseconds behind the point; durations exact. */
export interface Span {
  /** 16 hexadecimal digits */
  spanId: string
  parentSpanId?: string
  name: string
  service: string
  kind: SpanKind
  startMs: number
  durationMs: number
  status: 'ok' | 'error' | 'unset'
  statusMessage?: string
  attributes: Attributes
  /** Of the process it ran in: pod, namespace, node */
  resource: Attributes
  events: { name: string; atMs: number; attributes: Attributes }[]
  /** Ids of spans of other traces it points to */
  links: { traceId: string; spanId: string }[]
}

/** One trace, all its spans in order of their start. */
export interface Trace {
  /** 32 hexadecimal digits */
  traceId: string
  spans: Span[]
  /** Tempo's own words where it gave only a part of the trace */
  partial?: string
}

/** One trace a search found. */
export interface TraceSummary {
  traceId: string
  /** Absent where the root span has not arrived */
  rootService?: string
  rootName?: string
  startMs: number
  durationMs: number
  /** Spans of each service; empty where this Tempo does not count them (before 2.4) */
  services: { name: string; spans: number; errors: number }[]
  /** Spans that matched the query, as many as were asked for */
  matched: { spanId: string; name?: string; startMs: number; durationMs: number; attributes: Attributes }[]
  /** How many matched in this trace */
  matches: number
}

export interface TraceSearch {
  /** TraceQL */
  query: string
  start: Date
  end: Date
  limit?: number
  /** Matching spans given of each trace; Tempo's default is 3 */
  spansPerSet?: number
  signal?: AbortSignal
}

/** Tempo's HTTP API. Bad TraceQL is invalid-traceql with Tempo's own words. */
export interface Tempo {
  readonly cluster: string
  /** Some matches, not the newest, unless the query ends in `with (most_recent=true)` */
  search(query: TraceSearch): Promise<TraceSummary[]>
  /** Undefined where there is no such trace. The time range spares Tempo from looking everywhere. */
  trace(id: string, options?: { start?: Date; end?: Date; signal?: AbortSignal }): Promise<Trace | undefined>
  /** Names of attributes by their scope: resource, span, event, intrinsic */
  tagNames(options?: { start?: Date; end?: Date; signal?: AbortSignal }): Promise<{ scope: string; tags: string[] }[]>
  /** Values of one attribute, such as `resource.service.name` or the intrinsic `name`; `query` narrows to matching spans */
  tagValues(
    tag: string,
    options?: { query?: string; start?: Date; end?: Date; signal?: AbortSignal },
  ): Promise<string[]>
  ready(signal?: AbortSignal): Promise<boolean>
}
