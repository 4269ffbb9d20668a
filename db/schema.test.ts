import { readdir } from 'node:fs/promises'
import type { PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireDrizzle, sql } from './drizzle.ts'
import { type TestDatabase, testDatabase } from './testing.ts'

const { getTableConfig } = requireDrizzle('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core')
const { is } = requireDrizzle('drizzle-orm') as typeof import('drizzle-orm')
const { PgTable: Table } = requireDrizzle('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core')

/** What the database says, as rows. */
type Rows = { rows: Record<string, string>[] }

async function tables(): Promise<PgTable[]> {
  const folder = new URL('./schema/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts'))
  const modules = await Promise.all(names.map((name) => import(new URL(name, folder).href)))
  return modules.flatMap((module) => Object.values(module)).filter((value): value is PgTable => is(value, Table))
}

describe('the migrations', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase('')
  })
  afterAll(() => database?.close())
  const ask = async (query: ReturnType<typeof sql>) => ((await database.db.execute(query)) as unknown as Rows).rows

  it('make the tables, columns and indexes that the schema says; after a change run npm run migrations', async () => {
    const schema = (await tables()).map(getTableConfig)
    const wantedColumns = schema.flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name} ${column.notNull ? 'not null' : 'null'}`),
    )
    const columns = await ask(sql`select table_name, column_name, is_nullable from information_schema.columns
      where table_schema = 'public'`)
    const found = columns.map((column) => {
      const nullable = column.is_nullable === 'YES' ? 'null' : 'not null'
      return `${column.table_name}.${column.column_name} ${nullable}`
    })
    expect(found.sort()).toEqual(wantedColumns.sort())

    const wantedIndexes = schema.flatMap(({ indexes }) => indexes.map(({ config }) => config.name))
    const indexes = await ask(sql`select indexname from pg_indexes
      where schemaname = 'public' and indexname not like '%_pkey' and indexname not like '%_pk'`)
    expect(indexes.map(({ indexname }) => indexname).sort()).toEqual(wantedIndexes.sort())
  })

  it('name every column in snake case', async () => {
    const names = (await tables()).map(getTableConfig).flatMap(({ columns }) => columns.map(({ name }) => name))
    expect(names.filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name))).toEqual([])
  })
})
