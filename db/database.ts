import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** The database, whichever driver is behind it. Inside a transaction use only the `tx` you are given. */
export type Db = PgDatabase<PgQueryResultHKT, Record<string, never>>
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

export interface DatabaseLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export interface OpenOptions {
  /** postgres://… ; wins over `folder` */
  url?: string
  /** Folder of the embedded database; created 0700. Without url and folder the embedded database lives in memory. */
  folder?: string
  log: DatabaseLog
  /** Where the server of this process can be reached; told to a second process that finds the folder locked */
  serverUrl?: () => string | undefined
}

export interface Database {
  db: Db
  kind: 'postgres' | 'pglite'
  /**
   * Payloads sent with `notify` after their transaction committed. Resolves once listening; the answer stops it.
   * `onListening` runs then and after each lost connection: what was sent in between was missed.
   */
  listen(channel: string, onPayload: (payload: string) => void, onListening?: () => void): Promise<() => Promise<void>>
  /** Sends when `tx` commits, and never when it rolls back. At most 7,000 bytes. */
  notify(tx: Tx, channel: string, payload: string): Promise<void>
  healthy(): Promise<boolean>
  /** Makes the space of deleted rows usable again. The embedded database does not do it by itself; PostgreSQL does. */
  tidy(): Promise<void>
  /** Tells a second process that finds the folder locked where this one can be reached */
  advertise(url: string): Promise<void>
  close(): Promise<void>
}

/** Opens on the first `get`, and again on the next one after the database was lost. */
export interface LazyDatabase {
  kind: 'postgres' | 'pglite'
  /** Errors: DatabaseLocked, DatabaseUnavailable */
  get(): Promise<Database>
  /** The database where it is open already; never opens it */
  opened(): Database | undefined
  /** Runs at each opening, before `get` resolves (so it must not call `get`). One that fails is logged and stops nothing. */
  onOpen(hook: (database: Database) => Promise<void>): void
  /** Readiness (FRM-046): an embedded database that nobody needed yet is healthy and stays closed */
  healthy(): Promise<boolean>
  advertise(url: string): Promise<void>
  close(): Promise<void>
}
