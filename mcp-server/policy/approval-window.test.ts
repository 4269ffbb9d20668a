import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApprovalPayload } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { owner, startApp, type TestApp } from '../testing/app.ts'
import { newRack, type Rack, rackDomain } from '../testing/rack.ts'

const person = { actor: owner, face: 'rest' as const }
let rack: Rack
let clock: Date
let database: TestDatabase
let app: TestApp
const start = (cancelMs = 5_000) =>
  startApp({ domains: [rackDomain(rack), system], database, now: () => clock, config: { approvalCancelMs: cancelMs } })

beforeEach(async () => {
  rack = newRack()
  clock = new Date('2026-11-20T12:00:00Z')
  database = await testDatabase()
  app = await start()
})
afterEach(async () => {
  await app.close()
  await database.close()
})
const wait = (ms: number) => {
  clock = new Date(clock.getTime() + ms)
}
const ask = async (level = 3) =>
  (await app.call('set_level', { cluster: 'east', name: 'web', level })).answer.approval!.id
const approve = async (id: string, more: object = {}) =>
  (await app.call('decide_approval', { id, approve: true, ...more }, person)).answer
const cancel = async (id: string, actor = owner) =>
  (await app.call('cancel_approval', { id }, { actor, face: 'rest' })).answer
const names = async (id: string) =>
  (await app.core.events.after(0, { subjects: [`approvals/${id}`] }, 20)).map(({ name }) => name)

describe('the moments between a yes and its change', () => {
  it('are said, and nothing is changed in them', async () => {
    const id = await ask()
    const scheduled = (await approve(id)).data as unknown as ApprovalPayload
    expect(scheduled).toMatchObject({
      state: 'scheduled',
      decidedBy: 'Local owner',
      applyAt: '2026-11-20T12:00:05.000Z',
    })
    expect(rack.runs).toEqual([])
    expect(await app.core.approvals.recover(clock)).toBe(0)
    expect(rack.runs).toEqual([])
  })

  it('end in the change, which is planned once more right before', async () => {
    const id = await ask()
    await approve(id)
    wait(5_000)
    expect(await app.core.approvals.recover(clock)).toBe(1)
    expect(rack.runs).toEqual([id])
    expect(await app.core.approvals.get(id)).toMatchObject({ state: 'succeeded', endedAt: expect.any(String) })
    expect(await names(id)).toEqual(['approval.asked', 'approval.scheduled', 'approval.started', 'approval.succeeded'])
    expect(await app.core.approvals.recover(clock)).toBe(0)
    expect(rack.runs).toHaveLength(1)
  })

  it('can be used to cancel, by anybody who may decide; then nothing was changed', async () => {
    const id = await ask()
    await approve(id)
    const agent = await cancel(id, { ...owner, kind: 'agent' })
    expect(agent.error?.code).toBe('permission-denied')
    expect((await cancel(id, { ...owner, role: 'viewer' })).error?.code).toBe('permission-denied')
    expect((await cancel(id, { ...owner, id: 'grace', name: 'Grace' })).data).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'Grace',
    })
    wait(5_000)
    await app.core.approvals.recover(clock)
    expect(rack.runs).toEqual([])
    expect((await cancel(id)).error?.code).toBe('approval-used')
    expect((await approve(id)).error?.code).toBe('approval-used')
    expect((await names(id)).at(-1)).toBe('approval.cancelled')
  })

  it('do not let a decision be taken twice', async () => {
    const id = await ask()
    await approve(id)
    expect((await approve(id)).error).toMatchObject({ code: 'approval-used', next: expect.stringContaining('cancel') })
    expect((await app.call('decide_approval', { id, approve: false }, person)).answer.error?.code).toBe('approval-used')
  })

  it('what has not been approved cannot be cancelled: it is denied', async () => {
    expect((await cancel(await ask())).error).toMatchObject({ code: 'conflict', next: expect.stringContaining('Deny') })
  })

  it('drift within them makes a new plan instead of a change', async () => {
    const id = await ask()
    await approve(id)
    rack.levels.set('east/web', 7)
    wait(5_000)
    await app.core.approvals.recover(clock)
    const old = await app.core.approvals.get(id)
    expect(old).toMatchObject({ state: 'superseded' })
    expect(await app.core.approvals.get(old.supersededBy!)).toMatchObject({
      state: 'pending',
      changes: ['level: 2 → 7'],
    })
    expect(rack.runs).toEqual([])
  })

  it('what cannot work any more at their end fails, and says that nothing was changed', async () => {
    const id = await ask()
    await approve(id)
    rack.full = true
    wait(5_000)
    await app.core.approvals.recover(clock)
    expect(await app.core.approvals.get(id)).toMatchObject({
      state: 'failed',
      outcome: { error: { code: 'does-not-fit', changed: 'nothing' } },
    })
    expect(rack.runs).toEqual([])
  })

  it('survive a restart: the next process runs what is due, once, and nothing that is too old', async () => {
    const due = await ask(3)
    await approve(due)
    await app.close()
    wait(10_000)
    app = await start()
    const both = await Promise.all([app.core.approvals.recover(clock), app.core.approvals.recover(clock)])
    expect(both.reduce((sum, one) => sum + one)).toBe(1)
    expect(rack.runs).toEqual([due])

    const old = await ask(4)
    await approve(old)
    wait(10 * 60_000)
    await app.core.approvals.recover(clock)
    await app.core.approvals.list({ limit: 1 })
    expect(rack.runs).toEqual([due])
    expect(await app.core.approvals.get(old)).toMatchObject({
      state: 'expired',
      reason: expect.stringContaining('nothing was changed'),
    })
  })

  it('a yes just before the approval expires still counts', async () => {
    const id = await ask()
    wait(15 * 60_000 - 1)
    await approve(id)
    wait(5_000)
    await app.core.approvals.recover(clock)
    expect(await app.core.approvals.get(id)).toMatchObject({ state: 'succeeded' })
  })

  it('pass by themselves, and a client that waits on its call has none', async () => {
    clock = new Date()
    const ticking = await startApp({
      domains: [rackDomain(rack), system],
      database,
      config: { approvalCancelMs: 50 },
    })
    const id = (await ticking.call('set_level', { cluster: 'east', name: 'web', level: 5 })).answer.approval!.id
    await ticking.call('decide_approval', { id, approve: true }, person)
    await expect.poll(async () => (await ticking.core.approvals.get(id)).state, { timeout: 5_000 }).toBe('succeeded')
    await ticking.close()

    const waited = await ask(9)
    const { answer } = await app.call('decide_approval', { id: waited, approve: true }, { actor: owner, face: 'mcp' })
    expect(answer.data).toMatchObject({ state: 'succeeded' })
  })
})
