import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage, Evidence } from '../../../types.ts'
import { messageOf } from '../../runs/chunks.ts'
import type { ChatChunk } from '../loop.ts'
import { lastEvidence } from './corpus.ts'
import { followEvidence } from './follow.ts'

function follow(chunks: ChatChunk[], earlier: ChatMessage[] = []) {
  const follower = followEvidence(earlier)
  return chunks.flatMap((chunk) => [chunk, ...follower.see(chunk)])
}
const evidenceOf = (message: ChatMessage | undefined): Evidence | undefined =>
  message?.parts.find((part) => part.type === 'data-evidence')?.data

const call = (id: string, evidence: string, text: string): ChatChunk[] => [
  { type: 'tool-input-start', toolCallId: id, toolName: 'list_nodes', dynamic: true },
  { type: 'tool-input-available', toolCallId: id, toolName: 'list_nodes', input: {}, dynamic: true },
  {
    type: 'tool-output-available',
    toolCallId: id,
    output: { text, evidence, isError: false, tookMs: 1 },
    dynamic: true,
  },
]
const say = (id: string, text: string): ChatChunk[] => [
  { type: 'text-start', id },
  { type: 'text-delta', id, delta: text.slice(0, 7) },
  { type: 'text-delta', id, delta: text.slice(7) },
  { type: 'text-end', id },
]
const start: ChatChunk = { type: 'start', messageId: 'm' }

describe('evidence of an answer', () => {
  it('is one part, replaced in place, that names the calls and the claims of all texts', async () => {
    const message = await messageOf(
      follow([
        start,
        { type: 'start-step' },
        ...say('t1', 'I look at the nodes.'),
        ...call('c1', 'e1', 'node-1 has 8 free GPUs'),
        { type: 'start-step' },
        ...say('t2', 'node-1 has 8 free GPUs [e1]. It has 9 GPUs in all.'),
      ]),
    )
    expect(message!.parts.filter(({ type }) => type === 'data-evidence')).toHaveLength(1)
    expect(evidenceOf(message)?.calls).toEqual({ e1: 'c1' })
    const said = evidenceOf(message)!.claims.map(({ part, start, end, state }) => {
      const text = message!.parts[part]!
      return [text.type === 'text' ? text.text.slice(start, end) : '?', state]
    })
    expect(said).toEqual([
      ['node-1 has 8 free GPUs [e1].', 'cited'],
      ['It has 9 GPUs in all.', 'unsupported'],
    ])
  })

  it('may rest on a call of an earlier answer, and counts on from there', async () => {
    const earlier = await messageOf([start, ...call('c1', 'e7', 'node-1 has 8 free GPUs')])
    expect(lastEvidence([earlier!])).toBe(7)
    const message = await messageOf(follow([start, ...say('t', 'As said, node-1 has 8 free GPUs.')], [earlier!]))
    expect(evidenceOf(message)).toMatchObject({ calls: { e7: 'c1' }, claims: [{ ids: ['e7'], state: 'found' }] })
  })

  it('does not mark the sentence that says what a change would do, only what it says besides', async () => {
    const plan = call('c1', 'e1', 'approval waits\nDrain gpu-west-03 on gpu-west: evict 24 pods').map((chunk) =>
      chunk.type === 'tool-output-available'
        ? { ...chunk, output: { ...(chunk.output as object), answer: { card: 'approval', at: '', approval: {} } } }
        : chunk,
    ) as ChatChunk[]
    const said =
      'This drains gpu-west-03: it is cordoned and 24 pods are evicted. Node gpu-west-03 is unhealthy. 25 pods go.'
    const message = await messageOf(follow([start, { type: 'start-step' }, ...say('t', said), ...plan]))
    expect(evidenceOf(message)!.claims.map((claim) => [said.slice(claim.start, claim.end), claim.state])).toEqual([
      ['Node gpu-west-03 is unhealthy.', 'unsupported'],
      ['25 pods go.', 'unsupported'],
    ])
  })

  it('counts the parts as the SDK does, whatever comes', async () => {
    const piece = fc.constantFrom<ChatChunk[][]>(
      [{ type: 'start-step' }],
      [{ type: 'data-notice', id: 'n', data: { text: 'x' } }],
      [{ type: 'data-notice', id: 'm', data: { text: 'y' } }],
      [
        { type: 'reasoning-start', id: 'r' },
        { type: 'reasoning-end', id: 'r' },
      ],
      call('c1', 'e1', 'node-1 has 8 free GPUs'),
      call('c2', 'e2', 'node-2 has 4 free GPUs'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.array(piece, { maxLength: 4 }), async (before, after) => {
        const message = await messageOf(
          follow([
            start,
            ...before.flat(),
            ...say('a', 'node-1 has 8 GPUs.'),
            ...after.flat(),
            ...say('b', 'node-2 has 4.'),
          ]),
        )
        for (const claim of evidenceOf(message)!.claims) {
          const part = message!.parts[claim.part]!
          expect(part.type).toBe('text')
          expect(part.type === 'text' && part.text.slice(claim.start, claim.end)).toMatch(/^node-\d has \d/)
        }
      }),
      { numRuns: 60 },
    )
  })
})
