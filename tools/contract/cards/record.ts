import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact } from './shared.ts'

/** One object as its source has it, as YAML. */
export const record = defineCard({
  kind: 'record',
  payload: z.strictObject({
    title: z.string(),
    kind: z.string(),
    facts: z.array(fact),
    yaml: z.string(),
    note: z.string().optional(),
  }),
  patch: z.strictObject({}),
})
