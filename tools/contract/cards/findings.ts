import * as z from 'zod'
import { defineCard } from './card.ts'

/** What a diagnosis found: each finding with its evidence and a remedy. */
export const finding = z.strictObject({
  id: z.string().describe('Name of the check'),
  severity: z.enum(['critical', 'warning', 'info']),
  title: z.string(),
  cause: z.string(),
  evidence: z.array(z.strictObject({ source: z.string(), text: z.string(), at: z.string().optional() })),
  remedy: z.string(),
  falsifier: z.string().optional().describe('What would show that this is wrong'),
  ask: z.string().optional().describe('A follow-up question that continues from here'),
})
export type Finding = z.output<typeof finding>

export const findings = defineCard({
  kind: 'findings',
  list: 'findings',
  payload: z.strictObject({
    title: z.string(),
    verdict: z.string(),
    tone: z.enum(['good', 'warn', 'bad', 'busy', 'neutral']),
    findings: z.array(finding),
    checked: z.number().int().describe('How many checks ran'),
    unknowns: z.array(z.string()).optional().describe('What could not be looked at'),
  }),
  patch: z.strictObject({}),
})
