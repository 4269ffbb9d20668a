import { and, eq, lte } from '#db/drizzle.ts'
import { type Database, describeFailure, type LazyDatabase } from '#db/open.ts'
import { leases } from '#db/schema/core.ts'
import type { Job, JobContext, Logger } from '#define'

export interface Scheduler {
  start(): void
  /** Aborts what runs and waits for it */
  stop(): Promise<void>
  /** Runs what is due now and waits for it; `start` does this on a timer that keeps no process alive. */
  runDue(): Promise<void>
}

const tickMs = 1000
/** How long a lease outlives a process that died; renewed while the job runs. */
const leaseMs = 60_000

/** True when this process may run the job now: nobody else runs it, and its last run was long enough ago. */
async function acquire(database: Database, lease: { name: string; holder: string; now: Date }): Promise<boolean> {
  const { name, holder, now } = lease
  const until = new Date(now.getTime() + leaseMs)
  const taken = await database.db
    .insert(leases)
    .values({ name, holder, until })
    .onConflictDoUpdate({ target: leases.name, set: { holder, until }, setWhere: lte(leases.until, now) })
    .returning({ name: leases.name })
  return taken.length > 0
}

/** Moves the end of an own lease: on while the job runs, to its next due time when it ended. */
async function extend(database: Database, lease: { name: string; holder: string; until: Date }): Promise<void> {
  const { name, holder, until } = lease
  await database.db
    .update(leases)
    .set({ until })
    .where(and(eq(leases.name, name), eq(leases.holder, holder)))
}

/**
 * Runs each job every `everyMs`, without overlap, on one replica at a time. With the embedded database jobs run once
 * that database is open: a server that only reads stays light, and no other process can have it open.
 */
export function createScheduler(options: {
  database: LazyDatabase
  jobs: readonly Job[]
  context: (job: Job, signal: AbortSignal) => JobContext
  now: () => Date
  log: Logger
  /** Unique per process */
  holder: string
}): Scheduler {
  const { database: lazy, jobs, context, now, log, holder } = options
  const due = new Map<string, number>()
  const running = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined

  async function runLeased(job: Job, database: Database): Promise<void> {
    const name = `job:${job.name}`
    const startedAt = now()
    if (!(await acquire(database, { name, holder, now: startedAt }))) return
    if (stopping.signal.aborted) return extend(database, { name, holder, until: startedAt })
    const renew = setInterval(() => {
      const until = new Date(now().getTime() + leaseMs)
      extend(database, { name, holder, until }).catch((error) =>
        log.warn({ job: job.name, ...describeFailure(error) }, 'the lease of a job could not be renewed'),
      )
    }, leaseMs / 3)
    renew.unref()
    try {
      await job.run(context(job, stopping.signal))
    } finally {
      clearInterval(renew)
      await extend(database, { name, holder, until: new Date(startedAt.getTime() + job.everyMs) })
    }
  }

  async function run(job: Job, database: Database): Promise<void> {
    try {
      if (lazy.kind === 'postgres') await runLeased(job, database)
      else await job.run(context(job, stopping.signal))
    } catch (error) {
      log.error({ job: job.name, ...describeFailure(error) }, 'a job failed; it runs again when it is next due')
    } finally {
      running.delete(job.name)
    }
  }

  async function ready(): Promise<Database | undefined> {
    if (lazy.kind === 'pglite') return lazy.opened()
    try {
      return await lazy.get()
    } catch (error) {
      log.warn(describeFailure(error), 'jobs wait for the database')
      return undefined
    }
  }

  async function runDue(): Promise<void> {
    const database = await ready()
    if (!database || stopping.signal.aborted) return
    const at = now().getTime()
    const started = jobs
      .filter((job) => (due.get(job.name) ?? 0) <= at && !running.has(job.name))
      .map((job) => {
        due.set(job.name, at + job.everyMs)
        const done = run(job, database)
        running.set(job.name, done)
        return done
      })
    await Promise.all(started)
  }

  return {
    start: () => {
      timer ??= setInterval(() => void runDue(), tickMs)
      timer.unref()
    },
    stop: async () => {
      clearInterval(timer)
      stopping.abort()
      await Promise.all(running.values())
    },
    runDue,
  }
}
