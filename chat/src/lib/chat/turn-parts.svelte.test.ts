import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { exampleAnswer } from '../../../testing/examples.ts'
import type { ChatMessage } from '../types.ts'
import { en } from '../words/en/index.ts'
import { contextUse } from './context-use.ts'
import { textOf } from './parts.ts'
import { SourceIndex } from './source-index.svelte.ts'
import { argumentList, provenanceOf, targetOf } from './tool-words.ts'
import Turn from './turn.svelte'

afterEach(cleanup)

const message = (parts: ChatMessage['parts'], metadata: ChatMessage['metadata'] = {}, id = 'm'): ChatMessage => ({
  id,
  role: 'assistant',
  parts,
  metadata,
})
const call = (id: string, over: object = {}) =>
  ({
    type: 'dynamic-tool',
    toolName: 'list_nodes',
    toolCallId: id,
    state: 'output-available',
    input: {},
    output: { text: '', isError: false, tookMs: 12, answer: exampleAnswer('nodes'), evidence: 'e1' },
    ...over,
  }) as ChatMessage['parts'][number]
const text = (words: string) => ({ type: 'text', text: words, state: 'done' }) as const

describe('what belongs to a turn', () => {
  it('says how many statements no call backs, and marks them with a word', () => {
    const words = 'Twelve are free. The pool is old.'
    const { container } = render(Turn, {
      message: message([
        text(words),
        {
          type: 'data-evidence',
          data: { calls: {}, claims: [{ part: 0, start: 17, end: 33, ids: [], state: 'unsupported' }] },
        },
      ]),
      growing: false,
    })
    expect(container.querySelector('.unsupported')?.textContent).toBe('The pool is old.')
    expect(container.querySelector('.prose')?.textContent).toContain(en.thread.unsupported)
    expect(screen.getByText('1 statement is not backed by a tool call')).toBeTruthy()
  })

  it('copies what was said without the marks of its sources', () => {
    expect(textOf(message([text('12 are **free** [e1].')]))).toBe('12 are **free**.')
  })

  it('offers another version of itself by button and by arrow key', async () => {
    const onversion = vi.fn()
    render(Turn, {
      message: message([text('b')], { alternatives: ['a', 'm', 'c'] }),
      growing: false,
      actions: { onversion },
    })
    expect(screen.getByRole('group', { name: 'Version 2 of 3' }).textContent).toContain('2/3')
    await fireEvent.click(screen.getByRole('button', { name: 'Next version' }))
    await fireEvent.keyDown(screen.getByRole('button', { name: 'Next version' }), { key: 'ArrowLeft' })
    expect(onversion.mock.calls).toEqual([['c'], ['a']])
  })

  it('shows a summing-up as a line that opens, and what was said meanwhile as a bubble', async () => {
    const { container } = render(Turn, {
      message: message([
        { type: 'data-compaction', data: { messages: 12, summary: 'They looked at GPUs.' } },
        { type: 'data-steered', data: { id: 's', text: 'only gpu-east' } },
        text('Good.'),
      ]),
      growing: false,
    })
    expect(container.textContent).toMatch(/12 earlier messages summed up.*only gpu-east.*Good/s)
    expect(container.textContent).not.toContain('They looked')
    const fold = container.querySelector('details')!
    fold.open = true
    await fireEvent(fold, new Event('toggle'))
    expect(container.textContent).toContain('They looked at GPUs.')
  })

  it('offers another model where an answer failed', async () => {
    const onmodel = vi.fn()
    render(Turn, {
      message: message(
        [
          {
            type: 'data-failure',
            data: { code: 'model-down', message: 'Gone.', next: 'Wait.', retry: true, tryWith: 'qwen3-8b' },
          },
        ],
        { run: 'run_7' },
      ),
      growing: false,
      actions: { onretry: () => {} },
      onmodel,
    })
    await fireEvent.click(screen.getByRole('button', { name: 'Try with qwen3-8b' }))
    expect(onmodel).toHaveBeenCalledExactlyOnceWith('qwen3-8b')
    expect(screen.getByText('run_7')).toBeTruthy()
  })
})

describe('words of a call', () => {
  const one = {
    id: '1',
    name: 'list_pods',
    title: 'List pods',
    input: { name: 'list_pods', input: { namespace: 'vllm', maxRows: 5, clusters: ['a', 'b'] } },
    state: 'done' as const,
  }
  it('name what it was about and each argument', () => {
    expect(targetOf(one)).toBe('vllm, a, b')
    expect(argumentList(one)).toEqual([
      { name: 'namespace', value: 'vllm' },
      { name: 'max rows', value: '5' },
      { name: 'clusters', value: 'a, b' },
    ])
  })
  it('tell who did not answer', () => {
    const answer = {
      card: 'table',
      at: '',
      clusters: [
        { cluster: 'a', status: 'success' as const, tookMs: 1 },
        { cluster: 'b', status: 'timeout' as const, tookMs: 1 },
      ],
    }
    expect(provenanceOf({ ...one, output: { text: '', isError: false, tookMs: 1, answer } }, en.thread, 0)).toEqual([
      'from a',
      'without b (timeout)',
    ])
  })
})

describe('sources and sums of a conversation', () => {
  it('finds a call by its evidence id, also one of an earlier answer, and forgets those of another branch', () => {
    const index = new SourceIndex()
    const first = message([call('c1')], {}, 'm1')
    index.read([first], 0)
    index.read([first, message([text('x')], {}, 'm2')], 0)
    expect(index.find('e1')).toMatchObject({ message: 'm1', call: { id: 'c1' } })
    index.read([message([text('other')], {}, 'm3')], 0)
    expect(index.find('e1')).toBeUndefined()
  })

  it('sums what answers took, and takes the size of the context from the last that tells', () => {
    const use = contextUse([
      message([], {
        usage: { inputTokens: 10, outputTokens: 2, contextTokens: 12, contextWindow: 100, gpuSeconds: 1 },
      }),
      message([], { inputTokens: 5, outputTokens: 1 }),
      message([], {
        usage: { inputTokens: 20, outputTokens: 3, cachedTokens: 8, cost: { amount: 4, currency: 'usd-cent' } },
      }),
    ])
    expect(use.context).toEqual({ tokens: 12, window: 100 })
    expect(use.whole).toEqual({
      inputTokens: 35,
      outputTokens: 6,
      cachedTokens: 8,
      gpuSeconds: 1,
      cost: { amount: 4, currency: 'usd-cent' },
    })
  })
})
