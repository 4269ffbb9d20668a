import { expect, it } from 'vitest'
import type { ChatMessage } from '../types.ts'
import { openingTurns } from './opening-turns.ts'

const said = (index: number, text: string): ChatMessage => ({
  id: `m${index}`,
  role: index % 2 === 0 ? 'user' : 'assistant',
  parts: [{ type: 'text', text }],
})
const withCard = (index: number): ChatMessage => ({
  ...said(index, 'Two do not answer.'),
  parts: [
    {
      type: 'dynamic-tool',
      toolName: 'list_nodes',
      toolCallId: `c${index}`,
      state: 'output-available',
      input: {},
      output: { answer: { card: 'table' } },
    },
    { type: 'text', text: 'Two do not answer.' },
  ],
})

it('a conversation opens with as many turns as fill the page, and never with more than twelve', () => {
  const short = Array.from({ length: 40 }, (_, index) => said(index, 'Yes.'))
  expect(openingTurns(short)).toBe(12)
  expect(openingTurns(short.slice(0, 5))).toBe(5)
  const tall = Array.from({ length: 40 }, (_, index) => withCard(index))
  expect(openingTurns(tall)).toBeLessThan(openingTurns(short))
  expect(openingTurns(tall)).toBeGreaterThanOrEqual(4)
  expect(openingTurns([...short, said(41, 'word '.repeat(4_000))])).toBe(1)
})

it('an empty conversation has room for the first turn', () => {
  expect(openingTurns([])).toBe(1)
})
