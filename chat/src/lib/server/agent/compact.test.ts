import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage, Compaction } from '../../types.ts'
import { compact, limitsFor, toCompact } from './compact.ts'
import { lastCompaction, modelHistory } from './history.ts'
import { tokensOf } from './reduce.ts'

const question = (index: number, length: number): ChatMessage => ({
  id: `q${index}`,
  role: 'user',
  parts: [{ type: 'text', text: `q${index} ${'x'.repeat(length)}` }],
})
const answer = (index: number, length: number, tool: boolean): ChatMessage => ({
  id: `a${index}`,
  role: 'assistant',
  parts: [
    { type: 'step-start' },
    ...(tool
      ? [
          {
            type: 'dynamic-tool' as const,
            toolName: 'list_nodes',
            toolCallId: `c${index}`,
            state: 'output-available' as const,
            input: {},
            output: { text: `60 nodes\n${'y'.repeat(length)}`, evidence: `e${index}`, isError: false, tookMs: 1 },
          },
        ]
      : []),
    { type: 'text', text: `a${index}`, state: 'done' },
  ],
})

describe('a conversation that grows', () => {
  it('stays under the window whatever it holds, keeps calls with their results, and always has the newest question', async () => {
    const turn = fc.record({ question: fc.nat(4_000), answer: fc.nat(9_000), tool: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        fc.array(turn, { maxLength: 40 }),
        fc.nat(60_000),
        fc.constantFrom(4_096, 8_192, 32_768),
        async (turns, newest, window) => {
          const history: ChatMessage[] = []
          for (const [index, one] of turns.entries()) {
            history.push(question(index, one.question))
            const known = lastCompaction(history)
            const count = toCompact(history, { window, fixedTokens: 1_000, known })
            const made = answer(index, one.answer, one.tool)
            if (count !== undefined) {
              const data = await compact(history, { count, known, window, signal: new AbortController().signal })
              made.parts.unshift({ type: 'data-compaction', id: 'compaction', data })
            }
            history.push(made)
          }
          history.push(question(999, newest))
          const known = lastCompaction(history)
          const count = toCompact(history, { window, fixedTokens: 1_000, known })
          const compaction: Compaction | undefined =
            count === undefined
              ? known
              : await compact(history, { count, known, window, signal: new AbortController().signal })
          const { messages, digest } = await modelHistory(history, limitsFor(window, 1_000), compaction)
          expect(tokensOf(messages) + tokensOf(digest ?? '') + 1_000).toBeLessThanOrEqual(window)
          expect(JSON.stringify(messages.at(-1))).toContain('q999 ')
          const calls = messages.flatMap(({ role, content }) =>
            role === 'assistant' && Array.isArray(content) ? content.filter((part) => part.type === 'tool-call') : [],
          )
          const results = messages.flatMap(({ role, content }) =>
            role === 'tool' && Array.isArray(content) ? content : [],
          )
          expect(results.map((part) => 'toolCallId' in part && part.toolCallId)).toEqual(
            calls.map((part) => 'toolCallId' in part && part.toolCallId),
          )
          expect(messages[0]!.role).toBe('user')
        },
      ),
      { numRuns: 40 },
    )
  }, 30_000)
})
