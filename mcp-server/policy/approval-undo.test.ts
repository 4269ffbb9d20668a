import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApprovalPayload } from '#contract'
import { system } from '#tools/system/domain.ts'
import { agent, owner, startApp, type TestApp } from '../testing/app.ts'
import { newShelf, shelfDomain } from '../testing/domain.ts'
import { newRack, type Rack, rackDomain } from '../testing/rack.ts'

const person = { actor: owner, face: 'rest' as const }
let rack: Rack
let app: TestApp
beforeEach(async () => {
  rack = newRack()
  app = await startApp({ domains: [rackDomain(rack), shelfDomain(newShelf()), system] })
})
afterEach(() => app.close())
const decide = async (id: string) =>
  (await app.call('decide_approval', { id, approve: true }, person)).answer.data as unknown as ApprovalPayload
const rollBack = async (id: string, actor = owner) =>
  (await app.call('roll_back_approval', { id }, { actor, face: 'rest' })).answer
const ask = async (level: number) =>
  (await app.call('set_level', { cluster: 'east', name: 'web', level }, { actor: { ...agent, conversation: 'c1' } }))
    .answer.approval!.id

describe('undoing a change', () => {
  it('is another approval with its own plan; afterwards the first one shows who undid it', async () => {
    const id = await ask(5)
    expect((await app.core.approvals.get(id)).canRollBack).toBeUndefined()
    expect(await decide(id)).toMatchObject({ state: 'succeeded', canRollBack: true })
    const asked = (await rollBack(id)).data as unknown as ApprovalPayload
    expect(asked).toMatchObject({
      ...{ state: 'pending', rollsBack: id, askedBy: 'Local owner', conversation: 'c1' },
      plan: { summary: 'Set web on east from 5 to 2' },
    })
    expect(rack.levels.get('east/web')).toBe(5)
    expect((await rollBack(id)).data).toMatchObject({ id: asked.id })
    expect(await decide(asked.id)).toMatchObject({ state: 'succeeded' })
    expect(rack.levels.get('east/web')).toBe(2)
    const first = await app.core.approvals.get(id)
    expect(first).toMatchObject({ state: 'succeeded', rolledBackBy: asked.id })
    expect(first.canRollBack).toBeUndefined()
    expect((await rollBack(id)).error).toMatchObject({ code: 'conflict' })
    const told = await app.core.events.after(0, { subjects: [`approvals/${id}`] }, 9)
    expect(told.at(-1)).toMatchObject({ name: 'approval.rolled-back', data: { rolledBackBy: asked.id } })
  })

  it('keeps its tie over a new plan, when something moved meanwhile', async () => {
    const id = await ask(5)
    await decide(id)
    const asked = (await rollBack(id)).data as unknown as ApprovalPayload
    rack.levels.set('east/web', 6)
    const { supersededBy } = await decide(asked.id)
    await decide(supersededBy!)
    expect(await app.core.approvals.get(id)).toMatchObject({ rolledBackBy: supersededBy })
  })

  it('is for what succeeded, for tools that know the way back, and for people', async () => {
    const waiting = await ask(5)
    expect((await rollBack(waiting)).error?.code).toBe('conflict')
    const placed = (await app.call('place_thing', { id: 'lamp' })).answer.approval!.id
    await decide(placed)
    expect((await rollBack(placed)).error?.code).toBe('conflict')
    await decide(waiting)
    expect((await rollBack(waiting, { ...owner, kind: 'agent' })).error?.code).toBe('permission-denied')
    expect((await rollBack(waiting, { ...owner, role: 'viewer' })).error?.code).toBe('permission-denied')
  })
})
