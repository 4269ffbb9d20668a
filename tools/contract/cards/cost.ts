import * as z from 'zod'
import { money } from '../money.ts'
import { defineCard } from './card.ts'
import { fact, tone } from './shared.ts'

/** What something costs or did cost: lines, and one total for each currency. Currencies are never summed. */
export const cost = defineCard({
  kind: 'cost',
  list: 'lines',
  payload: z.strictObject({
    title: z.string(),
    state: z.string().optional(),
    tone: tone.optional(),
    summary: z.string().optional(),
    per: z.enum(['hour', 'day', 'month', 'total']).describe('What the amounts are for'),
    lines: z.array(
      z.strictObject({
        id: z.string(),
        label: z.string(),
        quantity: z.string().optional().describe('For example "3 × 1 H100" or "12.5 h"'),
        rate: money.optional().describe('Price of one'),
        cost: money.optional().describe('Absent where no price is known'),
        note: z.string().optional(),
      }),
    ),
    totals: z.array(money).describe('One for each currency; empty where nothing has a price'),
    unpriced: z.number().int().describe('How many lines have no price, so that the total is too low'),
    facts: z.array(fact).optional(),
    checks: z
      .array(
        z.strictObject({ id: z.string(), label: z.string(), state: z.string(), tone, detail: z.string().optional() }),
      )
      .optional(),
    source: z.string().optional().describe('Where the prices come from'),
  }),
  patch: z.strictObject({}),
})
