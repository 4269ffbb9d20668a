import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase } from '#db/testing.ts'
import { system } from '#tools/system/domain.ts'
import { owner, startApp, type TestApp } from '../testing/app.ts'
import { newShelf, type Shelf, shelfDomain } from '../testing/domain.ts'

let shelf: Shelf
let app: TestApp
let clock = new Date('2026-11-20T12:00:00Z')

beforeAll(async () => {
  shelf = newShelf(0)
  app = await startApp({ domains: [shelfDomain(shelf), system], now: () => clock })
})
afterAll(() => app.close())
beforeEach(() => {
  shelf.things.clear()
  shelf.runs.length = 0
  shelf.fail = undefined as never
})

const person = { actor: owner, face: 'rest' as const }
async function ask(input: object = { id: 'lamp' }): Promise<string> {
  const { answer } = await app.call('place_thing', input)
  expect(answer.card).toBe('approval')
  return answer.approval!.id
}
const decide = async (id: string, approve = true, more: object = {}) =>
  (await app.call('decide_approval', { id, approve, ...more }, person)).answer

describe('a change', () => {
  it('is planned, waits, and changes nothing until a person approves; then it runs once', async () => {
    const { answer, text, status } = await app.call('place_thing', { id: 'lamp', count: 2 })
    expect(status).toBe(202)
    expect(answer.approval).toMatchObject({
      state: 'pending',
      tool: 'place_thing',
      askedBy: 'Local owner',
      plan: { summary: 'Place 2 lamp' },
    })
    expect(text).toContain('waits for a person; nothing has been changed')
    expect(shelf.things.size).toBe(0)

    const decided = await decide(answer.approval!.id)
    expect(decided.data).toMatchObject({
      state: 'succeeded',
      decidedBy: 'Local owner',
      outcome: { card: 'progress', subject: 'shelf/lamp' },
    })
    expect(shelf.things.get('lamp')).toBe(2)
    expect(shelf.runs).toEqual([answer.approval!.id])
  })

  it('used twice is refused the second time', async () => {
    const id = await ask()
    await decide(id)
    expect((await decide(id)).error?.code).toBe('approval-used')
    expect((await decide(id, false)).error?.code).toBe('approval-used')
    expect(shelf.runs).toHaveLength(1)
  })

  it('approved by several people at once runs once', async () => {
    const id = await ask()
    const answers = await Promise.all(Array.from({ length: 6 }, () => decide(id)))
    expect(answers.filter(({ error }) => !error)).toHaveLength(1)
    expect(shelf.runs).toHaveLength(1)
  })

  it('denied leaves nothing changed and says so', async () => {
    const id = await ask()
    expect((await decide(id, false, { reason: 'not today' })).data).toMatchObject({
      state: 'denied',
      reason: 'not today',
    })
    expect((await decide(id)).error?.code).toBe('approval-used')
    expect(shelf.runs).toHaveLength(0)
  })

  it('expired is refused and changes nothing', async () => {
    const id = await ask()
    const before = clock
    clock = new Date(clock.getTime() + 16 * 60_000)
    expect((await decide(id)).error).toMatchObject({ code: 'approval-expired' })
    clock = before
    expect(shelf.runs).toHaveLength(0)
  })

  it('with an id that was made up is refused', async () => {
    expect((await decide('a-forged-one')).error?.code).toBe('not-found')
  })

  it('whose guard moved dies, and a new one says what changed', async () => {
    const id = await ask()
    shelf.revision++
    const old = (await decide(id)).data as { state: string; supersededBy: string }
    expect(old.state).toBe('superseded')
    expect(shelf.runs).toHaveLength(0)
    const next = await app.core.approvals.get(old.supersededBy)
    expect(next).toMatchObject({
      state: 'pending',
      supersedes: id,
      changes: [`revision: ${shelf.revision - 1} → ${shelf.revision}`],
    })
    await decide(next.id)
    expect(shelf.runs).toEqual([next.id])
  })

  it('that cannot work bothers nobody', async () => {
    const before = (await app.core.approvals.list({ limit: 100 })).length
    expect((await app.call('place_thing', { id: 'too-big' })).answer.error?.code).toBe('does-not-fit')
    expect((await app.call('place_thing', { id: 'hopeless' })).answer.error).toMatchObject({
      code: 'does-not-fit',
      changed: 'nothing',
    })
    expect(await app.core.approvals.list({ limit: 100 })).toHaveLength(before)
  })

  it('that fails while it runs ends failed, with the reason, and whether something may have changed', async () => {
    const id = await ask()
    shelf.fail = new Error('half way')
    const failed = (await decide(id)).data as { state: string; outcome: { error: { changed: string } } }
    expect(failed.state).toBe('failed')
    expect(failed.outcome.error.changed).toBe('unknown')
  })

  it('runs as stored: what the agent says later does not matter', async () => {
    const id = await ask({ id: 'lamp', count: 1 })
    await app.call('place_thing', { id: 'lamp', count: 99 })
    await decide(id)
    expect(shelf.things.get('lamp')).toBe(1)
  })

  it('each step is an event with the subject of the approval', async () => {
    const id = await ask()
    await decide(id)
    const events = await app.core.events.after(0, { subjects: [`approvals/${id}`] }, 10)
    expect(events.map(({ name }) => name)).toEqual(['approval.asked', 'approval.started', 'approval.succeeded'])
  })
})

