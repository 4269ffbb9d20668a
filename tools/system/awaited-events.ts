import * as z from 'zod'

/**
 * Events of RTE-021 that nobody sends yet, so that a subscription to them is known and not refused. A domain that begins to send one
 * declares it itself, and it leaves this list.
 */
export const awaitedEvents = {
  'metric.changed': z.object({ id: z.string(), cluster: z.string(), query: z.string(), value: z.string() }),
  'trace.received': z.object({ id: z.string(), cluster: z.string(), service: z.string(), durationMs: z.number() }),
  'gpu.updated': z.looseObject({ id: z.string() }),
  'anomaly.detected': z.object({
    id: z.string(),
    cluster: z.string(),
    metric: z.string(),
    severity: z.string(),
    detectedAt: z.string(),
  }),
  'analysis.completed': z.object({ id: z.string(), title: z.string(), verdict: z.string() }),
  'report.generated': z.object({ id: z.string(), title: z.string(), format: z.string() }),
}

/** What the chat sends, which is no domain: a message was stored in a conversation (CHT-017), others wait in it, its answer is to stop. */
export const chatEvents = {
  'chat.message-added': z.object({
    sessionId: z.string(),
    messageId: z.string(),
    role: z.string(),
    preview: z.string(),
  }),
  'chat.queue-changed': z.object({ sessionId: z.string() }),
  'chat.stop-asked': z.object({ sessionId: z.string(), run: z.string() }),
}
