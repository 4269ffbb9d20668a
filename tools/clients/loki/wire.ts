import * as z from 'zod'

const isEntry = (value: unknown): value is [string, string, ...unknown[]] =>
  Array.isArray(value) && typeof value[0] === 'string' && /^\d+$/.test(value[0]) && typeof value[1] === 'string'

export const streams = z.looseObject({
  status: z.literal('success'),
  data: z.looseObject({
    resultType: z.string(),
    result: z.array(z.unknown()),
  }),
})

/** The result of a log query: nanoseconds as text, line, and since Loki 3 perhaps structured metadata. */
export const streamList = z.array(
  z.looseObject({
    stream: z.record(z.string(), z.string()),
    values: z.array(z.custom<[string, string]>(isEntry, 'expected a pair ["nanoseconds", "line"]')),
  }),
)

/** The result of a query that computes numbers: over a range, or once. */
export const seriesList = z.array(
  z
    .looseObject({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])).optional(),
      value: z.tuple([z.number(), z.string()]).optional(),
    })
    .transform(({ metric, values, value }) => ({ metric, values: values ?? (value ? [value] : []) })),
)

export const streamLabels = z.looseObject({
  status: z.literal('success'),
  data: z
    .array(z.record(z.string(), z.string()))
    .nullish()
    .transform((list) => list ?? []),
})

export const indexStats = z.looseObject({ streams: z.number(), entries: z.number(), bytes: z.number() })

export const patternList = z.looseObject({
  status: z.literal('success'),
  data: z
    .array(z.looseObject({ pattern: z.string(), samples: z.array(z.tuple([z.number(), z.number()])) }))
    .nullish()
    .transform((list) => list ?? []),
})

/** `data` is left out where there is nothing. */
export const labelList = z.looseObject({
  status: z.literal('success'),
  data: z
    .array(z.string())
    .nullish()
    .transform((list) => list ?? []),
})
