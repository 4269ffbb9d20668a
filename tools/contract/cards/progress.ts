import * as z from 'zod'
import { defineCard } from './card.ts'
import { fact } from './shared.ts'

export const progressState = z.enum(['pending', 'running', 'succeeded', 'failed', 'cancelled'])

export const progressStep = z.strictObject({
  id: z.string(),
  label: z.string(),
  state: progressState,
  detail: z.string().optional(),
  at: z.string().optional().describe('ISO 8601, when it got this state'),
})
export type ProgressStep = z.output<typeof progressStep>

/** A change on its way. The answer's `subject` names it; events with that subject carry patches. */
export const progress = defineCard({
  kind: 'progress',
  payload: z.strictObject({
    title: z.string(),
    state: progressState,
    message: z.string().optional(),
    percent: z.number().min(0).max(100).optional(),
    steps: z.array(progressStep),
    facts: z.array(fact),
    startedAt: z.string(),
    endedAt: z.string().optional(),
  }),
  patch: z.strictObject({
    state: progressState.optional(),
    message: z.string().optional(),
    percent: z.number().optional(),
    steps: z.array(progressStep).optional(),
    facts: z.array(fact).optional(),
    endedAt: z.string().optional(),
  }),
})
