/** Values stay strings, as on the wire: 'NaN' and '+Inf' are values too. */
export type Sample = [unixSeconds: number, value: string]

export interface PrometheusSeries {
  metric: Record<string, string>
  values: Sample[]
}

export interface PrometheusResult {
  resultType: 'matrix' | 'vector' | 'scalar' | 'string'
  series: PrometheusSeries[]
  warnings: string[]
}

/** The HTTP API of one Prometheus or Thanos. invalid-promql carries details.position {line, column} where the server tells it. */
export interface Prometheus {
  readonly cluster: string
  query(q: { query: string; time?: Date; timeoutMs?: number; signal?: AbortSignal }): Promise<PrometheusResult>
  queryRange(q: {
    query: string
    start: Date
    end: Date
    stepSeconds: number
    timeoutMs?: number
    signal?: AbortSignal
  }): Promise<PrometheusResult>
  labelNames(q?: { match?: string[]; signal?: AbortSignal }): Promise<string[]>
  labelValues(q: { label: string; match?: string[]; signal?: AbortSignal }): Promise<string[]>
  metadata(q?: {
    metric?: string
    signal?: AbortSignal
  }): Promise<Record<string, { type: string; help: string; unit: string }[]>>
  ready(signal?: AbortSignal): Promise<boolean>
}
