import { hash as hashNow } from 'node:crypto'
import { asc, desc, getTableColumns, gt, sql } from '#db/drizzle.ts'
import type { Database, Db, Tx } from '#db/open.ts'
import { storable } from '#db/schema/columns.ts'
import { audit } from '#db/schema/core.ts'
import { canonical } from '../policy/digest.ts'
import type { AuditEntry } from './audit.ts'

/** An entry as it is hashed and stored. */
export type Link = Omit<typeof audit.$inferSelect, 'seq' | 'prevHash' | 'hash'>

/** Any constant. Held until the commit, so that all processes on one PostgreSQL keep one chain. */
const chainLock = 7_460_116

const text = (value: string | undefined): string | null => (value === undefined ? null : storable(value))

export function toLink(entry: AuditEntry, entryId: string): Link {
  const { actor, input, clusters } = entry
  return {
    entryId,
    at: entry.at,
    actorId: storable(actor.id),
    actorName: storable(actor.name),
    actorKind: actor.kind,
    actorRole: actor.role,
    persona: text(entry.persona),
    client: text(entry.client),
    conversation: text(entry.conversation),
    tool: storable(entry.tool),
    risk: entry.risk,
    inputDigest: entry.inputDigest,
    input: input === undefined ? null : JSON.parse(JSON.stringify(input)),
    planDigest: entry.planDigest ?? null,
    decision: entry.decision,
    outcome: entry.outcome,
    durationMs: Math.round(entry.durationMs),
    approval: entry.approval ?? null,
    traceId: text(entry.traceId),
    clusters: clusters ? clusters.map(storable) : null,
  }
}

const hashOf = (prevHash: string, link: Link): string => hashNow('sha256', prevHash + canonical(link), 'hex')

type Row = Omit<typeof audit.$inferSelect, 'seq'>

/**
 * Rows in their order, as one JSON parameter: the builder and the protocol take 100 µs a row for a parameter each, and
 * every call of everybody passes here. All columns are texts, numbers and times, which JSON carries as they are.
 */
async function insertInOrder(tx: Tx, rows: Row[]): Promise<void> {
  const columns = Object.entries(getTableColumns(audit)).filter(([member]) => member !== 'seq')
  const asStored = (row: Row) =>
    Object.fromEntries(
      columns.map(([member, column]) => {
        const value = row[member as keyof Row]
        return [column.name, value === null ? null : column.mapToDriverValue(value)]
      }),
    )
  const names = sql.raw(columns.map(([, { name }]) => name).join(', '))
  const types = sql.raw(columns.map(([, column]) => `${column.name} ${column.getSQLType()}`).join(', '))
  const json = JSON.stringify(rows.map(asStored))
  await tx.execute(sql`insert into ${audit} (${names})
    select ${names} from rows from (json_to_recordset(${json}::json) as (${types})) with ordinality order by ordinality`)
}

/** Adds to the chain in one transaction. Of entries that `mayBeKnown` only those are added that it has not yet. */
export async function extendChain(database: Database, links: Link[], { mayBeKnown = false } = {}): Promise<number> {
  return database.db.transaction(async (tx) => {
    if (database.kind === 'postgres') await tx.execute(sql`select pg_advisory_xact_lock(${chainLock})`)
    const [last] = await tx.select({ hash: audit.hash }).from(audit).orderBy(desc(audit.seq)).limit(1)
    let prevHash = last?.hash ?? ''
    const rows = (mayBeKnown ? await unknown(tx, links) : links).map((link) => {
      const hash = hashOf(prevHash, link)
      const row = { ...link, prevHash, hash }
      prevHash = hash
      return row
    })
    if (rows.length > 0) await insertInOrder(tx, rows)
    return rows.length
  })
}

async function unknown(tx: Tx, links: Link[]): Promise<Link[]> {
  const ids = JSON.stringify(links.map(({ entryId }) => entryId))
  const among = sql`${audit.entryId} in (select json_array_elements_text(${ids}::json))`
  const known = await tx.select({ id: audit.entryId }).from(audit).where(among)
  const seen = new Set(known.map(({ id }) => id))
  return links.filter(({ entryId }) => !seen.has(entryId) && seen.add(entryId))
}

/** Walks the whole chain. A chain that was cut off at its end still fits: keep the newest hash elsewhere to see that. */
export async function verifyChain(db: Db): Promise<{ ok: boolean; brokenAt?: number }> {
  let prevHash = ''
  for (let seen = 0; ; ) {
    const rows = await db.select().from(audit).where(gt(audit.seq, seen)).orderBy(asc(audit.seq)).limit(1000)
    for (const { seq, prevHash: claimed, hash, ...link } of rows) {
      if (claimed !== prevHash || hash !== hashOf(prevHash, link)) return { ok: false, brokenAt: seq }
      prevHash = hash
      seen = seq
    }
    if (rows.length === 0) return { ok: true }
  }
}
