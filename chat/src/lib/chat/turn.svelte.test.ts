import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { exampleAnswer } from '../../../testing/examples.ts'
import type { ChatMessage } from '../types.ts'
import { en } from '../words/en/index.ts'
import { announcementOf } from './announcement.ts'
import { readyToDraw } from './drawn-cards.ts'
import Turn from './turn.svelte'

// As a page does before it draws
beforeAll(() => readyToDraw())
afterEach(cleanup)

const call = (id: string, over: object = {}) =>
  ({
    type: 'dynamic-tool',
    toolName: 'list_nodes',
    toolCallId: id,
    state: 'output-available',
    input: { a: 1 },
    output: { text: 't', isError: false, tookMs: 12, answer: exampleAnswer('status') },
    ...over,
  }) as ChatMessage['parts'][number]
const message = (parts: ChatMessage['parts'], metadata: ChatMessage['metadata'] = {}): ChatMessage => ({
  id: 'm',
  role: 'assistant',
  parts,
  metadata,
})
const show = (one: ChatMessage, growing = false) => render(Turn, { message: one, growing }).container

describe('a turn of the assistant', () => {
  it('names the tool that was run by name, and keeps what the model mistook in the folded row', async () => {
    const error = { code: 'unknown-tool' as const, message: 'There is no tool reboot_node', next: 'Find one' }
    const mistaken = { text: 'error', isError: true, tookMs: 1, answer: { card: 'error' as const, error, at: '' } }
    const container = show(
      message([
        call('1', { toolName: 'run_tool', input: { name: 'list_alerts', input: {} } }),
        call('2', { toolName: 'run_tool', input: { name: 'reboot_node' }, output: mistaken }),
      ]),
    )
    const group = container.querySelector('details.row') as HTMLDetailsElement
    group.open = true
    await fireEvent(group, new Event('toggle'))
    expect([...container.querySelectorAll('code')].map((one) => one.textContent)).toEqual(
      expect.arrayContaining(['list_alerts', 'reboot_node']),
    )
    expect(container.textContent).not.toContain('Could not be done')
    expect(container.textContent).toContain('1 failed')
  })

  it('shows between two steps that the model is at work, not while a call or a text says so', () => {
    const waits = (parts: ChatMessage['parts'], growing = true) =>
      show(message(parts), growing).querySelector('.waiting') !== null
    const running = call('2', { state: 'input-available', output: undefined })
    expect(waits([call('1')])).toBe(true)
    expect(waits([call('1'), running])).toBe(false)
    expect(waits([call('1'), { type: 'text', text: 'It is', state: 'streaming' }])).toBe(false)
    expect(waits([call('1'), { type: 'reasoning', text: 'I look.', state: 'streaming' }])).toBe(false)
    expect(waits([call('1')], false)).toBe(false)
  })

  it('folds reasoning and calls, and puts cards before the prose', () => {
    const container = show(
      message([
        { type: 'step-start' },
        { type: 'reasoning', text: 'I look.', state: 'done' },
        call('1'),
        call('2'),
        { type: 'step-start' },
        { type: 'text', text: 'Both **fine** and `ok`, see [this](/approvals).', state: 'done' },
      ]),
    )
    expect(container.textContent).toContain('Thought about it')
    expect(container.textContent).toContain('Checked 2 things')
    expect(container.querySelectorAll('section.card')).toHaveLength(1)
    expect(container.querySelector('.prose p')?.textContent).toBe('Both fine and ok, see this.')
    expect([...container.querySelectorAll('details')].map(({ open }) => open)).not.toContain(true)
    expect(container.textContent).not.toContain('I look.')
  })

  it('never turns text into markup', () => {
    const container = show(
      message([
        {
          type: 'text',
          text: 'a <img src=x onerror=alert(1)> b\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))',
          state: 'done',
        },
      ]),
    )
    expect(container.querySelector('img, script, a')).toBeNull()
    expect(container.textContent).toContain('<img src=x onerror=alert(1)>')
  })

  it('shows a failure after what was already said, and how to go on', () => {
    const container = show(
      message(
        [
          { type: 'text', text: 'Three nodes are', state: 'done' },
          {
            type: 'data-failure',
            data: { code: 'upstream-garbage', message: 'The connection broke off.', next: 'Try again.', retry: true },
          },
        ],
        { end: 'failed' },
      ),
    )
    expect(container.textContent).toMatch(/Three nodes are.*The connection broke off.*Try again/s)
  })

  it('names a call that was cut off and an unknown one without breaking', () => {
    const container = show(
      message([call('1', { state: 'output-error', output: undefined, errorText: 'Stopped before it was done' })], {
        end: 'stopped',
      }),
    )
    expect(container.textContent).toContain('Stopped before it was done')
    expect(container.textContent).toContain('Stopped by you')
  })

  it('shows a running call as running', () => {
    show(message([call('1', { state: 'input-available', output: undefined })]), true)
    expect(screen.getByText('List nodes…')).toBeTruthy()
  })

  it('announces what came once it is whole, and at once what waits or failed', () => {
    const approval = { ...exampleAnswer('approval') }
    const output = { text: '', isError: false, tookMs: 1, answer: approval }
    const said = (parts: ChatMessage['parts'], metadata = {}) => announcementOf(message(parts, metadata), en.thread)
    expect(said([call('1')])).toEqual({ polite: 'Answer ready, 1 card', assertive: '' })
    expect(said([call('1'), call('2', { toolName: 'deploy_model', output })])).toEqual({
      polite: '',
      assertive: 'Answer ready, 2 cards, 1 approval waiting',
    })
    expect(said([], { end: 'stopped' }).polite).toBe('Stopped')
    expect(said([], { end: 'failed' }).assertive).toBe('The answer failed')
  })

  it('draws an approval note of the model as a line for people', () => {
    const { container } = render(Turn, {
      message: {
        id: 'n',
        role: 'user',
        parts: [{ type: 'text', text: '[Note …] secret words for the model' }],
        metadata: { note: { approval: 'a', state: 'denied' } },
      },
      growing: false,
    })
    expect(container.textContent?.trim()).toBe('Denied')
  })
})
