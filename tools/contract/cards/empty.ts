import * as z from 'zod'
import { defineCard } from './card.ts'

/** Nothing was found: which causes are likely, and which call comes next. */
export const empty = defineCard({
  kind: 'empty',
  payload: z.strictObject({
    title: z.string(),
    likely: z.array(z.string()),
    next: z.array(z.string()),
  }),
  patch: z.strictObject({}),
})
export type EmptyPayload = z.output<typeof empty.payload>
