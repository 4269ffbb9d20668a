import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Session } from '../types.ts'
import SessionItem from './session-item.svelte'
import SessionMenu from './session-menu.svelte'

afterEach(cleanup)

const session: Session = {
  id: 's1',
  title: 'Hot racks',
  persona: 'default',
  clusters: [],
  mode: 'ask',
  messageCount: 2,
  createdAt: '2026-11-20T09:00:00.000Z',
  lastActiveAt: '2026-11-20T09:00:00.000Z',
}

function item(over: object = {}) {
  const does = { onopen: vi.fn(), onmenu: vi.fn(), onname: vi.fn(), onkeep: vi.fn(), onundo: vi.fn() }
  const state = { session, current: false, unread: false, renaming: false, leaving: false }
  return { ...does, ...render(SessionItem, { ...state, ...does, ...over }) }
}

describe('a conversation in the rail', () => {
  it('takes a new name with Enter, once, and none with Escape or when nothing was changed (CHT-012)', async () => {
    const { onname } = item({ renaming: true })
    const field = screen.getByRole('textbox', { name: 'New name of the conversation' }) as HTMLInputElement
    expect(field.value).toBe('Hot racks')
    await fireEvent.input(field, { target: { value: '  Cold racks ' } })
    await fireEvent.keyDown(field, { key: 'Enter' })
    expect(onname).toHaveBeenLastCalledWith('Cold racks')
    await fireEvent.keyDown(field, { key: 'Escape' })
    expect(onname).toHaveBeenLastCalledWith(undefined)
    await fireEvent.input(field, { target: { value: '   ' } })
    await fireEvent.keyDown(field, { key: 'Enter' })
    expect(onname).toHaveBeenLastCalledWith(undefined)
  })

  it('can be taken back while it is about to be deleted; the way back has the focus', async () => {
    const { onundo } = item({ leaving: true })
    const undo = screen.getByRole('button', { name: 'Undo' })
    await vi.waitFor(() => expect(document.activeElement).toBe(undo))
    expect(screen.getByRole('status').textContent).toContain('Deleted')
    expect(screen.queryByRole('link')).toBeNull()
    await fireEvent.click(undo)
    expect(onundo).toHaveBeenCalledOnce()
  })

  it('says in words what happens in it', async () => {
    const { rerender } = item({ session: { ...session, doing: 'waiting' } })
    expect(screen.getByRole('link').textContent).toContain('waits for an approval')
    await rerender({ session: { ...session, doing: 'answering' } })
    expect(screen.getByRole('link').textContent).toContain('is being answered')
    await rerender({ session, unread: true })
    expect(screen.getByRole('link').textContent).toContain('new answer')
    await rerender({ session, unread: false })
    expect(screen.getByRole('link').textContent?.trim()).toBe('Hot racks')
  })
})

describe('the menu of a conversation', () => {
  it('is gone through with the arrows, chosen from with Enter and left with Escape to where it was opened', async () => {
    // jsdom has no popovers, and hides what would be one
    HTMLElement.prototype.showPopover = function (this: HTMLElement) {
      this.removeAttribute('popover')
    }
    const anchor = document.body.appendChild(document.createElement('button'))
    const [onclose, pin, rename, remove] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()]
    render(SessionMenu, { props: { session, anchor, does: { pin, rename, remove }, onclose } })
    const entries = screen.getAllByRole('menuitem', { hidden: true })
    const menu = screen.getByRole('menu', { hidden: true })
    await vi.waitFor(() => expect(document.activeElement).toBe(entries[0]))
    await fireEvent.keyDown(menu, { key: 'ArrowUp' })
    expect(document.activeElement).toBe(entries.at(-1))
    await fireEvent.keyDown(menu, { key: 'ArrowDown' })
    await fireEvent.keyDown(menu, { key: 'ArrowDown' })
    expect(document.activeElement).toBe(entries[1])
    await fireEvent.click(entries[1]!)
    expect(pin).toHaveBeenCalledExactlyOnceWith(session, true)
    expect(document.activeElement).toBe(anchor)
    await fireEvent.keyDown(menu, { key: 'Escape' })
    expect(onclose).toHaveBeenCalledTimes(2)
    expect([rename.mock.calls, remove.mock.calls]).toEqual([[], []])
    anchor.remove()
  })
})
