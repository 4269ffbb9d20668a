import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleAnswer } from '../../../testing/examples.ts'
import type { Answer, ChatMessage } from '../types.ts'
import { cardsOf } from './cards-shown.ts'

interface Given {
  /** Its call still runs; the kind of card that will come */
  runs?: string
  name?: string
  input?: object
  answer?: Answer
  isError?: boolean
}
const turn = (...calls: Given[]): ChatMessage => ({
  id: 'm',
  role: 'assistant',
  parts: calls.map(
    ({ name = 'list_nodes', input = {}, answer = exampleAnswer('nodes'), isError = false, runs }, index) => ({
      type: 'dynamic-tool',
      toolName: name,
      toolCallId: `c${index}`,
      input,
      ...(runs === undefined
        ? { state: 'output-available', output: { text: '', isError, tookMs: 1, answer } }
        : { state: 'input-available', toolMetadata: { card: runs } }),
    }),
  ) as ChatMessage['parts'],
})
const open = (message: ChatMessage) => [...cardsOf(message).open]

describe('which answers of a turn deserve a card (CHT-052)', () => {
  it('keeps the last of several readings of one list, wherever its pages began', () => {
    const again = turn(
      { input: { cluster: 'a', limit: 5 } },
      { input: { cluster: 'b' } },
      { input: { limit: 50, cluster: 'a' } },
    )
    expect(open(again)).toEqual(['c1', 'c2'])
  })

  it('leaves one fact, searches of the model and corrected mistakes to their row', () => {
    const fact: Answer = {
      card: 'record',
      at: '',
      data: { title: 'x', kind: 'k', facts: [{ label: 'a', value: '1' }] },
    }
    const error: Answer = { card: 'error', at: '', error: { code: 'not-found', message: 'm', next: 'n' } as never }
    expect(
      open(
        turn(
          { name: 'get_node', answer: fact },
          { name: 'search_tools' },
          { name: 'list_pods', answer: error, isError: true },
          { name: 'list_pods', input: { cluster: 'a' } },
        ),
      ),
    ).toEqual(['c3'])
  })

  it('makes room for the cards that will stand, and for no other', () => {
    const coming = (...calls: Given[]) => [...cardsOf(turn(...calls)).coming]
    expect(coming({ runs: 'nodes' }, { name: 'search_tools', runs: 'table' })).toEqual(['c0'])
    // Read again: its card stands already
    expect(coming({ input: { cluster: 'a' } }, { input: { cluster: 'a', cursor: 'x' }, runs: 'nodes' })).toEqual([])
    const reads = ['a', 'b', 'c', 'd', 'e'].map((cluster) => ({ input: { cluster }, runs: 'nodes' }))
    expect(coming(...reads)).toEqual(['c0', 'c1', 'c2'])
    expect(coming({}, ...reads, { name: 'drain_node', runs: 'approval' })).toEqual(['c1', 'c2', 'c6'])
  })

  it('shows that nothing was found only where nothing else was', () => {
    const empty: Answer = { card: 'table', at: '', empty: { title: 'No pods', why: 'none' } as never }
    expect(open(turn({ answer: empty }, { name: 'list_alerts' }))).toEqual(['c1'])
    expect(open(turn({ answer: empty }))).toEqual(['c0'])
  })

  it('folds what is beyond three, but never a decision', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const many = turn(...names.map((name) => ({ name })), { name: 'deploy_model', answer: exampleAnswer('approval') })
    const { open: standing, folded } = cardsOf(many)
    expect([...standing].sort()).toEqual(['c0', 'c1', 'c6'])
    expect(folded.map(({ id }) => id)).toEqual(['c2', 'c3', 'c4', 'c5'])
  })

  it('never shows a call twice, nor loses a decision, whatever came before', () => {
    const kinds = ['nodes', 'table', 'approval', 'progress', 'record', 'time-series'] as const
    const given = fc.record({ name: fc.constantFrom('a', 'b', 'c'), kind: fc.constantFrom(...kinds) })
    fc.assert(
      fc.property(fc.array(given, { maxLength: 12 }), (calls) => {
        const {
          open: standing,
          folded,
          asked,
        } = cardsOf(turn(...calls.map(({ name, kind }) => ({ name, answer: exampleAnswer(kind) }))))
        const shown = [...standing, ...asked.map(({ call }) => call), ...folded.map(({ id }) => id)]
        expect(new Set(shown).size).toBe(shown.length)
        // A decision stands as a card of its own or in the list of changes
        const decisions = new Set([...standing, ...asked.map(({ call }) => call)])
        calls.forEach(({ kind }, index) => {
          if (kind === 'approval' || kind === 'progress') expect(decisions.has(`c${index}`)).toBe(true)
        })
        expect(folded.length).not.toBe(1)
      }),
    )
  })
})
