import fc from 'fast-check'
import { expect, it } from 'vitest'
import { columns, inOrder, packed, placeFor, put, resized, type Step, stepped } from './layout.ts'

interface Place {
  id: string
  x: number
  y: number
  w: number
  h: number
}
const place = fc.record({
  x: fc.integer({ min: -3, max: 14 }),
  y: fc.integer({ min: 0, max: 30 }),
  w: fc.integer({ min: 1, max: 14 }),
  h: fc.integer({ min: 1, max: 12 }),
})
const board = fc
  .array(place, { minLength: 1, maxLength: 14 })
  .map((places): Place[] => packed(places.map((one, index) => ({ ...one, id: `c${index}` }))))
const step = fc.constantFrom<Step>('left', 'right', 'up', 'down')

function sound(cards: readonly Place[]) {
  for (const a of cards) {
    expect(a.x).toBeGreaterThanOrEqual(0)
    expect(a.x + a.w).toBeLessThanOrEqual(columns)
    expect(Number.isInteger(a.y)).toBe(true)
    for (const b of cards)
      if (a.id < b.id)
        expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h, `${a.id} ${b.id}`).toBe(false)
  }
}

it('however cards are moved and sized, none lies on another and all are on the grid', () => {
  fc.assert(
    fc.property(board, fc.array(fc.tuple(fc.nat(), step, fc.boolean()), { maxLength: 20 }), (start, moves) => {
      let cards = start
      sound(cards)
      for (const [which, way, size] of moves) {
        const { id } = cards[which % cards.length]!
        cards = size ? resized(cards, id, way) : stepped(cards, id, way)
        sound(cards)
        expect(cards.map((card) => card.id)).toEqual(start.map((card) => card.id))
      }
    }),
  )
})

it('packing what is packed changes nothing', () => {
  fc.assert(
    fc.property(board, (cards) => {
      expect(packed(cards)).toEqual(cards)
    }),
  )
})

it('a step down goes past the card below, and a step up brings it back', () => {
  const cards = [
    { id: 'a', x: 0, y: 0, w: 6, h: 4 },
    { id: 'b', x: 0, y: 4, w: 6, h: 3 },
    { id: 'c', x: 6, y: 0, w: 6, h: 5 },
  ]
  const down = stepped(cards, 'a', 'down')
  expect(inOrder(down).map(({ id, y }) => [id, y])).toEqual([
    ['b', 0],
    ['c', 0],
    ['a', 3],
  ])
  expect(stepped(down, 'a', 'up')).toEqual(cards)
  expect(stepped(cards, 'c', 'down')).toEqual(cards)
})

it('what is put somewhere stays there, and the others make room', () => {
  const cards = [
    { id: 'a', x: 0, y: 0, w: 6, h: 4 },
    { id: 'b', x: 6, y: 0, w: 6, h: 4 },
  ]
  const moved = put(cards, { ...cards[1]!, x: 0, y: 0 })
  expect(moved).toEqual([
    { id: 'a', x: 0, y: 4, w: 6, h: 4 },
    { id: 'b', x: 0, y: 0, w: 6, h: 4 },
  ])
})

it('one more card finds a place that is free', () => {
  fc.assert(fc.property(board, (cards) => sound([...cards, { id: 'new', ...placeFor(cards) }])))
})
