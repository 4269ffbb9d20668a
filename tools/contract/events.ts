import * as z from 'zod'

/** An event as every reader sees it. `seq` grows by commit order and is what a reader resumes from. */
export const eventEnvelope = z.strictObject({
  seq: z.number().int().describe('Grows; resume by sending the last one seen'),
  name: z.string().describe('noun.past-verb, for example approval.decided'),
  subject: z.string().describe('What it is about, for example models/deployment/gpu-east/dynamo-system/qwen3-8b'),
  at: z.string().describe('ISO 8601, UTC'),
  cluster: z.string().optional(),
  data: z.record(z.string(), z.unknown()).describe('The row its cards use'),
})
export type EventEnvelope = z.output<typeof eventEnvelope>

/** An event before it is stored. */
export interface NewEvent {
  name: string
  subject: string
  cluster?: string
  data: Record<string, unknown>
}
