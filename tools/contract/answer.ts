import * as z from 'zod'
import { approval } from './cards/approval.ts'
import { empty } from './cards/empty.ts'
import { errorPayload } from './errors.ts'

/** How one cluster did in a call over several (MET-009). */
export const clusterAnswer = z.strictObject({
  cluster: z.string(),
  status: z.enum(['success', 'error', 'timeout', 'partial']),
  tookMs: z.number(),
  error: z.string().optional(),
})
export type ClusterAnswer = z.output<typeof clusterAnswer>

/** Bytes that `content` and `structuredContent` may each have: hosts cut at about 10 kB and forward only one of the two. */
export const answerLimitBytes = 10_000

/**
 * What every call answers. Members are optional instead of alternatives: a schema with anyOf or oneOf makes some
 * hosts drop the whole server. Exactly one of data, approval, error and empty is there; `card` names the kind.
 */
export const answer = z.strictObject({
  card: z.string().describe('Kind of card that draws this'),
  data: z.record(z.string(), z.unknown()).optional(),
  approval: approval.payload.optional(),
  error: errorPayload.optional(),
  empty: empty.payload.optional(),
  shown: z.number().int().optional().describe('Items in this answer'),
  total: z.number().int().optional().describe('Items there are'),
  cursor: z.string().optional().describe('Pass to get_result for the next page'),
  result: z.string().optional().describe('Id of the whole result; page, filter and aggregate it with get_result'),
  subject: z
    .string()
    .optional()
    .describe('Live events with this subject update the card; behind a ? what a new row of its list must have'),
  clusters: z.array(clusterAnswer).optional().describe('Who answered and who did not'),
  next: z.array(z.string()).optional().describe('Sensible next calls or questions'),
  at: z.string().describe('When the facts were read, ISO 8601'),
})
export type Answer = z.output<typeof answer>
