import { execFile } from 'node:child_process'
import { access, chmod, mkdir, readdir, rename, rm, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PGlite } from '@electric-sql/pglite'
import type { Database, Db, OpenOptions } from './database.ts'
import { requireDrizzle, sql } from './drizzle.ts'
import { DatabaseUnavailable } from './errors.ts'
import { type Lock, takeLock } from './lock.ts'
import { migrations } from './migrate.ts'
import { type OnLost, type PgliteClient, startPglite } from './pglite-client.ts'

const run = promisify(execFile)

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** A new database takes 40 MB, and needs room to work. */
const neededBytes = 64 * 1024 * 1024

async function checkRoom(folder: string, cause?: unknown): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= neededBytes) return
  const left = Math.trunc((bavail * bsize) / 1024 / 1024)
  const message = `The embedded database needs 64 MiB, and the disk of ${folder} has ${left} MiB left.`
  throw new DatabaseUnavailable('disk-full', message, { cause })
}

/** Makes the data folder under another name and renames it: a crash in between leaves nothing that looks finished. */
async function initialise(folder: string, dataDir: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('new-')) await rm(join(folder, name), { recursive: true, force: true })
  }
  await checkRoom(folder)
  const draft = join(folder, `new-${process.pid}`)
  try {
    await run(process.execPath, [fileURLToPath(new URL('./pglite-init.ts', import.meta.url)), draft], { env: {} })
    await rename(draft, dataDir)
  } catch (error) {
    await checkRoom(folder, error)
    throw new DatabaseUnavailable('stopped', 'The embedded database cannot be made.', { cause: error })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The database of drizzle over the client, migrated. */
export async function migratedDb(client: PgliteClient): Promise<Db> {
  const { drizzle } = requireDrizzle('drizzle-orm/pglite') as typeof import('drizzle-orm/pglite')
  const { migrate } = requireDrizzle('drizzle-orm/pglite/migrator') as typeof import('drizzle-orm/pglite/migrator')
  // the client has what drizzle uses of a PGlite: query and transaction
  const db = drizzle({ client: client as unknown as PGlite })
  await migrate(db, migrations)
  return db as unknown as Db
}

/** The Database over a running client. */
export function pgliteDatabase(client: PgliteClient, db: Db, lock?: Lock): Database {
  return {
    db,
    kind: 'pglite',
    listen: async (channel, onPayload, onListening) => {
      const stop = await client.listen(channel, onPayload)
      onListening?.()
      return stop
    },
    notify: async (tx, channel, payload) => {
      await tx.execute(sql`select pg_notify(${channel}, ${payload})`)
    },
    healthy: async () => client.lost() === undefined,
    tidy: async () => {
      await client.query('vacuum analyze')
    },
    advertise: async (url) => lock?.advertise(url),
    close: async () => {
      await client.close()
      await lock?.release()
    },
  }
}

/** Opens the embedded database in `folder`, or in memory without one. Errors: DatabaseLocked, DatabaseUnavailable. */
export async function openPglite(options: OpenOptions, onLost?: OnLost): Promise<Database> {
  if (options.folder === undefined) {
    const client = await startPglite({}, onLost)
    return pgliteDatabase(client, await migratedDb(client))
  }
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // the engine makes its files world-readable, and mkdir does not change a folder that was there
  await chmod(folder, 0o700)
  const lock = await takeLock(folder, options.serverUrl?.())
  try {
    const dataDir = join(folder, 'pglite')
    if (!(await exists(join(dataDir, 'PG_VERSION')))) await initialise(folder, dataDir)
    const lost: OnLost = (ended) => {
      options.log.error({ folder }, 'the embedded database stopped; the next call opens it anew')
      const released = ended.then(() => lock.release())
      if (onLost) onLost(released)
      else void released
    }
    const client = await startPglite({ dataDir }, lost)
    return pgliteDatabase(client, await migratedDb(client), lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}
