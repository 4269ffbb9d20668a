import * as z from 'zod'

/** What a query may cost before it is refused (QM_QUERY_GUARD has the last word on `mode`). */
export const queryGuardConfig = z
  .strictObject({
    mode: z
      .enum(['enforce', 'shadow', 'off'])
      .default('enforce')
      .describe('shadow: ask all the same, and say what would have been refused'),
    mostSeries: z.int().min(1).default(20_000).describe('Series one selector may match on one cluster'),
    mostPoints: z.int().min(1).default(20_000_000).describe('Series times points of one range query on one cluster'),
    mostLogBytes: z
      .int()
      .min(1)
      .default(50 * 1024 ** 3)
      .describe('Bytes of log lines one query may read on one cluster'),
  })
  .describe('Guard of query_metrics and query_logs')
export type QueryGuard = z.output<typeof queryGuardConfig>

/** An expression whose changes become events (MET-026). */
export const metricWatch = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be a-z, 0-9 and -')
      .describe('Name of what is measured, unique'),
    query: z.string().min(1).max(2_000).describe('PromQL, evaluated at now'),
    clusters: z.array(z.string().min(1)).optional().describe('Default: every cluster with Prometheus'),
    above: z.number().optional().describe('A value above it is a breach'),
    below: z.number().optional().describe('A value below it is a breach'),
    changePercent: z.number().positive().optional().describe('A change by so much since the last event is one too'),
  })
  .refine(
    ({ above, below, changePercent }) => (above ?? below ?? changePercent) !== undefined,
    'needs above, below or changePercent',
  )
export type MetricWatch = z.output<typeof metricWatch>

/** What holds for Prometheus of every cluster; `mode` is instead of the configured one. */
export const metricSettings = (
  {
    queryGuard,
    metricWatches = [],
  }: { queryGuard?: QueryGuard | undefined; metricWatches?: MetricWatch[] | undefined },
  mode?: QueryGuard['mode'],
): { guard: QueryGuard; watches: readonly MetricWatch[] } => ({
  guard: { ...(queryGuard ?? queryGuardConfig.parse({})), ...(mode && { mode }) },
  watches: metricWatches,
})

/** The same for Loki, judged by the bytes that its index knows of. */
export const logSettings = (
  { queryGuard }: { queryGuard?: QueryGuard | undefined },
  mode?: QueryGuard['mode'],
): { guard: { mode: QueryGuard['mode']; mostBytes: number } } => {
  const { mostLogBytes, ...guard } = queryGuard ?? queryGuardConfig.parse({})
  return { guard: { mode: mode ?? guard.mode, mostBytes: mostLogBytes } }
}
