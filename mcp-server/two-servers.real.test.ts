import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventEnvelope } from '#contract'
import { sql } from '#db/drizzle.ts'
import { type LazyDatabase, lazyDatabase } from '#db/open.ts'
import { quiet } from '#db/testing.ts'
import type { JobContext } from '#define'
import { available, type Postgres, startPostgres } from '../engines/index.ts'
import { createEvents, type Events } from './events/outbox.ts'
import { createScheduler } from './jobs/scheduler.ts'
import { newApproval } from './policy/approval-store.test-data.ts'
import { type ApprovalStore, createApprovalStore } from './policy/approval-store.ts'
import { type Audit, createAudit } from './record/audit.ts'
import { createResults, type Results } from './results/store.ts'
import { quiet as silent } from './testing/app.ts'

interface Server {
  database: LazyDatabase
  events: Events
  approvals: ApprovalStore
  audit: Audit
  results: Results
}

const now = () => new Date('2026-11-20T12:00:00Z')

function server(url: string): Server {
  const database = lazyDatabase({ url, log: quiet })
  const events = createEvents({ database, now })
  return {
    database,
    events,
    approvals: createApprovalStore({ database, events, now }),
    audit: createAudit({ database }),
    results: createResults({ database, now }),
  }
}

/** Collects until `enough` says so. */
function collect(events: Events, enough: (seen: EventEnvelope[]) => boolean): Promise<EventEnvelope[]> {
  return new Promise((resolve) => {
    const seen: EventEnvelope[] = []
    const stop = events.subscribe({}, (event) => {
      seen.push(event)
      if (!enough(seen)) return
      stop()
      resolve(seen)
    })
  })
}

