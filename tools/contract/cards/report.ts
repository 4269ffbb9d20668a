import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact, tone } from './shared.ts'

/** A text for people who were not there: what happened, what it rests on, what comes next. */
export const report = defineCard({
  kind: 'report',
  list: 'sections',
  payload: z.strictObject({
    title: z.string(),
    summary: z.string(),
    tone: tone.optional(),
    from: z.string().optional().describe('ISO 8601: beginning of the time it is about'),
    to: z.string().optional(),
    facts: z.array(fact),
    sections: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        text: z.string().describe('Markdown without HTML'),
        at: z.string().optional(),
        tone: tone.optional(),
      }),
    ),
    href: z.string().optional().describe('Where the whole report is'),
  }),
  patch: z.strictObject({}),
})
