import * as z from 'zod'
import { defineCard } from './card.ts'
import { tone } from './shared.ts'

/** One series of one cluster. `values` keep Prometheus' wire form: unix seconds and the value as a string (MET-012). */
export const series = z.strictObject({
  id: z.string(),
  name: z.string().describe('Short label for people'),
  cluster: z.string(),
  metric: z.record(z.string(), z.string()),
  values: z.array(z.tuple([z.number(), z.string()])).describe('At most what a screen can show'),
  points: z.number().int().describe('How many points the source answered'),
  last: z.number().optional(),
  min: z.number().optional(),
  avg: z.number().optional(),
  max: z.number().optional(),
  maxAt: z.number().optional().describe('When it was highest, unix seconds'),
  trendPercent: z.number().optional().describe('Change of the fitted line over the range, percent of the average'),
})
export type Series = z.output<typeof series>

export const timeSeries = defineCard({
  kind: 'time-series',
  list: 'series',
  payload: z.strictObject({
    title: z.string(),
    query: z.string(),
    resultType: z.enum(['matrix', 'vector', 'scalar', 'string']),
    start: z.string().describe('ISO 8601'),
    end: z.string().describe('ISO 8601'),
    stepSeconds: z.number(),
    unit: z.string().optional().describe('seconds, bytes, percent, ratio, watts, celsius, count'),
    series: z.array(series),
    warnings: z.array(z.string()).optional(),
    thresholds: z
      .array(z.strictObject({ value: z.number(), label: z.string(), tone: tone.optional() }))
      .optional()
      .describe('Lines across the chart: what the query compares with, what an alert fires at'),
    markers: z
      .array(z.strictObject({ at: z.number().describe('Unix seconds'), label: z.string(), tone: tone.optional() }))
      .optional()
      .describe('What happened meanwhile: a deployment, an alert'),
    readAt: z.string().optional().describe('When the oldest part was read, where a part comes from the cache'),
  }),
  patch: z.strictObject({ append: z.array(series.pick({ id: true, values: true })).optional() }),
})
