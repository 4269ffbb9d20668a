import type { Tone } from '#contract'

/** A row of list_alerts, and of its live events. */
export interface AlertRow {
  id: string
  cluster: string
  alert: string
  severity: 'critical' | 'warning' | 'info'
  severityTone: Tone
  state: 'firing' | 'pending' | 'silenced' | 'inhibited' | 'resolved'
  since?: string
  namespace?: string
  object?: string
  summary?: string
  unread?: boolean
}

export interface AlertFilter {
  severity: string
  cluster: string
  state: string
  text: string
}
export const filterKeys = ['severity', 'cluster', 'state', 'text'] as const

/** What the address of the page says: a filtered list can be kept and sent. */
export const filterOf = (search: Pick<URLSearchParams, 'get'>): AlertFilter =>
  Object.fromEntries(filterKeys.map((key) => [key, search.get(key) ?? ''])) as unknown as AlertFilter

export function matching(rows: readonly AlertRow[], filter: AlertFilter): AlertRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const text = [row.alert, row.object, row.namespace, row.summary, row.cluster].join(' ').toLowerCase()
    return (
      (!filter.severity || row.severity === filter.severity) &&
      (!filter.cluster || row.cluster === filter.cluster) &&
      (!filter.state || (filter.state === 'unread' ? row.unread === true : row.state === filter.state)) &&
      words.every((word) => text.includes(word))
    )
  })
}

export interface AlertGroup {
  key: string
  rows: AlertRow[]
  unread: number
}

const order = { critical: 0, warning: 1, info: 2 }
const states = { firing: 0, pending: 1, inhibited: 2, silenced: 3, resolved: 4 }

/** Alerts that are alike in one group, what fires and is most severe first, then the newest. */
export function grouped(rows: readonly AlertRow[]): AlertGroup[] {
  const sorted = [...rows].sort(
    (left, right) =>
      states[left.state] - states[right.state] ||
      order[left.severity] - order[right.severity] ||
      (right.since ?? '').localeCompare(left.since ?? ''),
  )
  const kinds = Map.groupBy(sorted, ({ cluster, alert, state, severity, namespace }) =>
    JSON.stringify([cluster, alert, state, severity, namespace]),
  )
  return [...kinds].map(([key, group]) => ({ key, rows: group, unread: group.filter(({ unread }) => unread).length }))
}

/** A live event as it changes the list: what fires anew has not been read by anybody. */
export function withEvent(rows: readonly AlertRow[], event: { name: string; data: unknown }): AlertRow[] {
  const row = event.data as AlertRow
  if (typeof row?.id !== 'string' || typeof row.alert !== 'string') return [...rows]
  const before = rows.find(({ id }) => id === row.id)
  if (event.name === 'alert.resolved' && !before) return [...rows]
  const { unread: _, ...known } = before ?? {}
  const isNew = row.state === 'firing' && (before?.unread === true || before?.since !== row.since)
  const after = { ...known, ...row, ...(isNew && { unread: true }) }
  return [...rows.filter(({ id }) => id !== row.id), after]
}

export const alertPath = (id: string): string => {
  const [cluster = '', fingerprint = ''] = id.split('/')
  return `/alerts/${encodeURIComponent(cluster)}/${encodeURIComponent(fingerprint)}`
}
