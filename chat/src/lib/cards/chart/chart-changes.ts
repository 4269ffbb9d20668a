import { type ApprovalRow, listApprovals } from '../approval/approval-client.ts'

/** A change that ran while the chart was drawn over, with its number on the time axis. */
export interface Change {
  id: string
  number: number
  /** Unix seconds */
  at: number
  summary: string
  cluster: string
  by: string
}

export interface ChartScope {
  /** As the answer gives it (RFC 3339) */
  start: string
  /** Milliseconds since 1970 */
  end: number
  clusters: ReadonlySet<string>
}

/** What list_approvals gives at most here; a busy fleet may have changed more often than that. */
export const mostListed = 100

/** Approvals that were applied in the time of a chart and on its clusters, oldest first. */
export function changesIn(rows: readonly ApprovalRow[], { start, end, clusters }: ChartScope): Change[] {
  const from = Date.parse(start)
  return rows
    .flatMap((row) => {
      const at = Date.parse(row.endedAt ?? '')
      if (row.state !== 'succeeded' || !(at >= from && at <= end)) return []
      if (row.cluster === undefined || !clusters.has(row.cluster)) return []
      const { id, summary, cluster, decidedBy, askedBy } = row
      return [{ id, at: at / 1000, summary, cluster, by: decidedBy ?? askedBy }]
    })
    .sort((left, right) => left.at - right.at)
    .map((change, index) => ({ ...change, number: index + 1 }))
}

/** Whether earlier changes of that time may be missing from a list that is full. */
export const isCut = (rows: readonly ApprovalRow[], start: string): boolean =>
  rows.length >= mostListed && rows.every(({ askedAt }) => Date.parse(askedAt) > Date.parse(start))

let asking: Promise<ApprovalRow[] | undefined> | undefined

/** Charts that come into sight together ask once; undefined where the server does not answer or does not allow it. */
export function readChanges(): Promise<ApprovalRow[] | undefined> {
  asking ??= listApprovals({ state: 'succeeded' }).finally(() => {
    asking = undefined
  })
  return asking
}
