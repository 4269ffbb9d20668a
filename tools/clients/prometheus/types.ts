/** Values stay strings, as on the wire: 'NaN' and '+Inf' are values too. */
export type Sample = [unixSeconds: number, value: string]

export interface PrometheusSeries {
  metric: Record<string, string>
  values: Sample[]
}

export interface PrometheusResult {
  resultType: 'matrix' | 'vector' | 'scalar' | 'string'
  series: PrometheusSeries[]
  /** Warnings, infos and notes of the server, in that order */
  warnings: string[]
  /** The server says that data is missing: a store of Thanos or a part of a cluster did not answer */
  partial?: true
  /** When it was read, where it comes from the cache */
  readAt?: Date
}

/** Which implementation answers. VictoriaMetrics takes more than PromQL; Thanos has stores behind it. */
export interface PrometheusServer {
  flavor: 'prometheus' | 'thanos' | 'victoria-metrics' | 'unknown'
  version?: string
}

/** Series in the head block by the name of their metric, most first; a name that is missing has at most `others`. */
export interface SeriesCounts {
  series: number
  metrics: Map<string, number>
  others: number
}

/** An alerting rule as the server has it loaded. */
export interface AlertingRule {
  name: string
  group: string
  file: string
  query: string
  /** How long it must hold before it fires */
  forSeconds: number
  labels: Record<string, string>
  annotations: Record<string, string>
  health: string
  lastError?: string
  /** What it found at its last evaluation */
  alerts: { labels: Record<string, string>; state: string; activeAt?: string; value: string }[]
}

interface Asking {
  signal?: AbortSignal
  /** Past the cache; what is read is kept for others */
  fresh?: boolean
}
interface Evaluating extends Asking {
  timeoutMs?: number
}
interface Selecting extends Asking {
  match?: string[]
  start?: Date
  end?: Date
}

/** The HTTP API of one Prometheus or Thanos. invalid-promql carries details.position {line, column} where the server tells it. */
export interface Prometheus {
  readonly cluster: string
  /** How long the last query took, where that is known */
  readonly paceMs?: number
  query(q: { query: string; time?: Date } & Evaluating): Promise<PrometheusResult>
  queryRange(q: { query: string; start: Date; end: Date; stepSeconds: number } & Evaluating): Promise<PrometheusResult>
  labelNames(q?: Selecting): Promise<string[]>
  labelValues(q: { label: string } & Selecting): Promise<string[]>
  /** Label sets of the series that match; `limit` is held here too, because servers before 2.52 do not know it */
  series(
    q: { match: string[]; limit?: number } & Selecting,
  ): Promise<{ series: Record<string, string>[]; truncated: boolean }>
  metadata(q?: { metric?: string } & Asking): Promise<Record<string, { type: string; help: string; unit: string }[]>>
  /** Undefined where the server does not count (Thanos, gateways) */
  seriesCounts(q?: Asking): Promise<SeriesCounts | undefined>
  server(q?: Asking): Promise<PrometheusServer>
  /** The alerting rules of that name, or all. Undefined where the server has none to show (gateways, a querier without a ruler) */
  alertingRules(q?: { name?: string; signal?: AbortSignal }): Promise<AlertingRule[] | undefined>
  ready(signal?: AbortSignal): Promise<boolean>
}
