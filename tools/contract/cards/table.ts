import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact } from './shared.ts'

/** One column: `key` names the member of each row, `type` how it is drawn and sorted. */
export const column = z.strictObject({
  key: z.string(),
  label: z.string(),
  type: z
    .enum(['text', 'number', 'state', 'age', 'time', 'bytes', 'percent', 'money', 'code'])
    .describe('state: the row may carry <key>Tone; age and time: ISO 8601; money: minor units with <key>Currency'),
})
export type Column = z.output<typeof column>

/** Rows of one shape. A row's `id` is stable: live updates and sorting go by it. */
export const table = defineCard({
  kind: 'table',
  list: 'rows',
  payload: z.strictObject({
    title: z.string(),
    columns: z.array(column),
    rows: z.array(z.looseObject({ id: z.string() })),
    facts: z.array(fact).optional().describe('Totals over all rows, not only those shown'),
  }),
  patch: z.strictObject({
    upsert: z.array(z.looseObject({ id: z.string() })).optional(),
    remove: z.array(z.string()).optional(),
    facts: z.array(fact).optional(),
  }),
})
