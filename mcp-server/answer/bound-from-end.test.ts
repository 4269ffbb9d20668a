import { expect, it } from 'vitest'
import { bound } from './bound.ts'

const lines = Array.from({ length: 100 }, (_, index) => ({ n: index + 1, text: `line ${index + 1}` }))
const text = (data: Record<string, unknown>) => (data.lines as { text: string }[]).map((line) => line.text).join('\n')
const shown = (offset: number) =>
  (bound({ kind: 'log', data: { title: 't', lines }, text, limit: 40, offset }).data.lines as { n: number }[]).map(
    ({ n }) => n,
  )

it('pages a log from its newest lines back to its oldest, each page oldest first', () => {
  expect([shown(0)[0], shown(0).at(-1)]).toEqual([61, 100])
  expect([shown(40)[0], shown(40).at(-1)]).toEqual([21, 60])
  expect([shown(80)[0], shown(80).at(-1)]).toEqual([1, 20])
})
