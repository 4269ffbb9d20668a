import type { NewEvent, Tone } from '#contract'
import { and, desc, eq, gt, inArray, lt } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { clusterHealthHistory as history, clusterStatus as status } from '#db/schema/fleet.ts'
import type { ClusterInfo } from '../clients/index.ts'
import { type ApiFacts, type ClusterCheck, type ClusterState, judge, problemOf, type ServiceCheck } from './check.ts'

export type StatusRow = typeof status.$inferSelect

/** How often a cluster of a kind is looked at, and how long it may take to answer (FLT-039, FLT-040). */
export const healthPace: Record<ClusterInfo['type'], { everyMs: number; timeoutMs: number }> = {
  hub: { everyMs: 15_000, timeoutMs: 5_000 },
  spoke: { everyMs: 30_000, timeoutMs: 10_000 },
  edge: { everyMs: 60_000, timeoutMs: 15_000 },
  'far-edge': { everyMs: 120_000, timeoutMs: 30_000 },
}

/** FLT-049 */
const keptMs = 7 * 86_400_000

export const stateTones: Record<ClusterState, Tone> = {
  offline: 'bad',
  degraded: 'warn',
  unknown: 'neutral',
  online: 'good',
}

export const subjectOf = (cluster: string): string => `fleet/cluster/${cluster}`

/** The last record of each cluster that has one. */
export async function readStatus(db: Db, clusters: readonly string[]): Promise<Map<string, StatusRow>> {
  if (clusters.length === 0) return new Map()
  const rows = await db
    .select()
    .from(status)
    .where(inArray(status.cluster, [...clusters]))
  return new Map(rows.map((row) => [row.cluster, row]))
}

/** A check of the past in the form of one that was just made; nothing once it is older than two rounds of the loop. */
export function storedCheck(info: ClusterInfo, row: StatusRow | undefined, now: Date): ClusterCheck | undefined {
  const { everyMs, timeoutMs } = healthPace[info.type]
  if (!row?.checkedAt || now.getTime() - row.checkedAt.getTime() > 2 * everyMs + timeoutMs) return undefined
  const checks = row.services as ServiceCheck[]
  const judged = judge(checks)
  return {
    info,
    ...judged,
    services: checks,
    at: row.checkedAt,
    stored: true,
    ...(row.changedAt && row.state === judged.state && { since: row.changedAt }),
    ...(row.facts && { api: row.facts as unknown as ApiFacts }),
  }
}

/** Connected or not as the API server is; intermittent where it was both within the last five looks (FLT-044). */
export function connectivityOf(looks: readonly boolean[]): StatusRow['connectivity'] {
  const last = looks.slice(0, 5)
  if (last.includes(true) && last.includes(false)) return 'intermittent'
  return last[0] ? 'connected' : 'disconnected'
}

const apiAnswered = (checks: readonly ServiceCheck[]): boolean => {
  const api = checks.find(({ service }) => service === 'kubernetes')
  return api ? api.ok || api.denied : checks.some(({ ok }) => ok)
}

/** The looks before this one, newest first, by cluster. */
async function earlierLooks(tx: Tx, clusters: readonly string[], now: Date): Promise<Map<string, boolean[]>> {
  const rows = await tx
    .select({ cluster: history.cluster, services: history.services })
    .from(history)
    .where(and(inArray(history.cluster, [...clusters]), gt(history.checkedAt, new Date(now.getTime() - 600_000))))
    .orderBy(desc(history.checkedAt))
  const looks = new Map<string, boolean[]>()
  for (const { cluster, services } of rows) {
    const known = looks.get(cluster) ?? []
    known.push(apiAnswered(services as ServiceCheck[]))
    looks.set(cluster, known)
  }
  return looks
}

/** Keeps these checks, and tells of each cluster whose state is another one than before (FLT-047). */
export async function storeChecks(tx: Tx, checks: readonly ClusterCheck[], now: Date): Promise<NewEvent[]> {
  const known = checks.filter(({ services }) => services.length > 0)
  if (known.length === 0) return []
  const names = known.map(({ info }) => info.name)
  const before = await readStatus(tx as unknown as Db, names)
  const looks = await earlierLooks(tx, names, now)
  const events: NewEvent[] = []
  for (const check of known) {
    const { name } = check.info
    const last = before.get(name)
    const changed = last?.state !== check.state
    const problem = problemOf(check.services)
    const lastError = check.services.find(({ error }) => error)?.error
    const row = {
      state: check.state,
      score: check.score,
      connectivity: connectivityOf([apiAnswered(check.services), ...(looks.get(name) ?? [])]),
      services: check.services,
      checkedAt: check.at,
      ...(lastError !== undefined && { lastError }),
      ...(apiAnswered(check.services) && { lastSeenAt: check.at }),
      ...(check.api && { facts: { ...check.api, at: check.at.toISOString() } }),
      ...(changed && { changedAt: check.at }),
    }
    await tx
      .insert(status)
      .values({ cluster: name, ...row })
      .onConflictDoUpdate({ target: status.cluster, set: row })
    if (changed) events.push(statusChanged(check, last?.state ?? 'unknown', problem))
  }
  await tx.insert(history).values(
    known.map(({ info, state, score, services, at }) => ({
      cluster: info.name,
      state,
      score,
      services,
      checkedAt: at,
    })),
  )
  return events
}

/** `data` is what a row of list_clusters takes. */
const statusChanged = ({ info, state, score, at }: ClusterCheck, oldState: string, problem: string): NewEvent => ({
  name: 'cluster.status-changed',
  subject: subjectOf(info.name),
  cluster: info.name,
  data: {
    id: info.name,
    name: info.name,
    state,
    stateTone: stateTones[state],
    tone: stateTones[state],
    score,
    oldState,
    problem,
    since: at.toISOString(),
    summary: problem ? `Not well: ${problem}.` : 'Every configured service answers.',
  },
})

/** One look of the past, as get_cluster shows it. */
export interface PastLook {
  state: string
  score: number
  at: Date
  problem: string
}

/** The looks since a moment, newest first. */
export async function readHistory(
  db: Db,
  { cluster, since, limit }: { cluster: string; since: Date; limit: number },
): Promise<PastLook[]> {
  const rows = await db
    .select()
    .from(history)
    .where(and(eq(history.cluster, cluster), gt(history.checkedAt, since)))
    .orderBy(desc(history.checkedAt))
    .limit(limit)
  return rows.map(({ state, score, checkedAt, services }) => ({
    state,
    score,
    at: checkedAt,
    problem: problemOf(services as ServiceCheck[]),
  }))
}

export async function pruneHistory(db: Db, now: Date): Promise<void> {
  await db.delete(history).where(lt(history.checkedAt, new Date(now.getTime() - keptMs)))
}

/** Everything that is known of the health of a cluster goes with it (FLT-012). */
export async function forgetHealth(tx: Tx, cluster: string): Promise<void> {
  await tx.delete(history).where(eq(history.cluster, cluster))
  await tx.delete(status).where(eq(status.cluster, cluster))
}
