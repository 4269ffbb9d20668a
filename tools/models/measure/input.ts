import * as z from 'zod'
import { optionalWord, wholeNumber, word } from '../../arguments.ts'
import { hardLimits, type LoadSettings } from './settings.ts'

const upTo = (most: number, about: string) => wholeNumber(1, most).describe(about)

/** What is tested, and with what load; every limit is a hard one. */
export const measureInput = z.strictObject({
  cluster: optionalWord('Of the deployment'),
  name: optionalWord('Deployment'),
  namespace: optionalWord('Where several have it'),
  url: word.optional().describe('Instead: an OpenAI API outside, https://host/v1. No key is taken'),
  model: optionalWord('Default: what it serves'),
  concurrency: upTo(hardLimits.concurrency, 'At once, ≤ 32').default(4),
  requests: upTo(hardLimits.requests, 'In all, ≤ 200; default 4 × concurrency').optional(),
  inputTokens: wholeNumber(8, hardLimits.inputTokens).default(256).describe('Each prompt'),
  outputTokens: upTo(hardLimits.outputTokens, 'Each answer, at most').default(64),
  sharedPrefixTokens: wholeNumber(0, hardLimits.inputTokens)
    .default(0)
    .describe('Same start of all prompts: cache hits'),
  seconds: wholeNumber(5, hardLimits.seconds).default(30).describe('≤ 60'),
  ttftMs: upTo(60_000, 'Objective: first token').optional(),
  itlMs: upTo(10_000, 'Objective: between tokens').optional(),
})
export type MeasureInput = z.output<typeof measureInput>

export const settingsOf = (input: MeasureInput): LoadSettings => ({
  concurrency: input.concurrency,
  requests: input.requests ?? Math.min(hardLimits.requests, Math.max(8, 4 * input.concurrency)),
  inputTokens: input.inputTokens,
  outputTokens: input.outputTokens,
  seconds: input.seconds,
  sharedPrefixTokens: Math.min(input.sharedPrefixTokens, input.inputTokens),
  ...(input.ttftMs !== undefined && { ttftMs: input.ttftMs }),
  ...(input.itlMs !== undefined && { itlMs: input.itlMs }),
})