describe.skipIf(!available('postgres').ok)('two servers on one PostgreSQL', () => {
  let engine: Postgres
  let one: Server
  let two: Server

  beforeAll(async () => {
    engine = await startPostgres()
    one = server(engine.url)
    two = server(engine.url)
    await Promise.all([one.database.get(), two.database.get()])
  })
  afterAll(async () => {
    for (const part of [one, two]) {
      await part?.events.close()
      await part?.database.close()
    }
    await engine?.stop()
  })

  it('both hear every event once, in one order, whoever committed it and however slowly', async () => {
    const { db } = await one.database.get()
    // commits of even numbers take longer: without care, an odd one that came later is seen before it
    await db.execute(sql`create function linger() returns trigger language plpgsql as
      'begin if new.seq % 2 = 0 then perform pg_sleep(0.01); end if; return null; end'`)
    await db.execute(sql`create constraint trigger linger after insert on events
      deferrable initially deferred for each row execute function linger()`)
    const start = await one.events.lastSeq()
    const total = 120
    const heard = [one, two].map(({ events }) => collect(events, (seen) => seen.length === total))
    const work = Array.from({ length: total }, async (_, number) => {
      const { events } = number % 2 === 0 ? one : two
      await events.commit(async (tx) => {
        await tx.execute(sql`select pg_sleep(${((number * 7) % 10) / 500})`)
        return { value: 0, events: [{ name: 'job.moved', subject: `jobs/${number}`, data: { number } }] }
      })
    })
    await Promise.all(work)
    const [first, second] = await Promise.all(heard)
    expect(first).toEqual(second)
    expect(first).toEqual(await two.events.after(start, {}, 1000))
    expect(new Set(first?.map(({ subject }) => subject)).size).toBe(total)
    await db.execute(sql`drop trigger linger on events`)
  })

  it('bring what was missed while the listening connection was away', async () => {
    const heard = collect(two.events, (seen) => seen.some(({ subject }) => subject === 'jobs/last'))
    const commit = (subject: string) =>
      one.events.commit(async () => ({ value: 0, events: [{ name: 'job.moved', subject, data: {} }] }))
    const { db } = await one.database.get()
    await db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'`)
    for (const subject of ['jobs/a', 'jobs/b', 'jobs/last']) await commit(subject)
    expect((await heard).map(({ subject }) => subject)).toEqual(['jobs/a', 'jobs/b', 'jobs/last'])
  })

  it('announce to the readers of both, larger than a NOTIFY too, and know of each other who watches', async () => {
    const watched = () => one.events.watched('gpu/node/*', 'gpu.updated')
    expect(watched()).toBe(false)
    const leave = two.events.watch({ subjects: ['gpu/*'], names: [] })
    await expect.poll(watched).toBe(true)
    const heard = [one, two].map(({ events }) => collect(events, (seen) => seen.length === 80))
    const before = await one.events.lastSeq()
    const rows = Array.from({ length: 80 }, (_, node) => ({
      name: 'gpu.updated',
      subject: `gpu/node/east/${node}`,
      data: { id: `east/${node}`, filler: 'ü'.repeat(node === 0 ? 12_000 : 300) },
    }))
    await one.events.announce(rows)
    const [own, foreign] = await Promise.all(heard)
    expect(foreign).toEqual(own)
    expect(own?.every(({ seq }) => seq === undefined)).toBe(true)
    expect(await two.events.lastSeq()).toBe(before)
    leave()
  })

  it('share approvals: one of two deciders wins, and the other server hears of each step', async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => one.approvals.create(newApproval())))
    const ids = new Set(asked.map(({ id }) => `approvals/${id}`))
    const started = collect(two.events, (seen) => {
      const starts = seen.filter(({ name, subject }) => name === 'approval.started' && ids.has(subject))
      return starts.length === asked.length
    })
    for (const { id } of asked) {
      const both = await Promise.allSettled([
        one.approvals.claim(id, { by: 'Ada' }),
        two.approvals.claim(id, { by: 'Grace' }),
      ])
      const [lost] = both.filter((end) => end.status === 'rejected')
      expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(lost?.reason).toMatchObject({ code: 'approval-used' })
      expect((await one.approvals.get(id)).decidedBy).toBe((await two.approvals.get(id)).decidedBy)
    }
    await started
    const rows = await two.approvals.interruptedSince(new Date(now().getTime() + 1))
    const taken = await Promise.all(rows.flatMap((row) => [one.approvals.takeOver(row), two.approvals.takeOver(row)]))
    expect(taken.filter((row) => row !== undefined)).toHaveLength(asked.length)
  })

  it('keep one audit chain', async () => {
    const actor = { id: 'ada', name: 'Ada', kind: 'human', role: 'owner' } as const
    const call = { at: now(), actor, tool: 'list_nodes', risk: 'read', inputDigest: 'x' } as const
    const entry = { ...call, decision: 'allowed', outcome: 'ok', durationMs: 1 } as const
    await Promise.all(Array.from({ length: 200 }, (_, number) => [one, two][number % 2]!.audit.append(entry)))
    expect(await one.audit.verify()).toEqual({ ok: true })
    expect(await two.audit.list({ limit: 1000 })).toHaveLength(200)
  })

  it('find the results of each other', async () => {
    const data = { rows: [{ id: 'node-1' }] }
    const id = await one.results.put({ owner: 'ada', tool: 'list_nodes', card: 'table', data, at: now().toISOString() })
    expect(await two.results.get(id, 'ada')).toMatchObject({ data })
  })

  it('run each job on one of them', async () => {
    const ran: string[] = []
    const schedulers = [one, two].map(({ database }, number) =>
      createScheduler({
        database,
        jobs: [{ name: 'shared', everyMs: 60_000, needs: [], run: async () => void ran.push(`server ${number}`) }],
        context: () => ({}) as JobContext,
        now,
        log: silent,
        holder: `server ${number}`,
      }),
    )
    await Promise.all(schedulers.map((scheduler) => scheduler.runDue()))
    expect(ran).toHaveLength(1)
    await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
  })
})
