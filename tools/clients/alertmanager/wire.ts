import * as z from 'zod'

const labels = z.record(z.string(), z.string())
const ids = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])

/** GettableAlert of api/v2/openapi.yaml (0.25 to 0.34). */
export const alerts = z.array(
  z.looseObject({
    fingerprint: z.string(),
    labels,
    annotations: labels.default({}),
    startsAt: z.string(),
    endsAt: z.string().optional(),
    updatedAt: z.string().optional(),
    generatorURL: z.string().optional(),
    status: z.looseObject({
      state: z.enum(['unprocessed', 'active', 'suppressed']),
      silencedBy: ids,
      inhibitedBy: ids,
    }),
  }),
)