describe('danger', () => {
  it('asks for the owner and the typed name', async () => {
    const { answer } = await app.call('clear_shelf')
    const { id } = answer.approval!
    shelf.things.set('lamp', 1)
    expect((await decide(id)).error).toMatchObject({ code: 'invalid-input', field: 'typedName' })
    expect((await decide(id, true, { typedName: 'shelf-2' })).error?.field).toBe('typedName')
    const operator = await app.call(
      'decide_approval',
      { id, approve: true, typedName: 'shelf-1' },
      { ...person, actor: { ...owner, role: 'operator' } },
    )
    expect(operator.answer.error?.code).toBe('permission-denied')
    expect(shelf.things.size).toBe(1)
    expect((await decide(id, true, { typedName: 'shelf-1' })).data).toMatchObject({ state: 'succeeded' })
    expect(shelf.things.size).toBe(0)
  })
})

describe('who may decide', () => {
  it.each([{ kind: 'agent' as const }, { kind: 'worker' as const }, { role: 'viewer' as const }])(
    '%j may not',
    async (wrong) => {
      const id = await ask()
      const { answer } = await app.call(
        'decide_approval',
        { id, approve: true },
        { actor: { ...owner, ...wrong }, face: 'rest' },
      )
      expect(answer.error?.code).toBe('permission-denied')
      expect(shelf.runs).toHaveLength(0)
    },
  )
})

describe('cut off between intent and outcome', () => {
  it('an idempotent change is run again with the same key; the other is marked as interrupted', async () => {
    const database = await testDatabase()
    const mine = newShelf(0)
    const first = await startApp({ domains: [shelfDomain(mine), system], database, now: () => clock })
    const place = (await first.call('place_thing', { id: 'lamp' })).answer.approval!.id
    const clear = (await first.call('clear_shelf')).answer.approval!.id
    // The process dies after the claim: the row says running, nothing finishes it
    const { createApprovalStore } = await import('./approval-store.ts')
    const store = createApprovalStore({ database: database.lazy, events: first.core.events, now: () => clock })
    await store.claim(place, { by: 'Ada' })
    await store.claim(clear, { by: 'Ada' })
    await first.close()

    const later = () => new Date(clock.getTime() + 10 * 60_000)
    const second = await startApp({ domains: [shelfDomain(mine), system], database, now: later })
    await second.core.approvals.recover(later())
    expect(await second.core.approvals.get(place)).toMatchObject({ state: 'succeeded' })
    expect(mine.runs).toEqual([place])
    expect(await second.core.approvals.get(clear)).toMatchObject({ state: 'interrupted' })
    await second.close()
    await database.close()
  })
})
