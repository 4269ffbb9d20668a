import * as z from 'zod'
import type { NewEvent } from '#contract'
import type { alertEpisodes } from '#db/schema/alerts.ts'
import { alertRow, fromLabels } from './alert-rows.ts'
import type { Sighting } from './episode.ts'

export type EpisodeRow = typeof alertEpisodes.$inferSelect

/** The row of a list of alerts as it is after the event: a live list merges it by its id. */
export const alertChanged = alertRow.extend({
  state: z.enum(['firing', 'silenced', 'inhibited', 'resolved']),
  endsAt: z.string().optional().describe('ISO 8601'),
  durationSeconds: z.number().int().optional().describe('From its start to its end (ALR-008)'),
})

export const alertEvents = { 'alert.fired': alertChanged, 'alert.resolved': alertChanged }

export const subjectOf = (cluster: string, fingerprint: string): string => `alerts/alert/${cluster}/${fingerprint}`
/** The subject of all alerts: what lists of them follow */
export const allAlerts = 'alerts/alert/*'

export const summaryOf = (annotations: Record<string, string>): string | undefined =>
  annotations.summary ?? annotations.message ?? annotations.description

export const durationSeconds = ({ startsAt, endsAt }: { startsAt: Date; endsAt: Date }): number =>
  Math.round((endsAt.getTime() - startsAt.getTime()) / 1000)

const eventOf = (name: keyof typeof alertEvents, row: EpisodeRow, data: z.output<typeof alertChanged>): NewEvent => ({
  name,
  subject: subjectOf(row.cluster, row.fingerprint),
  cluster: row.cluster,
  data,
})

const rowOf = (row: EpisodeRow) => {
  const { cluster, fingerprint, labels, annotations, startsAt } = row
  const { severityTone, ...rest } = fromLabels(labels, {
    id: `${cluster}/${fingerprint}`,
    cluster,
    state: 'firing',
    since: startsAt.toISOString(),
    summary: summaryOf(annotations),
  })
  return { ...rest, severityTone }
}

export function firedEvent(row: EpisodeRow, suppressed?: Sighting['suppressed']): NewEvent {
  const fresh = rowOf(row)
  const data = suppressed
    ? { ...fresh, state: suppressed, severityTone: 'neutral' as const }
    : { ...fresh, state: 'firing' as const }
  return eventOf('alert.fired', row, data)
}

export const resolvedEvent = (row: EpisodeRow & { endsAt: Date }): NewEvent =>
  eventOf('alert.resolved', row, {
    ...rowOf(row),
    state: 'resolved',
    severityTone: 'neutral',
    endsAt: row.endsAt.toISOString(),
    durationSeconds: durationSeconds(row),
  })
