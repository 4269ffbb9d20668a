import * as z from 'zod'
import type { EmptyPayload } from '#contract'
import { defineTool } from '#define'
import { clusters, durationSeconds, limit, matchesText, namespace, optionalWord, since } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { servedAccess } from './read/served-fleet.ts'
import { latencyQuery } from './serving/queries.ts'
import { readServing, type Serving } from './serving/read.ts'
import { type ServingRow, servingColumns, servingRow, servingRowOf, worstFirst } from './serving/rows.ts'

/** What the engines themselves measure, in one shape: vLLM, SGLang, TensorRT-LLM and the frontend of Dynamo. */
export const getServingMetrics = defineTool({
  name: 'get_serving_metrics',
  title: 'Serving metrics',
  about:
    'Per served model: TTFT, inter-token latency, requests, queue, KV cache, prefix hits, preemptions, tokens/s, errors, from engine metrics; worst first. Over time: query_metrics.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  uses: ['kubernetes'],
  input: z.strictObject({
    clusters,
    namespace,
    text: optionalWord('Model or deployment'),
    since: since.describe('Window, default 15m'),
    limit,
  }),
  output: tableOf(servingRow),
  examples: [{}, { clusters: ['gpu-east'], text: 'qwen3-32b', since: '1h' }],
  route: { method: 'GET', path: '/deployments/metrics' },
  access: servedAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        header,
        rows.map((one) => [
          one.cluster,
          one.namespace,
          one.name,
          one.model,
          one.source,
          one.requestsPerSecond,
          ...slashed(one.ttftP50Ms, one.ttftP95Ms, one.ttftP99Ms),
          ...slashed(one.itlP50Ms, one.itlP95Ms),
          one.e2eP95Ms,
          one.queueP95Ms,
          ...slashed(one.running, one.waiting),
          one.kvPercent,
          one.prefixHitPercent,
          one.preemptions || undefined,
          ...slashed(one.tokensInPerSecond, one.tokensOutPerSecond),
          one.errorPercent || undefined,
          one.stateTone === 'good' ? '' : one.state,
        ]),
      ),
    ),
  async run(input, ctx) {
    const { prometheus, kubernetes } = ctx.clients
    const window = input.since ?? '15m'
    const windowSeconds = durationSeconds(window)
    const names = ctx.scopeOf(prometheus, input.clusters)
    const read = await ctx.fanOut(
      names,
      (name, signal) =>
        readServing({
          prometheus: prometheus.for(name),
          kubernetes: kubernetes?.names().includes(name) ? kubernetes.for(name) : undefined,
          window,
          namespace: input.namespace,
          now: ctx.now(),
          signal,
        }),
      { timeoutMs: 10_000 },
    )
    const { values, clusters: asked } = requireSome(read)
    const partial = new Map(values.map(({ cluster, value }) => [cluster, value.warnings]))
    const answers = asked.map((one) => {
      const warnings = partial.get(one.cluster) ?? []
      return warnings.length > 0
        ? { ...one, status: 'partial' as const, error: warnings.join('; ').slice(0, 300) }
        : one
    })
    const all = values.flatMap(({ cluster, value }) =>
      value.measured.map((one) => servingRowOf(one, { cluster, windowSeconds })),
    )
    const rows = all
      .filter((row) => matchesText(input.text, [row.model, row.name, row.namespace, row.cluster]))
      .sort(worstFirst)
    if (rows.length === 0) return { clusters: answers, empty: explain(values, { all: all.length, text: input.text }) }
    const unmeasured = unmeasuredOf(values, input.text)
    const [worst] = rows
    return {
      clusters: answers,
      next: worst
        ? [
            `query_metrics ${JSON.stringify({ query: latencyQuery({ namespace: worst.namespace, name: worst.name, source: worst.source }), clusters: [worst.cluster], since: '1h' })}`,
          ]
        : [],
      data: {
        title: `Serving metrics of the last ${window}`,
        columns: servingColumns,
        rows,
        facts: [
          { label: 'measured', value: String(rows.length) },
          ...toneFacts(rows),
          {
            label: 'requests/s',
            value: String(Math.round(rows.reduce((sum, row) => sum + (row.requestsPerSecond ?? 0), 0))),
          },
          ...(unmeasured.length > 0
            ? [
                {
                  label: 'deployed without metrics',
                  value: `${unmeasured.slice(0, 5).join(', ')}${unmeasured.length > 5 ? ` and ${unmeasured.length - 5} more` : ''}`,
                  tone: 'warn' as const,
                },
              ]
            : []),
        ],
      },
    }
  },
})

const header = [
  'cluster',
  'namespace',
  'deployment',
  'model',
  'source',
  'req/s',
  'TTFT ms p50/p95/p99',
  'ITL ms p50/p95',
  'whole p95 ms',
  'queue p95 ms',
  'running/waiting',
  'KV %',
  'prefix hits %',
  'preemptions',
  'tokens/s in/out',
  'errors %',
  'state',
]

/** `120/310/890`; what is not measured is a dash. */
const slashed = (...values: (number | undefined)[]): [string] => [
  values.every((value) => value === undefined) ? '' : values.map((value) => value ?? '-').join('/'),
]

function toneFacts(rows: readonly ServingRow[]) {
  const count = (tone: ServingRow['stateTone']) => rows.filter(({ stateTone }) => stateTone === tone).length
  return [
    { label: 'in trouble', value: String(count('bad')), tone: 'bad' as const },
    { label: 'near it', value: String(count('warn')), tone: 'warn' as const },
    { label: 'without traffic', value: String(count('neutral')), tone: 'neutral' as const },
  ].filter(({ value }) => value !== '0')
}

type Values = readonly { cluster: string; value: Serving }[]

/** Deployments that serve and of which Prometheus knows nothing. */
function unmeasuredOf(values: Values, text: string | undefined): string[] {
  return values.flatMap(({ cluster, value }) => {
    const known = new Set(value.measured.map(({ key }) => key))
    return (value.deployments ?? [])
      .filter((one) => one.phase === 'running' && !known.has(`${one.namespace}/${one.name}`))
      .filter((one) => matchesText(text, [one.model, one.name, one.namespace, one.cluster]))
      .map((one) => `${cluster}/${one.namespace}/${one.name}`)
  })
}

function explain(values: Values, { all, text }: { all: number; text: string | undefined }): EmptyPayload {
  const unmeasured = unmeasuredOf(values, undefined)
  const deployed = values.reduce((sum, { value }) => sum + (value.deployments?.length ?? 0), 0)
  return {
    title: 'No serving metrics',
    likely: [
      ...(all > 0 && text ? [`None of ${counted(all, 'measured deployment')} is called ${text.slice(0, 80)}`] : []),
      ...(all === 0 && unmeasured.length > 0
        ? [
            `${counted(unmeasured.length, 'deployment')} run (${unmeasured.slice(0, 3).join(', ')}), and Prometheus scrapes none: a PodMonitor or ServiceMonitor for their metrics port is missing`,
            'SGLang prints metrics only with --enable-metrics',
          ]
        : []),
      ...(all === 0 && deployed === 0 ? ['No model is served on these clusters'] : []),
    ],
    next: ['list_deployments', 'find_metrics {"text":"time to first token"}'],
  }
}
