import type { Series } from '#contract'
import type { Prometheus, PrometheusResult, Sample } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import {
  clusterInfo,
  fleetOf,
  type PrometheusData,
  perCluster,
  prometheusOf,
  type Upstream,
} from '../testing-upstreams.ts'
import { queryMetrics } from './query-metrics.tool.ts'

/** An answer of these series. */
export const result = (
  series: { metric: Record<string, string>; values: Sample[] }[],
  warnings: string[] = [],
): PrometheusResult => ({
  resultType: series[0] && series[0].values.length > 1 ? 'matrix' : 'vector',
  series,
  warnings,
})
/** A series of a model, a minute apart. */
export const ttft = (model: string, ...values: number[]) => ({
  metric: { model_name: model, job: 'vllm' },
  values: values.map((value, index): Sample => [1_795_000_000 + index * 60, String(value)]),
})

/** Clusters with a Prometheus in memory each. */
export function context(
  clusters: Record<string, Partial<PrometheusData> | Upstream<Prometheus>>,
  clock = () => new Date('2026-11-20T12:00:07Z'),
) {
  const upstreams = Object.entries(clusters).map(([name, value]): [string, Upstream<Prometheus>] => [
    name,
    value === 'hang' || value instanceof Error || 'query' in value
      ? (value as Upstream<Prometheus>)
      : prometheusOf({ cluster: name, ...value }),
  ])
  return testContext({
    now: clock,
    clients: {
      fleet: fleetOf(Object.keys(clusters).map((name) => clusterInfo(name))),
      prometheus: perCluster<Prometheus>(Object.fromEntries(upstreams)),
    },
  })
}

type Data = {
  series: Series[]
  unit?: string
  start: string
  end: string
  stepSeconds: number
  warnings?: string[]
  resultType: string
}
/** query_metrics as the road runs it. */
export const run = async (input: object, ctx: ReturnType<typeof context>) => {
  const reply = await queryMetrics.run(queryMetrics.input.parse(input) as never, ctx)
  return { ...reply, data: reply.data as unknown as Data }
}
