import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact, tone } from './shared.ts'

/** A load that was run against a model, in the figures one compares; those that could not be measured are left out. */
const pastTest = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  state: z.string(),
  tone,
  verdict: z.string().optional(),
  concurrency: z.number().optional(),
  ttftP50Ms: z.number().optional(),
  ttftP95Ms: z.number().optional(),
  tokensPerSecond: z.number().optional().describe('Of all requests together'),
})
export type PastTest = z.output<typeof pastTest>

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
    tests: z.array(pastTest).max(5).optional().describe('Of a served model, newest first'),
  }),
  patch: z.strictObject({
    state: z.string().optional(),
    tone: tone.optional(),
    summary: z.string().optional(),
    facts: z.array(fact).optional(),
  }),
})
