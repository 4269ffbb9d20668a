import type postgres from 'postgres'
import type { Database, DatabaseLog, Db } from './database.ts'
import { requireDrizzle, sql } from './drizzle.ts'
import { migrations } from './migrate.ts'
import { createRetry, type Retry } from './retry.ts'

const connect = requireDrizzle('postgres') as typeof postgres
const { drizzle } = requireDrizzle('drizzle-orm/postgres-js') as typeof import('drizzle-orm/postgres-js')
const { migrate } = requireDrizzle(
  'drizzle-orm/postgres-js/migrator',
) as typeof import('drizzle-orm/postgres-js/migrator')

/** Any constant: servers that start together on one database migrate one after the other. */
const migrationLock = 7_460_114

const settings = { onnotice: () => undefined, connect_timeout: 10, connection: { application_name: 'quartermaster' } }

async function migrateAlone(url: string): Promise<void> {
  const client = connect(url, { ...settings, max: 1 })
  try {
    // one connection: the lock belongs to it, and ends with it
    await client`select pg_advisory_lock(${migrationLock})`
    await migrate(drizzle({ client }), migrations)
  } finally {
    await client.end({ timeout: 5 })
  }
}

/** A query that is sent when awaited, like those of postgres.js, and sent again while the server cannot be reached. */
function retried(client: postgres.Sql, retry: Retry): postgres.Sql {
  const wrapped = {
    options: client.options,
    unsafe: (...query: Parameters<postgres.Sql['unsafe']>) => ({
      // biome-ignore lint/suspicious/noThenProperty: drizzle awaits the query itself or its values()
      then: (done: (rows: unknown) => unknown, failed: (error: unknown) => unknown) =>
        retry.run(async () => client.unsafe(...query)).then(done, failed),
      values: () => retry.run(async () => client.unsafe(...query).values()),
    }),
    begin: (work: (tx: postgres.TransactionSql) => Promise<unknown>) => {
      let begun = false
      const once = (tx: postgres.TransactionSql) => {
        begun = true
        return work(tx)
      }
      return retry.run(
        () => client.begin(once),
        () => !begun,
      )
    },
  }
  return wrapped as unknown as postgres.Sql
}

/** Connects, waits while the server starts, and migrates. Errors: DatabaseUnavailable */
export async function openPostgres(url: string, log: DatabaseLog): Promise<Database> {
  const retry = createRetry({ log, now: () => performance.now() })
  await retry.run(() => migrateAlone(url))
  const client = connect(url, { ...settings, max: 10 })
  const db = drizzle({ client: retried(client, retry) }) as unknown as Db

  return {
    db,
    kind: 'postgres',
    listen: async (channel, onPayload, onListening) => {
      const { unlisten } = await retry.run(() => client.listen(channel, onPayload, onListening))
      return unlisten
    },
    notify: async (tx, channel, payload) => {
      await tx.execute(sql`select pg_notify(${channel}, ${payload})`)
    },
    healthy: async () => {
      try {
        const late = new Promise<never>((_, reject) => {
          setTimeout(() => reject(new Error('late')), 2000).unref()
        })
        await Promise.race([client`select 1`, late])
        return true
      } catch {
        return false
      }
    },
    tidy: async () => undefined,
    advertise: async () => undefined,
    close: () => client.end({ timeout: 5 }),
  }
}
