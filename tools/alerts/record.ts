import type { NewEvent } from '#contract'
import { and, eq, gte, inArray, or, sql } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { alertEpisodes as table } from '#db/schema/alerts.ts'
import type { Store } from '#define'
import { severityOf } from './alert-rows.ts'
import { type Known, type Look, type Sighting, type Step, stepsOf } from './episode.ts'
import { type EpisodeRow, firedEvent, resolvedEvent } from './events.ts'

/** Any constant, apart from other locks. */
const lockClass = 7_460_120
/** Sightings of one transaction; each may be a row of a dozen values, and two events. */
const batch = 500
const longestText = 2_000

interface Recording extends Store {
  now(): Date
  redact<T>(value: T): T
}

export interface Heard {
  cluster: string
  sightings: readonly Sighting[]
  look: Look
}

const cut = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.slice(0, longestText)]))

/** What is known of these fingerprints, as far as it may decide about `since` and later. */
const knownOf = (db: Db | Tx, cluster: string, sightings: readonly Sighting[]): Promise<EpisodeRow[]> => {
  const earliest = new Date(Math.min(...sightings.map(({ startsAt }) => startsAt.getTime())))
  return db
    .select()
    .from(table)
    .where(
      and(
        eq(table.cluster, cluster),
        inArray(
          table.fingerprint,
          sightings.map(({ fingerprint }) => fingerprint),
        ),
        or(eq(table.state, 'firing'), gte(table.startsAt, earliest)),
      ),
    )
}

/** One writer for each cluster at a time: a poll of one replica and a webhook of another see what the other wrote. */
const lock = (tx: Tx, cluster: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(${lockClass}, hashtext(${cluster}))`)

/**
 * Writes what was heard, each episode once however it came: `alert.fired` when it opens, `alert.resolved` when it closes, nothing
 * else. Repeats change nothing.
 */
export async function record(ctx: Recording, { cluster, sightings, look }: Heard): Promise<NewEvent[]> {
  const all: NewEvent[] = []
  for (let from = 0; from < sightings.length; from += batch) {
    const some = sightings.slice(from, from + batch)
    const events = await ctx.commit(async (tx) => {
      await lock(tx, cluster)
      const known = Map.groupBy(await knownOf(tx, cluster, some), ({ fingerprint }) => fingerprint)
      const events: NewEvent[] = []
      for (const sighting of some) {
        const rows = known.get(sighting.fingerprint) ?? []
        known.set(sighting.fingerprint, rows)
        for (const step of stepsOf(rows, sighting, look)) await take(ctx, tx, { cluster, look, rows, step, events })
      }
      return { value: events, events }
    })
    all.push(...events)
  }
  return all
}

interface Taking {
  cluster: string
  look: Look
  rows: EpisodeRow[]
  step: Step
  events: NewEvent[]
}

async function take(ctx: Recording, tx: Tx, { cluster, look, rows, step, events }: Taking): Promise<void> {
  const now = ctx.now()
  if (step.do === 'open') {
    const { sighting, startsAt } = step
    const row: EpisodeRow = {
      cluster,
      fingerprint: sighting.fingerprint,
      startsAt,
      alertname: sighting.labels.alertname ?? 'unnamed',
      severity: severityOf(sighting.labels),
      state: 'firing',
      labels: ctx.redact(cut(sighting.labels)),
      annotations: ctx.redact(cut(sighting.annotations)),
      generatorUrl: sighting.generatorUrl?.slice(0, longestText) ?? null,
      source: look.source,
      firstSeenAt: now,
      lastSeenAt: now,
      endsAt: null,
    }
    await tx.insert(table).values(row)
    rows.push(row)
    events.push(firedEvent(row, sighting.suppressed))
    return
  }
  const row = rows.find((one) => one.startsAt.getTime() === step.startsAt.getTime())!
  const { endsAt } = step
  Object.assign(row, { endsAt, ...(step.do === 'close' && { state: 'resolved', lastSeenAt: now }) })
  await tx.update(table).set(row).where(keyOf(row))
  if (step.do === 'close') events.push(resolvedEvent({ ...row, endsAt }))
}

const keyOf = ({ cluster, fingerprint, startsAt }: EpisodeRow) =>
  and(eq(table.cluster, cluster), eq(table.fingerprint, fingerprint), eq(table.startsAt, startsAt))

/**
 * Ends episodes that a whole answer of the Alertmanager no longer held. One that was heard of after the question was sent stays.
 */
export async function endMissing(
  ctx: Recording,
  { cluster, missing, askedAt }: { cluster: string; missing: readonly Known[]; askedAt: Date },
): Promise<void> {
  if (missing.length === 0) return
  await ctx.commit(async (tx) => {
    await lock(tx, cluster)
    const fingerprints = missing.map(({ fingerprint }) => fingerprint)
    const open = await tx
      .select()
      .from(table)
      .where(and(eq(table.cluster, cluster), eq(table.state, 'firing'), inArray(table.fingerprint, fingerprints)))
    const events: NewEvent[] = []
    for (const row of open) {
      if (row.lastSeenAt > askedAt) continue
      const ended = { ...row, state: 'resolved' as const, endsAt: askedAt > row.startsAt ? askedAt : row.startsAt }
      await tx
        .update(table)
        .set({ ...ended, lastSeenAt: ctx.now() })
        .where(keyOf(row))
      events.push(resolvedEvent(ended))
    }
    return { value: undefined, events }
  })
}
