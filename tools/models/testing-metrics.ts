import type { PrometheusResult } from '../clients/prometheus/types.ts'

/** Series of the three questions that serving metrics are read with, for a Prometheus in memory. */
export interface Page {
  now?: [metric: Record<string, string>, value: number][]
  /** By measure: `requests/0` */
  counted?: [metric: Record<string, string>, value: number][]
  /** By measure: bounds in seconds with how many of them a second lie below */
  buckets?: [metric: Record<string, string>, bounds: Record<string, number>][]
}

const vector = (rows: [Record<string, string>, number][]): PrometheusResult => ({
  resultType: 'vector',
  series: rows.map(([metric, value]) => ({ metric, values: [[1_795_176_000, String(value)]] })),
  warnings: [],
})

export const answerOf =
  ({ now = [], counted = [], buckets = [] }: Page) =>
  ({ query }: { query: string }): PrometheusResult => {
    if (query.startsWith('{__name__')) return vector(now)
    if (!query.includes('_bucket')) return vector(counted)
    return vector(
      buckets.flatMap(([metric, bounds]) =>
        Object.entries(bounds).map(([le, value]): [Record<string, string>, number] => [{ ...metric, le }, value]),
      ),
    )
  }

/** Labels of a pod as a PodMonitor gives them. */
export const podLabels = (pod: string, more: Record<string, string> = {}): Record<string, string> => ({
  namespace: 'inference',
  pod,
  job: 'inference/workers',
  ...more,
})
/** Labels as the queries sum them. */
export const appLabels = (measure: string, app: string, more: Record<string, string> = {}): Record<string, string> => ({
  measure,
  namespace: 'inference',
  app,
  job: 'inference/workers',
  ...more,
})
