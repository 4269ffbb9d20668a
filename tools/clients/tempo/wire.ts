import * as z from 'zod'

/** 64-bit numbers are texts in JSON made of protobuf; 0 is left out. */
const bigNumber = z
  .union([z.string().regex(/^\d+$/, 'expected digits'), z.number().int().min(0)])
  .optional()
  .transform((value) => BigInt(value ?? 0))

const anyValue = z.looseObject({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.union([z.number(), z.string()]).optional(),
  arrayValue: z.unknown().optional(),
  kvlistValue: z.unknown().optional(),
})

const attributes = z
  .array(z.looseObject({ key: z.string(), value: anyValue.nullish() }))
  .nullish()
  .transform((list) => list ?? [])
export type WireAttributes = z.output<typeof attributes>

const text = z.string().nullish()
/** Numbers of an enum where the JSON is OTLP's own, names where it is made of protobuf. */
const code = z.union([z.number(), z.string()]).nullish()

const span = z.looseObject({
  traceId: text,
  spanId: z.string(),
  parentSpanId: text,
  name: text,
  kind: code,
  startTimeUnixNano: bigNumber,
  endTimeUnixNano: bigNumber,
  attributes,
  events: z.array(z.looseObject({ name: text, timeUnixNano: bigNumber, attributes })).nullish(),
  links: z.array(z.looseObject({ traceId: text, spanId: text })).nullish(),
  status: z.looseObject({ code, message: text }).nullish(),
})
export type WireSpan = z.output<typeof span>

const scope = z.looseObject({ spans: z.array(span).nullish() })

const resourceSpans = z.array(
  z.looseObject({
    resource: z.looseObject({ attributes }).nullish(),
    scopeSpans: z.array(scope).nullish(),
    // OTLP before 0.15, as old blocks still hold it
    instrumentationLibrarySpans: z.array(scope).nullish(),
  }),
)

/** /api/v2/traces/{id}; COMPLETE is left out, as it is the first of its enum. */
export const traceV2 = z.looseObject({
  trace: z.looseObject({ resourceSpans: resourceSpans.nullish() }),
  status: code,
  message: text,
})

/** /api/traces/{id} */
export const traceV1 = z
  .looseObject({ batches: resourceSpans.optional(), resourceSpans: resourceSpans.optional() })
  .refine(({ batches, resourceSpans }) => batches ?? resourceSpans, { path: ['batches'], message: 'is missing' })
export type WireResourceSpans = z.output<typeof resourceSpans>

const spanSet = z.looseObject({
  matched: z.number().nullish(),
  spans: z
    .array(
      z.looseObject({
        spanID: z.string(),
        name: text,
        startTimeUnixNano: bigNumber,
        durationNanos: bigNumber,
        attributes,
      }),
    )
    .nullish(),
})

const found = z.looseObject({
  traceID: z.string(),
  rootServiceName: text,
  rootTraceName: text,
  startTimeUnixNano: bigNumber,
  durationMs: z.number().nullish(),
  spanSet: spanSet.nullish(),
  spanSets: z.array(spanSet).nullish(),
  serviceStats: z
    .record(z.string(), z.looseObject({ spanCount: z.number().nullish(), errorCount: z.number().nullish() }))
    .nullish(),
})
export type WireFound = z.output<typeof found>

/** Without a match `traces` may be left out; `metrics` always stands there. */
export const searchAnswer = z
  .looseObject({ traces: z.array(found).nullish(), metrics: z.unknown() })
  .refine(({ traces, metrics }) => traces ?? metrics, { path: ['traces'], message: 'is missing' })

export const tagScopes = z.looseObject({
  scopes: z.array(z.looseObject({ name: z.string(), tags: z.array(z.string()).nullish() })),
})

export const tagValueList = z
  .looseObject({
    tagValues: z.array(z.looseObject({ type: text, value: z.union([z.string(), z.number(), z.boolean()]) })).nullish(),
    metrics: z.unknown(),
  })
  .refine(({ tagValues, metrics }) => tagValues ?? metrics, { path: ['tagValues'], message: 'is missing' })
