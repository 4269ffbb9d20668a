import type { EventEnvelope, NewEvent, StoredEvent } from '#contract'
import { and, asc, eq, gt, inArray, isNull, lt, max, min, or, sql } from '#db/drizzle.ts'
import { type Database, type Db, describeFailure, type LazyDatabase, type Tx } from '#db/open.ts'
import { events } from '#db/schema/core.ts'
import type { Logger } from '#define'
import { type Announcements, createAnnouncements } from './announcements.ts'
import { createBus, type EventFilter } from './bus.ts'

export type { EventFilter } from './bus.ts'

export interface Events extends Omit<Announcements, 'close'> {
  /** One transaction for state and events; subscribers hear of them after the commit, in commit order. */
  commit<T>(work: (tx: Tx) => Promise<{ value: T; events: NewEvent[] }>): Promise<T>
  /** Events from now on, each once, in commit order. To resume: subscribe, then read `after`, and drop what came twice. */
  subscribe(filter: EventFilter, onEvent: (event: EventEnvelope) => void): () => void
  /** Events after `seq`, oldest first */
  after(seq: number, filter: EventFilter, limit: number): Promise<StoredEvent[]>
  lastSeq(): Promise<number>
  /** The oldest event still kept; a reader that saw less must reload. 0 when there is none. */
  oldestSeq(): Promise<number>
  /** Deletes events older than `olderThan`, never the newest one; answers how many. */
  prune(olderThan: Date): Promise<number>
  close(): Promise<void>
}

type EventRow = typeof events.$inferSelect

const channel = 'quartermaster_events'
/** Any constant. Held until the commit, so that sequence numbers become visible in order. */
const insertLock = 7_460_115
const batch = 500

const toEnvelope = ({ at, cluster, ...row }: EventRow): StoredEvent => ({
  ...row,
  at: at.toISOString(),
  ...(cluster !== null && { cluster }),
})

function condition(seq: number, { subjects, names, clusters = '*' }: EventFilter) {
  const oneSubject = (subject: string) =>
    subject.endsWith('/*') ? sql`starts_with(${events.subject}, ${subject.slice(0, -1)})` : eq(events.subject, subject)
  return and(
    gt(events.seq, seq),
    names && inArray(events.name, [...names]),
    clusters === '*' ? undefined : or(isNull(events.cluster), inArray(events.cluster, [...clusters])),
    subjects && (or(...subjects.map(oneSubject)) ?? sql`false`),
  )
}

async function read(db: Db, seq: number, filter: EventFilter, limit: number): Promise<StoredEvent[]> {
  const rows = await db.select().from(events).where(condition(seq, filter)).orderBy(asc(events.seq)).limit(limit)
  return rows.map(toEnvelope)
}

const newest = async (db: Db): Promise<number> => (await db.select({ seq: max(events.seq) }).from(events))[0]?.seq ?? 0

async function record(tx: Tx, database: Database, at: Date, added: NewEvent[]): Promise<StoredEvent[]> {
  if (added.length === 0) return []
  if (database.kind === 'postgres') await tx.execute(sql`select pg_advisory_xact_lock(${insertLock})`)
  const rows = await tx
    .insert(events)
    .values(added.map((event) => ({ ...event, at })))
    .returning()
  if (database.kind === 'postgres') await database.notify(tx, channel, String(rows.at(-1)?.seq))
  return rows.map(toEnvelope)
}

/**
 * Events with an outbox: written in the transaction of the state they report, handed on after its commit. Processes on
 * one PostgreSQL hear of each other's events by NOTIFY, and read what they missed after a lost connection.
 */
export function createEvents(options: { database: LazyDatabase; now: () => Date; log?: Logger }): Events {
  const { database: lazy, now, log } = options
  const bus = createBus((error) => log?.error(describeFailure(error), 'a reader of events failed'))
  let delivered: number | undefined
  let stopListening: (() => Promise<void>) | undefined
  let delivering: Promise<void> = Promise.resolve()
  let ready: Promise<void> = Promise.resolve()

  function hand(event: StoredEvent): void {
    delivered = event.seq
    bus.publish(event)
  }

  /** Everything up to `seq`, in order: straight from memory where nothing is in between, else from the table. */
  function deliver(database: Database, seq: number, own: StoredEvent[] = []): Promise<void> {
    delivering = delivering.then(async () => {
      try {
        delivered ??= own[0] ? own[0].seq - 1 : seq
        if (own[0]?.seq === delivered + 1) own.forEach(hand)
        while (delivered < seq) {
          const missed = await read(database.db, delivered, {}, batch)
          missed.forEach(hand)
          if (missed.length < batch) break
        }
      } catch (error) {
        // kept in the table: the next event or the next connection brings them
        log?.error(describeFailure(error), 'events could not be handed on')
      }
    })
    return delivering
  }

  const announcements = createAnnouncements({
    database: lazy,
    publish: bus.publish,
    position: () => delivered ?? 0,
    now,
    log,
  })

  /** Events that were there before are not news. */
  async function startAfterNewest(db: Db): Promise<void> {
    try {
      const seq = await newest(db)
      delivered ??= seq
    } catch (error) {
      log?.error(describeFailure(error), 'events could not be read')
    }
  }

  lazy.onOpen(async (database) => {
    ready = startAfterNewest(database.db)
    await ready
    const catchUp = () =>
      void newest(database.db).then(
        (seq) => deliver(database, seq),
        (error) => log?.error(describeFailure(error), 'events could not be read'),
      )
    if (database.kind === 'postgres') {
      stopListening = await database.listen(channel, (payload) => void deliver(database, Number(payload)), catchUp)
    }
  })

  return {
    announce: announcements.announce,
    watch: announcements.watch,
    watched: announcements.watched,
    commit: async (work) => {
      const database = await lazy.get()
      await ready
      const { value, added } = await database.db.transaction(async (tx) => {
        const done = await work(tx)
        return { value: done.value, added: await record(tx, database, now(), done.events) }
      })
      const last = added.at(-1)
      if (last) await deliver(database, last.seq, added)
      return value
    },
    subscribe: (filter, onEvent) => {
      // without a connection nothing would come from the other processes
      if (lazy.kind === 'postgres') {
        lazy.get().catch((error) => log?.warn(describeFailure(error), 'events of other processes cannot be heard yet'))
      }
      return bus.subscribe(filter, onEvent)
    },
    after: async (seq, filter, limit) => read((await lazy.get()).db, seq, filter, limit),
    lastSeq: async () => newest((await lazy.get()).db),
    oldestSeq: async () => {
      const { db } = await lazy.get()
      return (await db.select({ seq: min(events.seq) }).from(events))[0]?.seq ?? 0
    },
    prune: async (olderThan) => {
      const { db } = await lazy.get()
      const newestRow = db.select({ seq: max(events.seq) }).from(events)
      const gone = await db
        .delete(events)
        .where(and(lt(events.at, olderThan), lt(events.seq, sql`(${newestRow})`)))
        .returning({ seq: events.seq })
      return gone.length
    },
    close: async () => {
      await stopListening?.()
      await announcements.close()
      await delivering
    },
  }
}
