import * as z from 'zod'
import type { TraceSummary } from '../clients/tempo/types.ts'
import { cell } from '../text.ts'
import { roundMs } from './lines.ts'

/** One trace a search found (TRC-002); also what trace.received carries. */
export const traceRow = z.strictObject({
  id: z.string(),
  traceId: z.string(),
  cluster: z.string(),
  service: z.string().describe('Of the root span'),
  operation: z.string().describe('Of the root span'),
  start: z.string(),
  durationMs: z.number(),
  spans: z.number().int().optional(),
  services: z.number().int().optional(),
  errors: z.number().int().optional().describe('Spans with errors'),
  state: z.enum(['error', 'ok', 'unknown']),
  stateTone: z.enum(['bad', 'good', 'neutral']),
  /** Services with errors, or the busiest ones */
  where: z.string().optional(),
})
export type TraceRow = z.output<typeof traceRow>

/** Tempo counts spans by service only from 2.4 on; before that whether there are errors is unknown. */
export function rowOf(summary: TraceSummary, cluster: string, errorsOnly = false): TraceRow {
  const { traceId, rootService, rootName, services } = summary
  const counted = services.length > 0
  const errors = services.reduce((sum, one) => sum + one.errors, 0)
  const failing = services.filter((one) => one.errors > 0)
  const busy = (failing.length > 0 ? failing : services).toSorted((a, b) => b.errors - a.errors || b.spans - a.spans)
  const state = errors > 0 || errorsOnly ? 'error' : counted ? 'ok' : 'unknown'
  return {
    id: `${cluster}/${traceId}`,
    traceId,
    cluster,
    service: rootService === undefined ? '(root not received)' : cell(rootService, 80),
    operation: cell(rootName, 100),
    start: new Date(summary.startMs).toISOString(),
    durationMs: roundMs(summary.durationMs),
    ...(counted && {
      spans: services.reduce((sum, one) => sum + one.spans, 0),
      services: services.length,
      errors,
      where: busy
        .slice(0, 3)
        .map(({ name, errors }) => (errors > 0 ? `${cell(name, 40)}: ${errors}` : cell(name, 40)))
        .join(', '),
    }),
    state,
    stateTone: state === 'error' ? 'bad' : state === 'ok' ? 'good' : 'neutral',
  }
}

export const traceColumns = [
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'operation', label: 'Operation', type: 'text' as const },
  { key: 'durationMs', label: 'ms', type: 'number' as const },
  { key: 'start', label: 'Start', type: 'time' as const },
  { key: 'service', label: 'Service', type: 'text' as const },
  { key: 'errors', label: 'Errors', type: 'number' as const },
  { key: 'spans', label: 'Spans', type: 'number' as const },
  { key: 'where', label: 'Services', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'traceId', label: 'Trace', type: 'code' as const },
]

/** The value below which a share of the numbers lies (nearest rank). */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))]
}
