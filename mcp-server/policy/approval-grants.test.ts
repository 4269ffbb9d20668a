import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eq } from '#db/drizzle.ts'
import { conversations } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { agent, owner, startApp, type TestApp } from '../testing/app.ts'
import { newShelf, shelfDomain } from '../testing/domain.ts'
import { newRack, type Rack, rackDomain } from '../testing/rack.ts'

const person = { actor: owner, face: 'rest' as const }
let rack: Rack
let clock: Date
let database: TestDatabase
let app: TestApp

beforeEach(async () => {
  rack = newRack()
  clock = new Date('2026-11-20T12:03:00Z')
  database = await testDatabase()
  app = await startApp({ domains: [rackDomain(rack), shelfDomain(newShelf()), system], database, now: () => clock })
  for (const id of ['c1', 'c2'])
    await database.db
      .insert(conversations)
      .values({ id, owner: 'local', title: id, personaId: 'default', clusters: [], createdAt: clock, updatedAt: clock })
})
afterEach(async () => {
  await app.close()
  await database.close()
})

const inConversation = (conversation: string, more: object = {}) => ({
  actor: { ...agent, persona: undefined as never, conversation, ...more },
})
const set = (input: object, more: object = inConversation('c1')) =>
  app.call('set_level', { cluster: 'east', name: 'web', level: 3, ...input }, more)
const decide = async (id: string, more: object = {}) =>
  (await app.call('decide_approval', { id, approve: true, ...more }, person)).answer

async function granted() {
  const { answer } = await set({})
  expect(answer.approval).toMatchObject({ state: 'pending', target: 'Set a level: web on east' })
  const decided = await decide(answer.approval!.id, { scope: 'target-hour' })
  return decided.data as unknown as { grant: { id: string; until: string } }
}

describe('a yes for one target and an hour', () => {
  it('lets the same change of the same target run at once, planned, recorded and with its receipt', async () => {
    const { grant } = await granted()
    expect(grant).toMatchObject({ until: '2026-11-20T13:03:00.000Z' })
    const { answer, text, status } = await set({ level: 8 })
    expect(status).toBe(200)
    expect(answer.approval).toMatchObject({
      state: 'succeeded',
      grantId: grant.id,
      decidedBy: 'Local owner, granted 12:03 UTC',
      plan: { summary: 'Set web on east from 3 to 8' },
    })
    expect(text).toContain('nobody was asked again')
    expect(text).toContain('web is 8')
    expect(rack.levels.get('east/web')).toBe(8)
    const [row] = await app.core.audit.list({ tool: 'set_level', limit: 1 })
    expect(row).toMatchObject({ decision: 'approved', approval: answer.approval!.id })
    const told = await app.core.events.after(0, { subjects: [`approvals/${answer.approval!.id}`] }, 9)
    expect(told.map(({ name }) => name)).toEqual(['approval.started', 'approval.succeeded'])
    const listed = await app.call('list_approval_grants', { conversation: 'c1' }, person)
    expect(listed.answer.data).toMatchObject({ rows: [{ id: grant.id, uses: 1 }] })
  })

  it.each([
    ['another name', { name: 'db' }, undefined],
    ['another cluster', { cluster: 'west' }, undefined],
    ['another flag', { force: true }, undefined],
    ['another conversation', {}, inConversation('c2')],
    ['another person', {}, inConversation('c1', { id: 'grace' })],
  ])('does not cover %s', async (_, input, who) => {
    await granted()
    const { answer } = await set(input, who)
    expect(answer.approval?.state).toBe('pending')
    expect(rack.runs).toHaveLength(1)
  })

  it('ends with its hour, with its revocation and with its conversation', async () => {
    const { grant } = await granted()
    clock = new Date(clock.getTime() + 3_600_000)
    expect((await set({ level: 4 })).answer.approval?.state).toBe('pending')
    clock = new Date(clock.getTime() - 60_000)
    expect((await set({ level: 5 })).answer.approval?.state).toBe('succeeded')
    const byAgent = await app.call('revoke_approval_grant', { id: grant.id })
    expect(byAgent.answer.error?.code).toBe('permission-denied')
    const revoked = await app.call('revoke_approval_grant', { id: grant.id }, person)
    expect(revoked.answer.data).toMatchObject({ rows: [{ id: grant.id, revokedAt: expect.any(String) }] })
    expect((await app.call('revoke_approval_grant', { id: grant.id }, person)).answer.error?.code).toBe('conflict')
    expect((await set({ level: 6 })).answer.approval?.state).toBe('pending')
  })

  it.each(['the change that it was given with', 'one that it covered'])(
    'ends when %s is rolled back',
    async (which) => {
      await granted()
      const { answer } = await set({ level: 8 })
      expect(answer.approval?.state).toBe('succeeded')
      const given = (await app.call('list_approvals', {}, person)).answer.data as { rows: { id: string }[] }
      const id = which === 'one that it covered' ? answer.approval!.id : given.rows.at(-1)!.id
      const asked = (await app.call('roll_back_approval', { id }, person)).answer.data as { id: string }
      expect((await decide(asked.id)).data).toMatchObject({ state: 'succeeded' })
      expect((await app.core.approvals.get(id)).rolledBackBy).toBe(asked.id)
      expect((await set({ level: 7 })).answer.approval?.state).toBe('pending')
      expect(await app.core.approvals.grants.active({})).toEqual([])
    },
  )

  it('ends when its conversation is deleted', async () => {
    await granted()
    await database.db.delete(conversations).where(eq(conversations.id, 'c1'))
    expect((await set({ level: 5 })).answer.approval?.state).toBe('pending')
    expect((await app.core.approvals.grants.active({})).length).toBe(0)
  })

  it('of an approval that failed or was cancelled allows nothing', async () => {
    const { answer } = await set({})
    const store = app.core.approvals
    rack.full = true
    expect((await decide(answer.approval!.id, { scope: 'target-hour' })).error?.code).toBe('does-not-fit')
    rack.full = false
    expect(await store.grants.active({})).toEqual([])
    expect((await set({ level: 5 })).answer.approval?.state).toBe('pending')
  })

  it('is never offered nor taken for danger, money, or what names no single object', async () => {
    rack.price = true
    const priced = (await set({})).answer.approval!
    const placed = (await app.call('place_thing', { id: 'lamp' }, inConversation('c1'))).answer.approval!
    const danger = (await app.call('clear_shelf', {}, inConversation('c1'))).answer.approval!
    const alone = (await app.call('set_level', { cluster: 'east', name: 'web', level: 3 })).answer.approval!
    for (const one of [priced, placed, danger, alone]) {
      expect(one.target).toBeUndefined()
      const typedName = one.plan.typedName
      const { error } = await decide(one.id, { scope: 'target-hour', ...(typedName && { typedName }) })
      expect(error).toMatchObject({ code: 'invalid-input', field: 'scope' })
    }
    expect(rack.runs).toEqual([])
  })

  it('does not cover a plan that costs money since', async () => {
    await granted()
    rack.price = true
    expect((await set({ level: 9 })).answer.approval?.state).toBe('pending')
  })
})
