import * as z from 'zod'
import { defineCard } from './card.ts'
import { progressState, progressStep } from './progress.ts'
import { fact, tone } from './shared.ts'

/** One measured quantity over all samples: exact percentiles, and how often each range of values came. */
export const measuredMetric = z.strictObject({
  id: z.string(),
  label: z.string(),
  unit: z.enum(['ms', 'tokens/s']),
  better: z.enum(['lower', 'higher']),
  samples: z.number().int(),
  mean: z.number(),
  p50: z.number(),
  p90: z.number(),
  p95: z.number(),
  p99: z.number(),
  min: z.number(),
  max: z.number(),
  /** One more than `counts`; the last range holds its end too */
  bounds: z.array(z.number()),
  counts: z.array(z.number().int()),
  objective: z.number().optional().describe('What was asked for at most'),
  before: z.number().optional().describe('p50 of the measurement it is compared with'),
  changePercent: z.number().optional(),
  change: z.enum(['better', 'worse', 'same']).optional(),
})
export type MeasuredMetric = z.output<typeof measuredMetric>

const shown = {
  state: progressState,
  verdict: z.string().describe('One line: how it did'),
  tone,
  percent: z.number().min(0).max(100),
  steps: z.array(progressStep),
  metrics: z.array(measuredMetric),
  facts: z.array(fact).describe('Totals: throughput, requests, errors'),
  failures: z.array(z.strictObject({ kind: z.string(), count: z.number().int(), text: z.string() })),
  comparison: z.string().describe('With which measurement it is compared'),
  notes: z.array(z.string()).describe('How to read the figures'),
  endedAt: z.string(),
}

/** A served endpoint, tried and measured under a bounded load. The answer's `subject` names it; events with it carry patches. */
export const measurement = defineCard({
  kind: 'measurement',
  payload: z.strictObject({
    title: z.string(),
    ...shown,
    percent: shown.percent.optional(),
    comparison: shown.comparison.optional(),
    endedAt: shown.endedAt.optional(),
    settings: z.array(fact).describe('What was asked of it'),
    startedAt: z.string(),
  }),
  patch: z.strictObject({
    state: shown.state.optional(),
    verdict: shown.verdict.optional(),
    tone: shown.tone.optional(),
    percent: shown.percent.optional(),
    steps: shown.steps.optional(),
    metrics: shown.metrics.optional(),
    facts: shown.facts.optional(),
    failures: shown.failures.optional(),
    comparison: shown.comparison.optional(),
    notes: shown.notes.optional(),
    endedAt: shown.endedAt.optional(),
  }),
})
