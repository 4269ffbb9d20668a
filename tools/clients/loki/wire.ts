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

/** `data` is left out where there is nothing. */
export const labelList = z.looseObject({
  status: z.literal('success'),
  data: z
    .array(z.string())
    .nullish()
    .transform((list) => list ?? []),
})
