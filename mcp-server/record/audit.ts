import type { ErrorCode, Risk } from '#contract'
import { and, desc, eq, gte } from '#db/drizzle.ts'
import { type Database, describeFailure, type LazyDatabase } from '#db/open.ts'
import { audit } from '#db/schema/core.ts'
import type { Actor, AuditRow, Logger } from '#define'
import { extendChain, type Link, toLink, verifyChain } from './chain.ts'
import { createSpool } from './spool.ts'

export type Decision = 'allowed' | 'denied' | 'asked' | 'approved'

/** One call as it is remembered. `input` is redacted and bounded by the caller. */
export interface AuditEntry {
  at: Date
  actor: Pick<Actor, 'id' | 'name' | 'kind' | 'role'>
  persona?: string
  client?: string
  conversation?: string
  tool: string
  risk: Risk
  inputDigest: string
  input?: unknown
  planDigest?: string
  decision: Decision
  outcome: 'ok' | ErrorCode
  durationMs: number
  approval?: string
  traceId?: string
  clusters?: readonly string[]
}

export interface AuditFilter {
  tool?: string
  actor?: string
  since?: Date
  limit: number
}

export interface Audit {
  /** Resolves when the entry is safe in the chain, or in the spool while the embedded database was never opened. */
  append(entry: AuditEntry): Promise<void>
  /** Newest first */
  list(filter: AuditFilter): Promise<AuditRow[]>
  /** Recomputes the chain; `brokenAt` is the first sequence number that does not fit. */
  verify(): Promise<{ ok: boolean; brokenAt?: number }>
  /** Before the database is closed: what an open one has not got yet. The rest stays in the spool for the next process. */
  close(): Promise<void>
  /** Moves spooled entries (own and those of processes that ended) into the chain; answers how many. */
  drain(): Promise<number>
}

const shown = (row: typeof audit.$inferSelect): AuditRow => ({
  seq: row.seq,
  at: row.at.toISOString(),
  actor: row.actorId,
  kind: row.actorKind,
  ...(row.persona !== null && { persona: row.persona }),
  tool: row.tool,
  risk: row.risk,
  inputDigest: row.inputDigest,
  decision: row.decision,
  outcome: row.outcome,
  durationMs: row.durationMs,
  ...(row.approval !== null && { approval: row.approval }),
  hash: row.hash,
})

interface Waiting {
  link: Link
  resolve: () => void
  reject: (error: unknown) => void
}

const perTransaction = 100

/** Reads that were answered reach the chain together, this long after the first of them. */
const gatherMs = 200

/**
 * The record of every call, as a hash chain. A change is in the chain before it is answered; entries that arrive while one transaction is
 * under way share the next one. Reads beside an embedded database are answered when their line is in the spool file, which a crash of the
 * process survives as the database does, and reach the chain together a moment later: a transaction for each would take longer than most
 * reads. They never open that database, and never fail because a database is away.
 */
export function createAudit(options: {
  database: LazyDatabase
  /** Without it every entry opens the database */
  spoolFile?: string
  /** A spool of this size opens the database; default 32 MiB */
  spoolBytes?: number
  log?: Logger
}): Audit {
  const { database: lazy, spoolBytes = 32 * 1024 * 1024, log } = options
  const spool = options.spoolFile === undefined ? undefined : createSpool(options.spoolFile)
  const queue: Waiting[] = []
  let flushing: Promise<void> | undefined
  let draining: Promise<number> | undefined
  let spooled = spool !== undefined
  let gathering: NodeJS.Timeout | undefined

  async function drainNow(database: Database): Promise<number> {
    if (!spool) return 0
    spooled = false
    try {
      return await spool.take(async (links) => {
        let added = 0
        for (let start = 0; start < links.length; start += perTransaction) {
          added += await extendChain(database, links.slice(start, start + perTransaction), { mayBeKnown: true })
        }
        return added
      })
    } catch (error) {
      spooled = true
      throw error
    }
  }

  /** One at a time. Nobody waits for it who does not read: the chain takes new entries in between. */
  function drain(database: Database): Promise<number> {
    draining ??= drainNow(database).finally(() => {
      draining = undefined
    })
    return draining
  }

  function drainInBackground(database: Database): void {
    drain(database).catch((error) => log?.error(describeFailure(error), 'the audit spool stays for now'))
  }

  function drainSoon(): void {
    if (gathering || !lazy.opened()) return
    gathering = setTimeout(() => {
      gathering = undefined
      const database = lazy.opened()
      if (database && spooled) drainInBackground(database)
    }, gatherMs).unref()
  }

  /** What changed nothing: reads, what was refused, and a change that could not even be asked for */
  const mayBeSpooled = ({ risk, decision, outcome }: Link) =>
    spool !== undefined && (risk === 'read' || decision === 'denied' || (decision === 'allowed' && outcome !== 'ok'))

  async function toSpool(waiting: Waiting[], cause?: unknown): Promise<void> {
    const able = waiting.filter(({ link }) => mayBeSpooled(link))
    for (const { link, reject } of waiting) if (!mayBeSpooled(link)) reject(cause)
    if (able.length === 0 || !spool) return
    try {
      await spool.write(able.map(({ link }) => link))
      spooled = true
      for (const { resolve } of able) resolve()
    } catch (error) {
      for (const { reject } of able) reject(error)
    }
  }

  async function toChain(waiting: Waiting[]): Promise<void> {
    try {
      const database = await lazy.get()
      if (spooled) drainInBackground(database)
      await extendChain(
        database,
        waiting.map(({ link }) => link),
      )
      for (const { resolve } of waiting) resolve()
    } catch (error) {
      log?.error(describeFailure(error), 'the audit chain cannot be written')
      await toSpool(waiting, error)
    }
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      const waiting = queue.splice(0, perTransaction)
      const mayWait = lazy.kind === 'pglite' && spool && spool.bytes() < spoolBytes
      if (mayWait && waiting.every(({ link }) => mayBeSpooled(link))) {
        await toSpool(waiting)
        drainSoon()
      } else await toChain(waiting)
    }
    flushing = undefined
  }

  /** Waits for what was appended before. */
  async function settled(): Promise<Database> {
    await flushing
    const database = await lazy.get()
    // one that is under way may have begun before the last entries
    await draining?.catch(() => undefined)
    if (spooled) await drain(database)
    return database
  }

  lazy.onOpen(async (database) => drainInBackground(database))

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        queue.push({ link: toLink(entry, crypto.randomUUID()), resolve, reject })
        flushing ??= flush()
      }),
    list: async ({ tool, actor, since, limit }) => {
      const { db } = await settled()
      const wanted = and(
        tool === undefined ? undefined : eq(audit.tool, tool),
        actor === undefined ? undefined : eq(audit.actorId, actor),
        since && gte(audit.at, since),
      )
      const rows = await db.select().from(audit).where(wanted).orderBy(desc(audit.seq)).limit(limit)
      return rows.map(shown)
    },
    close: async () => {
      clearTimeout(gathering)
      await flushing
      await draining?.catch(() => undefined)
      const database = lazy.opened()
      if (database && spooled)
        await drain(database).catch((error) => log?.error(describeFailure(error), 'the audit spool stays for now'))
      await spool?.close()
    },
    verify: async () => verifyChain((await settled()).db),
    drain: async () => {
      await flushing
      return drain(await lazy.get())
    },
  }
}
