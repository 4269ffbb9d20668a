import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { PinnedCard } from '../dashboards/types.ts'
import { createDashboard } from './dashboard-request.ts'
import { dashboardStore } from './dashboards.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.close())

const card = (id: string, tool = 'list_nodes'): PinnedCard => ({
  id,
  tool,
  input: {},
  title: id,
  x: 0,
  y: 0,
  w: 6,
  h: 6,
})
let ids = 0
const storeOf = (owner: string) =>
  dashboardStore({
    db: async () => database.db,
    owner,
    now: () => new Date(),
    newId: () => `d${++ids}`,
    check: async (cards) => {
      for (const { tool } of cards)
        if (tool === 'drain_node')
          throw new ToolError('invalid-input', 'drain_node changes something.', {
            next: 'Pin another.',
            field: 'cards',
          })
    },
  })
const ada = storeOf('ada')
const bob = storeOf('bob')

describe('dashboards', () => {
  it('belong to one person until they are shared, and then the others only look', async () => {
    const made = await ada.create({ title: 'Nights', cards: [card('a')] })
    expect((await bob.list()).map(({ id }) => id)).not.toContain(made.id)
    await expect(bob.get(made.id)).rejects.toMatchObject({ code: 'not-found' })
    const shared = await ada.update(made.id, { version: 1, shared: true })
    expect(await bob.get(made.id)).toMatchObject({ title: 'Nights', mine: false, version: shared.version })
    await expect(bob.update(made.id, { version: 2, title: 'Mine' })).rejects.toMatchObject({
      code: 'permission-denied',
    })
    await expect(bob.remove(made.id)).rejects.toMatchObject({ code: 'permission-denied' })
    expect(await ada.get(made.id)).toMatchObject({ title: 'Nights' })
  })

  it('a change that rests on an older one is refused with the newer one', async () => {
    const { id } = await ada.create({ title: 'Two windows', cards: [] })
    await ada.update(id, { version: 1, cards: [card('first')] })
    await expect(ada.update(id, { version: 1, title: 'Late' })).rejects.toMatchObject({
      code: 'conflict',
      status: 409,
      options: { details: { current: { version: 2, cards: [{ id: 'first' }] } } },
    })
    expect(await ada.get(id)).toMatchObject({ title: 'Two windows', version: 2 })
  })

  it('of many changes at once one counts', async () => {
    const { id } = await ada.create({ title: 'Race', cards: [] })
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => ada.update(id, { version: 1, title: `Race ${index}` })),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await ada.get(id)).version).toBe(2)
  })

  it('what changes is not pinned: not at first, not later, not by a file', async () => {
    await expect(ada.create({ title: 'No', cards: [card('a', 'drain_node')] })).rejects.toMatchObject({
      code: 'invalid-input',
    })
    const { id } = await ada.create({ title: 'Yes', cards: [card('a')] })
    await expect(ada.update(id, { version: 1, cards: [card('a'), card('b', 'drain_node')] })).rejects.toMatchObject({
      options: { field: 'cards' },
    })
    expect((await ada.get(id)).cards).toHaveLength(1)
  })

  it('one that was deleted comes back under its id', async () => {
    const made = await ada.create({ title: 'Gone', cards: [card('a')] })
    await ada.remove(made.id)
    await expect(ada.get(made.id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await ada.create({ id: made.id, title: made.title, cards: made.cards })).toMatchObject({ id: made.id })
    await expect(bob.create({ id: made.id, title: 'Taken', cards: [] })).rejects.toMatchObject({ code: 'conflict' })
  })
})

it('a card lies on the grid and has an id of its own', () => {
  const take = (cards: object[]) => createDashboard.safeParse({ title: 'A', cards }).success
  expect(take([card('a'), card('b')])).toBe(true)
  expect(take([card('a'), card('a')])).toBe(false)
  expect(take([{ ...card('a'), x: 7 }])).toBe(false)
  expect(take([{ ...card('a'), input: { text: 'x'.repeat(9_000) } }])).toBe(false)
  expect(take([{ ...card('a'), tool: '../../x' }])).toBe(false)
})
