import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact, tone } from './shared.ts'

/** The state of one thing: a word, figures and checks. */
export const status = defineCard({
  kind: 'status',
  list: 'checks',
  payload: z.strictObject({
    title: z.string(),
    state: z.string(),
    tone,
    summary: z.string().optional(),
    facts: z.array(fact),
    checks: z.array(
      z.strictObject({ id: z.string(), label: z.string(), state: z.string(), tone, detail: z.string().optional() }),
    ),
  }),
  patch: z.strictObject({
    state: z.string().optional(),
    tone: tone.optional(),
    summary: z.string().optional(),
    facts: z.array(fact).optional(),
  }),
})
