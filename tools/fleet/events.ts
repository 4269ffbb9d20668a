import * as z from 'zod'
import { tone } from '#contract'

/** What the fleet tells (RTE-021); `data` is what a row of list_clusters takes. */
export const healthEvents = {
  'cluster.status-changed': z.object({
    id: z.string(),
    name: z.string(),
    state: z.string(),
    stateTone: tone,
    score: z.number().int(),
    oldState: z.string(),
    problem: z.string(),
    since: z.string().describe('ISO 8601'),
  }),
  'cluster.capabilities-changed': z.object({
    id: z.string(),
    name: z.string(),
    capabilities: z.record(z.string(), z.unknown()),
  }),
}
