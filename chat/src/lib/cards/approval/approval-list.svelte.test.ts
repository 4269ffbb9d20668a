import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ApprovalPayload } from '#contract'
import { examples } from '../../../../testing/examples.ts'
import ApprovalList from './approval-list.svelte'

const sent: { url: string; body: unknown }[] = []
let decided: (id: string) => { status: number; body: unknown }
const kept = new Map<string, ApprovalPayload>()

const change = (id: string, over: Partial<ApprovalPayload> = {}): ApprovalPayload => ({
  ...examples.approval,
  id,
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
  ...over,
  plan: { ...examples.approval.plan, summary: `Change ${id}`, verb: `Do ${id}`, ...over.plan },
})
const danger = (id: string) =>
  change(id, { risk: 'danger', plan: { ...examples.approval.plan, summary: `Change ${id}`, typedName: 'node-7' } })

beforeEach(() => {
  sent.length = 0
  kept.clear()
  decided = (id) => ({
    status: 200,
    body: { card: 'approval', approval: { ...kept.get(id), state: 'succeeded' }, at: '' },
  })
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    const id = /approvals\/([^/]+)/.exec(url)?.[1] ?? ''
    if (init?.method === 'POST') {
      sent.push({ url, body: JSON.parse(String(init.body)) })
      const { status, body } = decided(id)
      return { ok: status < 300, status, json: async () => body }
    }
    const approval = kept.get(id)
    return { ok: approval !== undefined, status: 200, json: async () => ({ card: 'approval', approval, at: '' }) }
  })
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function show(...approvals: ApprovalPayload[]) {
  for (const approval of approvals) kept.set(approval.id, approval)
  const asked = approvals.map((approval) => ({ approval, call: `call-${approval.id}` }))
  return render(ApprovalList, { asked, byPerson: () => true }).container
}
const approve = (count: number) => screen.getByRole<HTMLButtonElement>('button', { name: `Approve ${count}` })
const armed = (count: number) => vi.waitFor(() => expect(approve(count).disabled).toBe(false), { timeout: 3000 })
const decisions = () => sent.filter(({ url }) => url.endsWith('/decision'))

describe('several changes of one turn (CHT-039)', () => {
  it('are one list that waits before it can be pressed, and each is decided by its own request', async () => {
    const container = show(change('a'), change('b'), change('c'))
    expect(approve(3).disabled).toBe(true)
    await armed(3)
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Include: Change b' }))
    await armed(2)
    await fireEvent.click(approve(2))
    await vi.waitFor(() => expect(decisions()).toHaveLength(2))
    expect(sent).toEqual([
      { url: '/api/v1/approvals/a/decision', body: { approve: true } },
      { url: '/api/v1/approvals/c/decision', body: { approve: true } },
    ])
    await vi.waitFor(() => expect(container.textContent).toContain('1 change waits for you'))
  })

  it('show what those that are chosen do together', async () => {
    const container = show(change('a'), change('b'), change('c'))
    const together = () => container.querySelector('section')?.textContent ?? ''
    expect(together()).toMatch(/GPUs\s*\+6/)
    expect(together()).toMatch(/\$17\.94 \/ h/)
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Include: Change a' }))
    expect(together()).toMatch(/GPUs\s*\+4/)
  })

  it('leave danger out: it is decided on its own card, its name typed', async () => {
    show(change('a'), change('b'), danger('x'))
    await armed(2)
    expect(screen.queryByRole('checkbox', { name: 'Include: Change x' })).toBeNull()
    await fireEvent.click(approve(2))
    await vi.waitFor(() => expect(decisions()).toHaveLength(2))
    expect(sent.map(({ url }) => url).join()).not.toContain('/x/')
    expect(screen.getByText('node-7')).toBeTruthy()
  })

  it('say at the row what the server refused, and go on with the others', async () => {
    decided = (id) =>
      id === 'a'
        ? { status: 410, body: { error: { message: 'It expired.', next: 'Ask again.' } } }
        : { status: 200, body: { card: 'approval', approval: { ...kept.get(id), state: 'succeeded' }, at: '' } }
    const container = show(change('a'), change('b'))
    await armed(2)
    await fireEvent.click(approve(2))
    await vi.waitFor(() =>
      expect(container.querySelector('[data-call="call-a"]')!.textContent).toContain('It expired.'),
    )
    expect(container.querySelector('[data-call="call-b"]')!.textContent).toContain('approved')
    expect(screen.getByRole('alert').textContent).toContain('1 not done')
  })

  it('are decided by keys when the list has the focus, and Enter decides nothing', async () => {
    show(change('a'), change('b'))
    await armed(2)
    const list = screen.getByRole('group', { name: '2 approvals of this answer' })
    await fireEvent.keyDown(list, { key: 'Enter' })
    await fireEvent.keyDown(screen.getByRole('checkbox', { name: 'Include: Change a' }), { key: 'a' })
    expect(sent).toEqual([])
    await fireEvent.keyDown(list, { key: 'd' })
    await fireEvent.input(screen.getByRole('textbox'), { target: { value: 'not now' } })
    await fireEvent.click(screen.getByRole('button', { name: 'Deny 2' }))
    await vi.waitFor(() => expect(decisions()).toHaveLength(2))
    expect(sent[1]!.body).toEqual({ approve: false, reason: 'not now' })
  })

  it('take no click that a script made', async () => {
    const approvals = [change('a'), change('b')]
    for (const approval of approvals) kept.set(approval.id, approval)
    render(ApprovalList, { asked: approvals.map((approval) => ({ approval, call: approval.id })) })
    await armed(2)
    await fireEvent.click(approve(2))
    expect(sent).toEqual([])
  })

  it('can all be cancelled while they have not run', async () => {
    const soon = { decidedAt: new Date().toISOString(), applyAt: new Date(Date.now() + 5000).toISOString() }
    show(change('a', { state: 'scheduled', ...soon }), change('b', { state: 'scheduled', ...soon }))
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel 2' }))
    await vi.waitFor(() =>
      expect(sent.map(({ url }) => url)).toEqual(['a', 'b'].map((id) => `/api/v1/approvals/${id}/cancel`)),
    )
  })
})
