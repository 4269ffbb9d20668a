import * as z from 'zod'

/**
 * An event as every reader sees it. `seq` grows by commit order and is what a reader resumes from. One that was only announced
 * (telemetry) has none: it is not kept, comes to who listens now, and `after` says behind which stored event it belongs.
 */
export const eventEnvelope = z.strictObject({
  seq: z.number().int().optional().describe('Grows; resume by sending the last one seen. Absent: not kept'),
  after: z.number().int().optional().describe('Instead of seq: the stored event it came after'),
  name: z.string().describe('noun.past-verb, for example approval.decided'),
  subject: z.string().describe('What it is about, for example models/deployment/gpu-east/dynamo-system/qwen3-8b'),
  at: z.string().describe('ISO 8601, UTC'),
  cluster: z.string().optional(),
  data: z.record(z.string(), z.unknown()).describe('The row its cards use'),
})
export type EventEnvelope = z.output<typeof eventEnvelope>
export type StoredEvent = EventEnvelope & { seq: number }

/** An event before it is stored. */
export interface NewEvent {
  name: string
  subject: string
  cluster?: string
  data: Record<string, unknown>
}
