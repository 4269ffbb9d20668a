import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact } from './shared.ts'

/** One line of a trace's tree, in the order in which it is drawn: a span, or repeats of one folded together. */
export const traceSpan = z.strictObject({
  id: z.string().describe('Span id; of folded repeats the slowest'),
  depth: z.number().int().describe('0 for a root'),
  service: z.string(),
  name: z.string(),
  cluster: z.string().optional().describe('Where it was found, if the trace spans several'),
  offsetMs: z.number().describe('Since the trace began'),
  durationMs: z.number().describe('Of folded repeats the slowest'),
  selfMs: z.number().describe('Without its children; of folded repeats the sum'),
  criticalMs: z.number().optional().describe('Its own share of the critical path'),
  error: z.boolean().optional(),
  repeats: z.number().int().optional().describe('How many like it are folded into this line'),
  detail: z.string().optional().describe('Errors, events and what else stands out'),
})
export type TraceSpan = z.output<typeof traceSpan>

/** One trace as a tree over time. */
export const trace = defineCard({
  kind: 'trace',
  list: 'spans',
  payload: z.strictObject({
    title: z.string(),
    traceId: z.string(),
    startedAt: z.string(),
    durationMs: z.number(),
    facts: z.array(fact),
    spans: z.array(traceSpan),
    note: z.string().optional().describe('What was folded, left out or never arrived'),
  }),
  patch: z.strictObject({}),
})
