import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { cards } from '#contract'
import { defineDomain, defineTool } from '#define'
import { system } from '#tools/system/domain.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'

/** Rooms fill up while a person thinks. */
const rooms = new Map<string, number>()
const booked: string[] = []

const input = z.strictObject({ room: z.string().optional().describe('Default: the emptiest') })
const bookRoom = defineTool({
  name: 'book_room',
  title: 'Book a room',
  about: 'Books the room that is named, or the one with most seats when it is planned',
  risk: 'change',
  afterCrash: 'rerun',
  card: 'status',
  needs: [],
  input,
  output: cards.status.payload,
  examples: [{}],
  text: ({ title }) => title,
  async plan(given) {
    const room = given.room ?? [...rooms].sort(([, a], [, b]) => b - a)[0]![0]
    return {
      summary: `Book ${room}`,
      verb: 'Book',
      steps: [],
      checks: [],
      impact: [],
      guard: { seats: String(rooms.get(room)) },
      input: { room },
    }
  },
  async run({ room = 'nobody chose' }) {
    booked.push(room)
    return { data: { title: room, state: 'booked', tone: 'good' as const, facts: [], checks: [] } }
  },
})

let app: TestApp
beforeAll(async () => {
  app = await startApp({
    domains: [defineDomain({ name: 'rooms', about: 'Rooms to book', tools: [bookRoom] }), system],
  })
})
afterAll(() => app.close())

const ask = async (given: object = {}) => (await app.call('book_room', given, { actor: owner })).answer.approval!
const approve = async (id: string) =>
  (await app.call('decide_approval', { id, approve: true }, { actor: owner })).answer.data as { state: string }

describe('a plan that chose what the caller left open', () => {
  it('runs what it chose, whatever else has become better since', async () => {
    rooms.set('attic', 3).set('cellar', 9)
    const approval = await ask()
    expect(approval.plan.summary).toBe('Book cellar')
    expect(approval.plan).not.toHaveProperty('input')
    rooms.set('attic', 50)
    expect(await approve(approval.id)).toMatchObject({ state: 'succeeded' })
    expect(booked).toEqual(['cellar'])
  })

  it('dies where what it chose has moved', async () => {
    rooms.set('attic', 3).set('cellar', 9)
    const approval = await ask()
    rooms.set('cellar', 8)
    expect(await approve(approval.id)).toMatchObject({ state: 'superseded' })
    expect(booked).toEqual(['cellar'])
  })

  it('keeps what the caller chose', async () => {
    const approval = await ask({ room: 'attic' })
    expect(await approve(approval.id)).toMatchObject({ state: 'succeeded' })
    expect(booked.at(-1)).toBe('attic')
  })
})
