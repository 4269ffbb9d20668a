import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { getTableColumns, is } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { lazily, library } from './lazily.ts'

const loaded = () =>
  Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('/node_modules/drizzle-orm/'))

it('no schema loads drizzle before a table is used', async () => {
  const files = readdirSync(new URL('./schema/', import.meta.url)).filter((name) => name.endsWith('.ts'))
  expect(files.length).toBeGreaterThanOrEqual(6)
  const schemas = await Promise.all(files.map((name) => import(`./schema/${name.slice(0, -3)}.ts`)))
  expect(loaded()).toEqual([])
  const { audit } = schemas.find((schema) => 'audit' in schema)
  expect(audit.seq.name).toBe('seq')
  expect(loaded().length).toBeGreaterThan(10)
})

it('a table that was not made yet is a table all the same', async () => {
  const { pgTable, text, sql, and, eq } = await import('./drizzle.ts')
  const { PgTable, pgTable: original } = createRequire(import.meta.url)(
    'drizzle-orm/pg-core',
  ) as typeof import('drizzle-orm/pg-core')
  const { SQL } = createRequire(import.meta.url)('drizzle-orm') as typeof import('drizzle-orm')
  const lazy = pgTable('t', () => ({ id: text('id').primaryKey(), note: text('note') }))
  expect(original).not.toBe(pgTable)
  expect(lazy).toBeInstanceOf(PgTable)
  expect(is(lazy, PgTable as never)).toBe(true)
  expect(Object.keys(getTableColumns(lazy))).toEqual(['id', 'note'])
  expect(sql`${lazy.id} = ${1}`).toBeInstanceOf(SQL)
  expect(and(eq(lazy.id, 'a'), sql.raw('true'))).toBeInstanceOf(SQL)
})

it('is made once, and not before it is looked at', () => {
  let made = 0
  const thing = lazily<{ word: string; say?: () => string }>({}, () => {
    made++
    return { word: 'hello' }
  })
  expect(made).toBe(0)
  expect('word' in thing).toBe(true)
  expect({ ...thing }).toEqual({ word: 'hello' })
  expect(made).toBe(1)
})

it('a library loads with the first call of one of its functions', () => {
  let loads = 0
  const { join } = library(() => {
    loads++
    return { join: (...words: string[]) => words.join(' ') }
  })
  expect(loads).toBe(0)
  expect(join('a', 'b')).toBe('a b')
  expect(join('c', 'd')).toBe('c d')
  expect(loads).toBe(1)
})
