import type { Database, LazyDatabase, OpenOptions } from './database.ts'
import { DatabaseUnavailable, describeFailure } from './errors.ts'

export type { Database, DatabaseLog, Db, LazyDatabase, OpenOptions, Tx } from './database.ts'
export { databaseFailure, describeFailure } from './errors.ts'

/**
 * Opens and migrates: PostgreSQL by `url`, else the embedded database in `folder`. `onLost` is told once when an
 * embedded database stopped by itself, with what resolves when its folder is free again. Errors: DatabaseLocked, DatabaseUnavailable
 */
export async function openDatabase(options: OpenOptions, onLost?: (freed: Promise<void>) => void): Promise<Database> {
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

  let freed: Promise<void> = Promise.resolve()

  function forget(): void {
    opening = undefined
    database = undefined
  }

  function lost(folderFreed: Promise<void>): void {
    freed = folderFreed.catch(() => undefined)
    forget()
  }

  async function run(hook: (database: Database) => Promise<void>, opened: Database): Promise<void> {
    try {
      await hook(opened)
    } catch (error) {
      options.log.error(describeFailure(error), 'a task at the opening of the database failed')
    }
  }

  async function open(): Promise<Database> {
    await freed
    let gone = false
    const serverUrl = () => url ?? options.serverUrl?.()
    const fresh = await openDatabase({ ...options, serverUrl }, (folderFreed) => {
      gone = true
      lost(folderFreed)
    })
    for (const hook of hooks) await run(hook, fresh)
    if (gone) throw new DatabaseUnavailable('stopped', 'The database stopped while it was opened.')
    database = fresh
    return fresh
  }

  async function get(): Promise<Database> {
    if (database) return database
    if (closed) throw new DatabaseUnavailable('stopped', 'The database was closed.')
    opening ??= open().catch((error) => {
      forget()
      throw error
    })
    return opening
  }

  return {
    kind: options.url === undefined ? 'pglite' : 'postgres',
    get,
    opened: () => database,
    onOpen: (hook) => {
      hooks.push(hook)
      if (database) void run(hook, database)
    },
    healthy: async () => {
      if (database) return database.healthy()
      if (options.url === undefined) return true
      // asked for again and again: this is also what connects once PostgreSQL is back
      get().catch(() => undefined)
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
