import type { CardData, CardPatch } from '#contract'
import { and, desc, eq, lt, ne } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { deploymentTests as table } from '#db/schema/models.ts'
import { type LoadSettings, sameLoad } from './settings.ts'
import type { Target } from './target.ts'

type Card = CardData['measurement']

/** One measurement. All of a deployment: the same with `*` for the id. */
export const measurementSubject = ({ cluster, namespace, name }: Target['place'], id: string): string =>
  ['models/measurement', cluster || 'outside', namespace || '-', encodeURIComponent(name), id].join('/')

/** What an event carries: all that changes. */
export const patchOf = ({ title: _, settings: __, startedAt: ___, ...patch }: Card): CardPatch['measurement'] => patch

/** No measurement takes so long: one that still runs was cut off with its server. */
const longestMs = 10 * 60_000

/** Rows that a server left behind when it stopped. */
export async function closeAbandoned(db: Pick<Db, 'update'>, now: Date): Promise<void> {
  await db
    .update(table)
    .set({ state: 'failed', message: 'The server stopped while it ran', endedAt: now })
    .where(and(eq(table.state, 'running'), lt(table.createdAt, new Date(now.getTime() - longestMs))))
}

export interface Earlier {
  at: Date
  metrics: Card['metrics']
  sameLoad: boolean
}

/** The last measurement of the same place that came to an end: of the same load, or else of any. */
export async function earlierOne(
  db: Pick<Db, 'select'>,
  { place, id, settings }: { place: Target['place']; id: string; settings: LoadSettings },
): Promise<Earlier | undefined> {
  const rows = await db
    .select({ at: table.createdAt, settings: table.settings, result: table.result })
    .from(table)
    .where(
      and(
        eq(table.cluster, place.cluster),
        eq(table.namespace, place.namespace),
        eq(table.name, place.name),
        eq(table.state, 'succeeded'),
        ne(table.id, id),
      ),
    )
    .orderBy(desc(table.createdAt))
    .limit(20)
  const read = rows.flatMap((row): Earlier[] => {
    const { metrics } = (row.result ?? {}) as Partial<Card>
    return Array.isArray(metrics)
      ? [{ at: row.at, metrics, sameLoad: sameLoad(row.settings as Partial<LoadSettings>, settings) }]
      : []
  })
  return read.find((one) => one.sameLoad) ?? read[0]
}
