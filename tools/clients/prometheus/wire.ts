import * as z from 'zod'
import type { Sample } from './types.ts'

/** Answers can hold a million samples: checked by hand, because a schema per sample costs more than the query. */
const isSample = (value: unknown): value is Sample =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'string'
const sample = z.custom<Sample>(isSample, 'expected a pair [seconds, "value"]')
const samples = z.custom<Sample[]>(
  (value) => Array.isArray(value) && value.every(isSample),
  'expected a list of pairs [seconds, "value"]',
)
const metric = z.record(z.string(), z.string())

/** A series has `values`, or only `histograms` where it is a native histogram. */
const matrix = z.array(z.looseObject({ metric, values: samples.optional() }))
const vector = z.array(z.looseObject({ metric, value: sample.optional() }))

export const queryData = z.discriminatedUnion('resultType', [
  z.looseObject({ resultType: z.literal('matrix'), result: matrix }),
  z.looseObject({ resultType: z.literal('vector'), result: vector }),
  z.looseObject({ resultType: z.literal('scalar'), result: sample }),
  z.looseObject({ resultType: z.literal('string'), result: sample }),
])
export type QueryData = z.output<typeof queryData>

export const names = z.array(z.string())
export const labelSets = z.array(metric)

/** Prometheus 2.14 and later. Source: docs/querying/api.md, TSDB stats. */
export const tsdbData = z.looseObject({
  headStats: z.looseObject({ numSeries: z.number() }),
  seriesCountByMetricName: z.array(z.looseObject({ name: z.string(), value: z.number() })),
})
export const buildData = z.looseObject({ version: z.string().default(''), goVersion: z.string().optional() })
export const metadataData = z.record(
  z.string(),
  z.array(z.looseObject({ type: z.string(), help: z.string().default(''), unit: z.string().default('') })),
)

/** `{status: "success", data, warnings, infos}` around every answer. */
export const envelope = <T extends z.ZodType>(data: T) =>
  z.looseObject({
    status: z.literal('success'),
    data,
    warnings: z.array(z.string()).optional(),
    infos: z.array(z.string()).optional(),
    // VictoriaMetrics
    isPartial: z.boolean().optional(),
  })

export const errorEnvelope = z.looseObject({ status: z.literal('error'), errorType: z.string(), error: z.string() })

const texts = z.record(z.string(), z.string()).default({})
export const rulesData = z.looseObject({
  groups: z.array(
    z.looseObject({
      name: z.string(),
      file: z.string().default(''),
      rules: z.array(
        z.looseObject({
          type: z.string(),
          name: z.string(),
          query: z.string(),
          duration: z.number().default(0),
          labels: texts,
          annotations: texts,
          health: z.string().default('unknown'),
          lastError: z.string().optional(),
          alerts: z
            .array(
              z.looseObject({
                labels: texts,
                state: z.string(),
                activeAt: z.string().optional(),
                value: z.string().default(''),
              }),
            )
            .nullish()
            .transform((list) => list ?? []),
        }),
      ),
    }),
  ),
})
