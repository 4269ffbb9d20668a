import * as z from 'zod'
import { tone } from '#contract'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { cell, shortId } from '../text.ts'
import { asEvent } from './shapes.ts'

export const eventRow = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  namespace: z.string().optional(),
  at: z.string().describe('Last seen, ISO 8601'),
  type: z.string().describe('Warning or Normal'),
  typeTone: tone,
  reason: z.string(),
  object: z.string().describe('Kind/name'),
  count: z.number().int().describe('How often'),
  message: z.string().describe('Text from outside'),
})
export type EventRow = z.output<typeof eventRow>

/** When an event was last seen, whichever of the two event APIs wrote it. */
export const eventTime = (object: KubeObject): string => {
  const event = asEvent(object)
  return (
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.firstTimestamp ??
    event.metadata.creationTimestamp ??
    '1970-01-01T00:00:00Z'
  )
}

/** Events of one cluster as rows; those that say the same about the same object are one. */
export function eventRows(objects: readonly KubeObject[], cluster: string): EventRow[] {
  const rows = new Map<string, EventRow>()
  for (const object of objects) {
    const event = asEvent(object)
    const about = event.involvedObject ?? event.regarding ?? {}
    const namespace = about.namespace ?? event.metadata.namespace
    const name = `${about.kind ?? 'Object'}/${about.name ?? ''}`
    const message = cell(event.message ?? event.note, 300)
    const type = event.type ?? 'Normal'
    const reason = cell(event.reason, 80)
    const id = [cluster, namespace, name, type, reason, message.replace(/[0-9a-f]{8,}|\d+/g, '#')].join('|')
    const count = event.series?.count ?? event.count ?? 1
    const at = eventTime(object)
    const known = rows.get(id)
    if (known) {
      known.count += count
      if (at > known.at) Object.assign(known, { at, message })
      continue
    }
    rows.set(id, {
      id: shortId(id),
      cluster,
      ...(namespace && { namespace }),
      at,
      type,
      typeTone: type === 'Warning' ? 'warn' : 'neutral',
      reason,
      object: name,
      count,
      message,
    })
  }
  return [...rows.values()]
}

/** What an event says apart from whom it names: pods of one workload say the same. */
const saidBy = ({ object, message }: EventRow): string =>
  message
    .replaceAll(object.slice(object.indexOf('/') + 1), '*')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*')
    .replace(/\d+/g, '#')

/** The rows as lines of text: one for all objects of a kind that say the same, the newest of them in full. */
export function eventLines(rows: readonly EventRow[]): { row: EventRow; objects: string; count: number }[] {
  const groups = Map.groupBy(rows, (row) =>
    JSON.stringify([row.cluster, row.namespace, row.type, row.reason, row.object.split('/')[0], saidBy(row)]),
  )
  return [...groups.values()].map((group) => ({
    row: group[0]!,
    objects: `${group[0]!.object}${group.length > 1 ? ` and ${group.length - 1} more` : ''}`,
    count: group.reduce((sum, { count }) => sum + count, 0),
  }))
}
