import type { LazyDatabase } from '#db/open.ts'
import type { Job, JobContext, Logger } from '#define'

export interface Scheduler {
  start(): void
  /** Aborts what runs and waits for it */
  stop(): Promise<void>
  /** Runs what is due now and waits for it; `start` does this on a timer that keeps no process alive. */
  runDue(): Promise<void>
}

/**
 * Runs each job every `everyMs`, without overlap, on one replica at a time. With the embedded database jobs run once
 * that database is open: a server that only reads stays light.
 */
export declare function createScheduler(options: {
  database: LazyDatabase
  jobs: readonly Job[]
  context: (job: Job, signal: AbortSignal) => JobContext
  now: () => Date
  log: Logger
  /** Unique per process */
  holder: string
}): Scheduler
