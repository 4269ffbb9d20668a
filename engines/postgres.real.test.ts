import { existsSync, rmSync } from 'node:fs'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Postgres, startPostgres } from './index.ts'

describe.skipIf(!available('postgres').ok)('a real PostgreSQL', () => {
  let engine: Postgres

  beforeAll(async () => {
    engine = await startPostgres()
  })
  afterAll(() => engine?.stop())

  it('takes connections at its URL and keeps what is written', async () => {
    const sql = postgres(engine.url, { max: 1 })
    await sql`create table note (text text not null)`
    await sql`insert into note values ('remembered')`
    expect(await sql`select text from note`).toEqual([{ text: 'remembered' }])
    await sql.end()
  })

  it('refuses a wrong password', async () => {
    const wrong = new URL(engine.url)
    wrong.password = 'wrong'
    const sql = postgres(wrong.href, { max: 1 })
    await expect(sql`select 1`).rejects.toThrow(/password authentication failed/)
    await sql.end()
  })

  it('gives each test file a database of its own', async () => {
    const sql = postgres(await engine.createDatabase('another'), { max: 1 })
    const tables = await sql`select 1 from information_schema.tables where table_schema = 'public'`
    expect(tables).toHaveLength(0)
    await sql.end()
  })

  it('is gone after stop, with its folder', async () => {
    const other = await startPostgres()
    await other.stop()
    const sql = postgres(other.url, { max: 1, connect_timeout: 2 })
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await sql.end({ timeout: 0 })
  })

  it('leaves a folder that was given to it, but no server', async () => {
    const dir = `/tmp/qm-given-${process.pid}`
    const controller = new AbortController()
    const other = await startPostgres({ dir, signal: controller.signal })
    await other.stop()
    expect(existsSync(`${dir}/home/data/PG_VERSION`)).toBe(true)
    expect(existsSync(`${dir}/home/data/postmaster.pid`)).toBe(false)
    rmSync(dir, { recursive: true })
  })
})
