import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, describe, expect, it, vi } from 'vitest'
import Composer from './composer.svelte'
import { keepDraft, typeOnIn } from './draft.ts'

afterEach(cleanup)

function show(over: object = {}) {
  const actions = { onsend: vi.fn(), onstop: vi.fn(), onlast: vi.fn(), oncancel: vi.fn() }
  const { rerender } = render(Composer, { busy: false, ...actions, ...over })
  return { ...actions, rerender, box: screen.getByRole('textbox', { name: 'Message' }) as HTMLTextAreaElement }
}
const type = (box: HTMLElement, value: string) => fireEvent.input(box, { target: { value } })

describe('composer', () => {
  it('sends with Enter, breaks the line with Shift+Enter, never sends blanks', async () => {
    const { box, onsend } = show()
    await type(box, '   ')
    await fireEvent.keyDown(box, { key: 'Enter' })
    expect(onsend).not.toHaveBeenCalled()
    await type(box, ' hello ')
    await fireEvent.keyDown(box, { key: 'Enter', shiftKey: true })
    expect(onsend).not.toHaveBeenCalled()
    await fireEvent.keyDown(box, { key: 'Enter' })
    expect(onsend).toHaveBeenCalledExactlyOnceWith('hello', undefined, [])
    expect(box.value).toBe('')
  })

  it('goes on where somebody was typing when the conversation opened, once, and takes no focus otherwise', async () => {
    keepDraft('c1', 'and only the H1')
    typeOnIn('c1')
    const { box } = show({ keep: 'c1' })
    await vi.waitFor(() => expect(box.selectionStart).toBe('and only the H1'.length))
    expect([document.activeElement, box.value]).toEqual([box, 'and only the H1'])
    cleanup()
    expect(document.activeElement).not.toBe(show({ keep: 'c1' }).box)
  })

  it('leaves Enter to an input method that still composes', async () => {
    const { box, onsend } = show()
    await type(box, 'にほん')
    await fireEvent.compositionStart(box)
    await fireEvent.keyDown(box, { key: 'Enter' })
    expect(onsend).not.toHaveBeenCalled()
  })

  it('stops with Escape while an answer is made, and keeps what is typed', async () => {
    const { box, onstop, onsend } = show({ busy: true })
    await type(box, 'next question')
    await fireEvent.keyDown(box, { key: 'Enter' })
    await fireEvent.keyDown(box, { key: 'Escape' })
    expect(onstop).toHaveBeenCalledOnce()
    expect(onsend).not.toHaveBeenCalled()
    expect(box.value).toBe('next question')
  })

  it('takes up the last message with the arrow, and replaces it', async () => {
    const { box, onlast, onsend, rerender } = show()
    await fireEvent.keyDown(box, { key: 'ArrowUp' })
    expect(onlast).toHaveBeenCalledOnce()
    await rerender({ editing: { id: 'm1', text: 'old words' } })
    expect(box.value).toBe('old words')
    await fireEvent.keyDown(box, { key: 'Enter' })
    expect(onsend).toHaveBeenCalledWith('old words', 'm1', [])
  })

  it('refuses what is longer than the server takes', async () => {
    const { box, onsend } = show()
    await type(box, 'x'.repeat(32_001))
    await fireEvent.keyDown(box, { key: 'Enter' })
    expect(onsend).not.toHaveBeenCalled()
    expect(screen.getByRole('alert').textContent).toContain('Too long by 1')
  })

  it('queues with Enter and steers with Ctrl+Enter while an answer is made', async () => {
    const onqueue = vi.fn()
    const { box, onsend } = show({ busy: true, onqueue })
    await type(box, 'afterwards')
    await fireEvent.keyDown(box, { key: 'Enter' })
    await type(box, 'only gpu-west')
    await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true })
    expect(onqueue.mock.calls).toEqual([
      ['afterwards', 'queue', []],
      ['only gpu-west', 'steer', []],
    ])
    expect(box.value).toBe('')
    expect(onsend).not.toHaveBeenCalled()
    expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy()
  })
})
