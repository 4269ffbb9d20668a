import type { Database, LazyDatabase, OpenOptions } from './database.ts'
import { DatabaseUnavailable, describeFailure } from './errors.ts'

export type { Database, DatabaseLog, Db, LazyDatabase, OpenOptions, Tx } from './database.ts'
export { DatabaseLocked, DatabaseUnavailable, databaseFailure, describeFailure, isDuplicate } from './errors.ts'
export { readLock } from './lock.ts'

/**
 * Opens and migrates: PostgreSQL by `url`, else the embedded database in `folder`. `onLost` is told once when an
 * embedded database stopped by itself. Errors: DatabaseLocked, DatabaseUnavailable
 */
export async function openDatabase(options: OpenOptions, onLost?: () => void): Promise<Database> {
  if (options.url !== undefined) return (await import('./open-postgres.ts')).openPostgres(options.url, options.log)
  return (await import('./open-pglite.ts')).openPglite(options, onLost)
}

/** A database that is opened when first needed: a server that only reads stays light. */
export function lazyDatabase(options: OpenOptions): LazyDatabase {
  const hooks: ((database: Database) => Promise<void>)[] = []
  let opening: Promise<Database> | undefined
  let database: Database | undefined
  let url: string | undefined
  let closed = false

  function forget(): void {
    opening = undefined
    database = undefined
  }

  async function run(hook: (database: Database) => Promise<void>, opened: Database): Promise<void> {
    try {
      await hook(opened)
    } catch (error) {
      options.log.error(describeFailure(error), 'a task at the opening of the database failed')
    }
  }

  async function open(): Promise<Database> {
    const fresh = await openDatabase({ serverUrl: () => url, ...options }, forget)
    for (const hook of hooks) await run(hook, fresh)
    database = fresh
    return fresh
  }

  return {
    kind: options.url === undefined ? 'pglite' : 'postgres',
    get: async () => {
      if (database) return database
      if (closed) throw new DatabaseUnavailable('stopped', 'The database was closed.')
      opening ??= open().catch((error) => {
        forget()
        throw error
      })
      return opening
    },
    opened: () => database,
    onOpen: (hook) => {
      hooks.push(hook)
      if (database) void run(hook, database)
    },
    healthy: async () => {
      if (database) return database.healthy()
      if (options.url === undefined)
        return opening === undefined || opening.then((opened) => opened.healthy()).catch(() => false)
      return false
    },
    advertise: async (address) => {
      url = address
      await database?.advertise(address)
    },
    close: async () => {
      closed = true
      const last = await opening?.catch(() => undefined)
      forget()
      await last?.close()
    },
  }
}
