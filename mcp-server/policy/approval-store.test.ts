import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { approval } from '#contract'
import { approvals } from '#db/schema/core.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { createEvents, type Events } from '../events/outbox.ts'
import { newApproval } from './approval-store.test-data.ts'
import { type ApprovalStore, approvalCard, createApprovalStore } from './approval-store.ts'

describe('approvals', () => {
  let database: TestDatabase
  let clock: Date
  let events: Events
  let store: ApprovalStore
  const now = () => clock
  const at = (time: string) => {
    clock = new Date(`2026-11-20T${time}Z`)
  }
  const told = async (id: string) => (await events.after(0, { subjects: [`approvals/${id}`] }, 50)).map((e) => e.name)

  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    at('12:00:00')
    await database.db.delete(approvals)
    events = createEvents({ database: database.lazy, now })
    store = createApprovalStore({ database: database.lazy, events, now })
  })

  it('keep the input exactly as it will run, and do not show it', async () => {
    const asked = newApproval({ conversation: 'c1', persona: 'default' })
    const { id } = await store.create(asked)
    const row = await store.get(id)
    expect(row.input).toEqual(asked.input)
    expect(row).toMatchObject({ state: 'pending', askedAt: '2026-11-20T12:00:00.000Z', conversation: 'c1' })
    expect(row.actor).toMatchObject({ id: 'ada', clusters: ['gpu-east'], kind: 'agent', persona: 'default' })
    const card = approvalCard(row, 'http://localhost:3000/approvals/1')
    expect(approval.payload.parse(card)).toEqual(card)
    expect(JSON.stringify(card)).not.toContain('before')
    expect(card).toMatchObject({ askedBy: 'Ada', url: 'http://localhost:3000/approvals/1' })
  })

  it('tell their steps with the cluster they are about, for readers of that cluster', async () => {
    const { id } = await store.create(newApproval())
    await store.claim(id, { by: 'Grace' })
    const finished = await store.finish(id, { state: 'failed', reason: 'quota', outcome: { code: 'conflict' } })
    expect(finished).toMatchObject({ decidedBy: 'Grace', startedAt: clock.toISOString(), endedAt: clock.toISOString() })
    expect(await told(id)).toEqual(['approval.asked', 'approval.started', 'approval.failed'])
    const [last] = (await events.after(0, { subjects: [`approvals/${id}`], clusters: ['gpu-east'] }, 9)).slice(-1)
    expect(last?.data).toMatchObject({ state: 'failed', reason: 'quota', outcome: { code: 'conflict' } })
    expect(await events.after(0, { subjects: [`approvals/${id}`], clusters: ['edge'] }, 9)).toEqual([])
  })

  it('are used once: the second decision says what became of the first', async () => {
    const { id } = await store.create(newApproval())
    await store.claim(id, { by: 'Grace' })
    const again = store.claim(id, { by: 'Ada' })
    await expect(again).rejects.toMatchObject({ code: 'approval-used', options: { details: { state: 'running' } } })
    await expect(store.deny(id, { by: 'Ada' })).rejects.toMatchObject({ code: 'approval-used' })
    await store.finish(id, { state: 'succeeded' })
    await expect(store.finish(id, { state: 'failed' })).rejects.toMatchObject({ code: 'approval-used' })
    expect(await told(id)).toHaveLength(3)
  })

  it('expire at their time, by themselves or when somebody is too late', async () => {
    const one = await store.create(newApproval())
    const two = await store.create(newApproval())
    at('12:59:59')
    expect(await store.expireDue()).toBe(0)
    at('13:00:00')
    await expect(store.claim(one.id, { by: 'Grace' })).rejects.toMatchObject({ code: 'approval-expired' })
    expect((await store.get(one.id)).state).toBe('expired')
    expect(await store.expireDue()).toBe(1)
    expect(await told(one.id)).toEqual(['approval.asked', 'approval.expired'])
    expect(await told(two.id)).toEqual(['approval.asked', 'approval.expired'])
    await expect(store.deny(two.id, { by: 'Ada' })).rejects.toMatchObject({ code: 'approval-expired' })
  })

  it('are replaced in one step when something moved, and point at each other', async () => {
    const old = await store.create(newApproval())
    const fresh = await store.create(newApproval({ supersedes: old.id, changes: ['capacity: 2 → 1'] }))
    expect(await store.get(old.id)).toMatchObject({ state: 'superseded', supersededBy: fresh.id })
    expect(fresh).toMatchObject({ state: 'pending', supersedes: old.id, changes: ['capacity: 2 → 1'] })
    const late = store.claim(old.id, { by: 'Grace' })
    await expect(late).rejects.toMatchObject({
      code: 'approval-used',
      options: { next: expect.stringContaining(fresh.id) },
    })
    const twice = store.create(newApproval({ supersedes: old.id }))
    await expect(twice).rejects.toMatchObject({ code: 'approval-used' })
    expect(await store.list({ limit: 10 })).toHaveLength(2)
  })

  it('can be linked to a replacement that was made before', async () => {
    const old = await store.create(newApproval())
    const fresh = await store.create(newApproval())
    await store.supersede(old.id, fresh.id, ['price'])
    expect(await store.get(fresh.id)).toMatchObject({ supersedes: old.id, changes: ['price'], state: 'pending' })
    expect(await store.get(old.id)).toMatchObject({ supersededBy: fresh.id, state: 'superseded' })
  })

  it('that nobody knows are not found', async () => {
    const unknown = { code: 'not-found', options: { next: expect.stringContaining('list_approvals') } }
    await expect(store.get('nothing')).rejects.toMatchObject(unknown)
    await expect(store.claim('nothing', { by: 'Ada' })).rejects.toMatchObject(unknown)
    await expect(store.finish('nothing', { state: 'failed' })).rejects.toMatchObject(unknown)
  })

  it('are listed newest first, by state, person, conversation and tool', async () => {
    const first = await store.create(newApproval({ conversation: 'c1' }))
    at('12:00:01')
    const other = { ...newApproval().actor, id: 'bob' }
    const second = await store.create(newApproval({ actor: other, tool: 'launch_ray_cluster' }))
    await store.deny(first.id, { by: 'Grace', reason: 'not now' })
    const ids = async (filter: object) => (await store.list({ limit: 10, ...filter })).map(({ id }) => id)
    expect(await ids({})).toEqual([second.id, first.id])
    expect(await ids({ limit: 1 })).toEqual([second.id])
    expect(await ids({ state: 'denied' })).toEqual([first.id])
    expect(await ids({ actor: 'bob' })).toEqual([second.id])
    expect(await ids({ conversation: 'c1' })).toEqual([first.id])
    expect(await ids({ tool: 'deploy_model' })).toEqual([first.id])
  })

  it('that a crash cut off are found, and one process alone takes each over', async () => {
    const cut = await store.create(newApproval())
    await store.claim(cut.id, { by: 'Grace' })
    at('12:05:00')
    const live = await store.create(newApproval())
    await store.claim(live.id, { by: 'Grace' })
    const rows = await store.interruptedSince(new Date('2026-11-20T12:04:00Z'))
    expect(rows.map(({ id }) => id)).toEqual([cut.id])
    const seen = rows[0]!
    const taken = await Promise.all([store.takeOver(seen), store.takeOver(seen), store.takeOver(seen)])
    expect(taken.filter((row) => row !== undefined)).toHaveLength(1)
    expect(await store.interruptedSince(new Date('2026-11-20T12:04:00Z'))).toEqual([])
    await store.finish(cut.id, { state: 'interrupted', reason: 'the server stopped' })
    expect(await told(cut.id)).toEqual(['approval.asked', 'approval.started', 'approval.interrupted'])
  })
})
