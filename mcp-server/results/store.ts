import { randomBytes } from 'node:crypto'
import { type CardKind, ToolError } from '#contract'
import { and, eq, gt, lte, sql } from '#db/drizzle.ts'
import { type Database, describeFailure, type LazyDatabase } from '#db/open.ts'
import { results } from '#db/schema/core.ts'
import type { Logger } from '#define'
import { createResultMemory, type Kept } from './memory.ts'

export interface NewResult {
  owner: string
  tool: string
  card: CardKind
  data: Record<string, unknown>
  /** When the facts were read, ISO 8601 */
  at: string
}

export interface StoredResult extends NewResult {
  id: string
  expiresAt: string
}

export interface Results {
  /** ToolError payload-too-large above `maxBytes` of JSON */
  put(result: NewResult): Promise<string>
  /** ToolError result-expired, the same for unknown ids, other owners and results past their time */
  get(id: string, owner: string): Promise<StoredResult>
  /** Deletes what is past its time, and the oldest above `databaseBytes`; answers how many. */
  prune(): Promise<number>
}

const mebibyte = 1024 * 1024
const hourMs = 3_600_000

const gone = (id: string) =>
  new ToolError('result-expired', `The result ${id} is not kept any more.`, {
    next: 'Repeat the call that made it; its answer names a new result.',
  })

async function save(database: Database, { expiresAt, ...result }: Kept, now: Date): Promise<void> {
  const row = { ...result, createdAt: now, expiresAt: new Date(expiresAt) }
  await database.db.insert(results).values(row).onConflictDoNothing()
}

/**
 * Whole results of bounded answers. With PostgreSQL they are in the database before `put` answers, because the next
 * call may reach another replica. With the embedded database they are in memory, and move into it once it is open.
 */
export function createResults(options: {
  database: LazyDatabase
  now: () => Date
  /** Default 1 h */
  ttlMs?: number
  /** Largest single result, default 8 MiB */
  maxBytes?: number
  /** Bound of the memory store, default 64 MiB */
  memoryBytes?: number
  /** Bound of the table that `prune` keeps, default 256 MiB */
  databaseBytes?: number
  log?: Logger
}): Results {
  const { database: lazy, now, ttlMs = hourMs, maxBytes = 8 * mebibyte, log } = options
  const { memoryBytes = 64 * mebibyte, databaseBytes = 256 * mebibyte } = options
  const memory = createResultMemory(memoryBytes)
  const moving = new Set<Promise<void>>()

  /** Memory keeps it until the database has it: a result is a convenience, and no call fails for it. */
  async function move(database: Database, kept: Kept): Promise<void> {
    try {
      await save(database, kept, now())
      memory.remove(kept.id)
    } catch (error) {
      log?.warn(describeFailure(error), 'a result stays in memory')
    }
  }

  lazy.onOpen(async (database) => {
    for (const kept of memory.all()) await move(database, kept)
  })

  async function stored(id: string): Promise<StoredResult | undefined> {
    if (lazy.kind === 'pglite' && !lazy.opened()) return undefined
    const { db } = await lazy.get()
    const live = and(eq(results.id, id), gt(results.expiresAt, now()))
    const [row] = await db.select().from(results).where(live)
    if (!row) return undefined
    const { owner, tool, card, data, at, expiresAt } = row
    return { id, owner, tool, card, data, at, expiresAt: expiresAt.toISOString() }
  }

  return {
    put: async (result) => {
      const bytes = Buffer.byteLength(JSON.stringify(result.data))
      if (bytes > maxBytes) {
        throw new ToolError('payload-too-large', `The result has ${bytes} bytes; at most ${maxBytes} are kept.`, {
          next: 'Narrow the call: fewer clusters, a shorter time range or a filter.',
        })
      }
      const id = randomBytes(9).toString('base64url')
      const kept = { ...result, id, bytes, expiresAt: new Date(now().getTime() + ttlMs).toISOString() }
      memory.put(kept)
      if (lazy.kind === 'postgres') {
        await lazy.get().then(
          (database) => move(database, kept),
          (error) => log?.warn(describeFailure(error), 'a result stays in memory'),
        )
      } else {
        const open = lazy.opened()
        if (!open) return id
        const moved = move(open, kept).finally(() => moving.delete(moved))
        moving.add(moved)
      }
      return id
    },
    get: async (id, owner) => {
      const kept = memory.get(id)
      const found = kept ?? (await stored(id))
      if (!found || found.owner !== owner || new Date(found.expiresAt) <= now()) throw gone(id)
      const { tool, card, data, at, expiresAt } = found
      return { id, owner, tool, card, data, at, expiresAt }
    },
    prune: async () => {
      await Promise.all(moving)
      const expired = memory.all().filter(({ expiresAt }) => new Date(expiresAt) <= now())
      for (const { id } of expired) memory.remove(id)
      if (lazy.kind === 'pglite' && !lazy.opened()) return expired.length
      const { db } = await lazy.get()
      const old = await db.delete(results).where(lte(results.expiresAt, now())).returning({ id: results.id })
      const total = sql`sum(${results.bytes}) over (order by ${results.createdAt} desc, ${results.id})`
      const above = sql`select id from (select ${results.id}, ${total} as total from ${results}) as sized where total > ${databaseBytes}`
      const oldest = await db.delete(results).where(sql`${results.id} in (${above})`).returning({ id: results.id })
      return expired.length + old.length + oldest.length
    },
  }
}
