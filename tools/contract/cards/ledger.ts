import * as z from 'zod'
import { money } from '../money.ts'
import { defineCard } from './card.ts'
import { tone } from './shared.ts'

/** Money held and moved: figures, parties, milestones and the entries behind them. */
export const ledger = defineCard({
  kind: 'ledger',
  list: 'entries',
  payload: z.strictObject({
    title: z.string(),
    state: z.string(),
    tone,
    figures: z.array(z.strictObject({ label: z.string(), money })),
    parties: z.array(z.strictObject({ role: z.string(), name: z.string().optional(), address: z.string() })),
    milestones: z.array(
      z.strictObject({
        label: z.string(),
        state: z.enum(['done', 'current', 'todo', 'failed']),
        at: z.string().optional(),
      }),
    ),
    entries: z.array(
      z.strictObject({
        id: z.string(),
        at: z.string(),
        type: z.string(),
        from: z.string(),
        to: z.string(),
        money,
        status: z.string(),
        hash: z.string().optional(),
        confirmations: z.number().int().optional(),
        verified: z.enum(['on-chain', 'not-found', 'not-checked']).optional(),
      }),
    ),
    custodial: z.boolean().describe('The platform holds the escrow wallet'),
    warnings: z.array(z.string()).optional(),
  }),
  patch: z.strictObject({ state: z.string().optional(), tone: tone.optional() }),
})
