import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireDrizzle } from './drizzle.ts'
import { type Database, type DatabaseLog, type LazyDatabase, openDatabase } from './open.ts'
import { migratedDb, pgliteDatabase } from './open-pglite.ts'
import { type PgliteClient, startPglite } from './pglite-client.ts'
import { initDbStartParams } from './pglite-options.ts'

export const quiet: DatabaseLog = { info: () => undefined, warn: () => undefined, error: () => undefined }

export interface TestDatabase extends Database {
  /** The same database as the modules of the server take it; open from the start */
  lazy: LazyDatabase
}

/** A LazyDatabase over an open database; with `open` it starts closed and calls that on the first `get`. */
export function lazyOver(kind: Database['kind'], open: () => Promise<Database>): LazyDatabase {
  const hooks: ((database: Database) => Promise<void>)[] = []
  let opening: Promise<Database> | undefined
  let opened: Database | undefined
  return {
    kind,
    get: () => {
      opening ??= open().then(async (database) => {
        for (const hook of hooks) await hook(database)
        opened = database
        return database
      })
      return opening
    },
    opened: () => opened,
    onOpen: (hook) => {
      hooks.push(hook)
      if (opened) void hook(opened)
    },
    healthy: async () => opened?.healthy() ?? true,
    advertise: async () => undefined,
    close: async () => (await opening)?.close(),
  }
}

const cacheFolder = fileURLToPath(new URL('../node_modules/.cache/quartermaster', import.meta.url))

/** Names the snapshot: the migrations and the engine it was made with. */
async function snapshotName(): Promise<string> {
  const folder = fileURLToPath(new URL('./migrations', import.meta.url))
  const engine = await stat(join(dirname(requireDrizzle.resolve('@electric-sql/pglite')), 'pglite.wasm'))
  const hash = createHash('sha256').update(`${engine.size} ${initDbStartParams}`)
  for (const name of (await readdir(folder)).sort()) {
    if (name.endsWith('.sql')) hash.update(await readFile(join(folder, name)))
  }
  return `pglite-${hash.digest('hex').slice(0, 16)}.tar`
}

/** A migrated data folder as tar, made once per set of migrations and kept in node_modules/.cache. */
async function migratedSnapshot(): Promise<Uint8Array> {
  const path = join(cacheFolder, await snapshotName())
  try {
    return await readFile(path)
  } catch {
    const client = await startPglite({})
    await migratedDb(client)
    const dump = await client.dump()
    await client.close()
    await mkdir(cacheFolder, { recursive: true })
    await writeFile(`${path}.${process.pid}`, dump)
    await rename(`${path}.${process.pid}`, path)
    return dump
  }
}

async function inMemory(): Promise<Database> {
  const client: PgliteClient = await startPglite({ snapshot: await migratedSnapshot() })
  return pgliteDatabase(client, await migratedDb(client))
}

/** A new empty database on the PostgreSQL at `url`, dropped on close. */
async function onPostgres(url: string): Promise<Database> {
  const connect = requireDrizzle('postgres') as typeof import('postgres')
  const name = `qm_test_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = connect(url, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${name}`)
  const target = new URL(url)
  target.pathname = `/${name}`
  const database = await openDatabase({ url: target.href, log: quiet })
  return {
    ...database,
    close: async () => {
      await database.close()
      await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

/** A throwaway migrated database: in memory, or on the PostgreSQL named by QM_TEST_DATABASE_URL. */
export async function testDatabase(url = process.env.QM_TEST_DATABASE_URL): Promise<TestDatabase> {
  const database = url ? await onPostgres(url) : await inMemory()
  const lazy = lazyOver(database.kind, async () => database)
  await lazy.get()
  return { ...database, lazy }
}
