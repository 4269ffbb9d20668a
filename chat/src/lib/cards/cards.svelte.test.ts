import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import axe from 'axe-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Answer, CardData, CardKind } from '#contract'
import { exampleAnswer, exampleNodes, exampleSeries, examples, exampleTable } from '../../../testing/examples.ts'
import ApprovalCard from './approval/approval-card.svelte'
import Card from './card.svelte'
import { exhibitsOf } from './examples/exhibits.ts'
import Exhibited from './exhibited.svelte'

const requests: { url: string; init?: RequestInit }[] = []
let reply: (url: string) => unknown = () => ({})

beforeEach(() => {
  requests.length = 0
  reply = () => ({})
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    requests.push({ url, init })
    const body = reply(url)
    return { ok: !(body as { error?: unknown }).error, status: 200, json: async () => body }
  })
})
afterEach(cleanup)

const show = (answer: Answer) => render(Card, { answer, tool: 'some_tool' }).container
const kinds = Object.keys(examples) as CardKind[]
const hostile = '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>'

/** Every string of a payload made hostile, except what chooses a shape. */
function poison<T>(value: T, key = ''): T {
  const fixed = new Set([
    'id',
    'key',
    'type',
    'state',
    'tone',
    'status',
    'severity',
    'level',
    'currency',
    'resultType',
    'risk',
    'kind',
    'changed',
    'verified',
    'at',
    'askedAt',
    'expiresAt',
    'startedAt',
    'start',
    'end',
    'unit',
  ])
  if (typeof value === 'string') return (fixed.has(key) ? value : `${hostile}${value}`) as T
  if (Array.isArray(value)) return value.map((item) => poison(item, key)) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, poison(member, name)])) as T
  return value
}

describe.each(kinds)('card %s', (kind) => {
  it('draws its example (CHT-052)', () => {
    const container = show(exampleAnswer(kind))
    const title = (examples[kind] as { title?: string }).title ?? 'Could not be done'
    expect(container.querySelector('h3')?.textContent).toBe(title)
    expect(container.textContent).not.toContain('could not be drawn')
    expect(container.textContent!.length).toBeGreaterThan(title.length + 20)
  })

  it('shows hostile text as text', () => {
    const container = show(exampleAnswer(kind, poison(examples[kind])))
    expect(container.querySelector('img, script')).toBeNull()
    expect((globalThis as { pwned?: number }).pwned).toBeUndefined()
    expect(container.textContent).toContain('<img src=x onerror=')
  })

  it('has no accessibility faults', async () => {
    const container = show(exampleAnswer(kind))
    const { violations } = await axe.run(container, {
      rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
    })
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })

  it('says so instead of breaking the page when its data has another shape', () => {
    const container = show({ card: kind, data: { title: 'Odd' }, at: '2026-11-20T09:00:00Z' } as Answer)
    expect(container.querySelector('section')).not.toBeNull()
  })
})

describe.each(kinds.flatMap(exhibitsOf).map((exhibit) => [`${exhibit.kind}: ${exhibit.name}`, exhibit] as const))(
  'exhibit %s',
  (_, exhibit) => {
    it('is drawn, runs nothing from outside, and has no accessibility faults (UIX-052)', async () => {
      const { container } = render(Exhibited, { exhibit })
      expect(container.textContent).not.toContain('could not be drawn')
      expect(container.textContent!.length).toBeGreaterThan(5)
      expect(container.querySelector('img, script')).toBeNull()
      expect((globalThis as { pwned?: number }).pwned).toBeUndefined()
      expect(container.querySelectorAll('tbody tr').length).toBeLessThanOrEqual(120)
      const { violations } = await axe.run(container, {
        rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
      })
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    })
  },
)

it.each(kinds)('every exhibit of %s has a name of its own', (kind) => {
  const names = exhibitsOf(kind).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

describe('long lists', () => {
  it.each([0, 1])('draw %i rows', (count) => {
    const container = show(exampleAnswer('table', exampleTable(count)))
    expect(container.querySelectorAll('tbody tr')).toHaveLength(1)
    expect(container.textContent).toContain(count === 0 ? 'No rows' : 'GpuXidError')
  })

  it('keep at most 60 of 5,000 rows in the page, and still sort and filter all', async () => {
    const container = show(exampleAnswer('nodes', exampleNodes(5000)))
    expect(container.querySelectorAll('tbody tr').length).toBeLessThanOrEqual(60)
    expect(container.querySelector('table')?.getAttribute('aria-rowcount')).toBe('5001')
    await fireEvent.click(screen.getByRole('button', { name: /^Node/ }))
    await fireEvent.click(screen.getByRole('button', { name: /^Node/ }))
    expect(container.querySelector('tbody td')?.textContent).toContain('hub-cpu-4999')
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'gpu-east-gpu-4996' } })
    expect(container.querySelectorAll('tbody tr')).toHaveLength(1)
  })

  it('load more pages of a kept result', async () => {
    reply = () => ({ ...exampleAnswer('table', exampleTable(6)), shown: 6, total: 6 })
    const container = show({
      ...exampleAnswer('table', exampleTable(2)),
      shown: 2,
      total: 6,
      result: 'r_1',
      cursor: '2',
    })
    await fireEvent.click(screen.getByRole('button', { name: 'Show all 6' }))
    await vi.waitFor(() => expect(container.querySelectorAll('tbody tr')).toHaveLength(6))
    expect(requests[0]?.url).toBe('/api/v1/results/r_1?limit=500&cursor=2')
    expect(screen.queryByRole('button', { name: /Show all/ })).toBeNull()
  })

  it('say why the rest cannot be loaded', async () => {
    reply = () => ({ error: { code: 'result-expired', message: 'This result has expired.', next: 'Ask again.' } })
    show({ ...exampleAnswer('table', exampleTable(2)), shown: 2, total: 6, result: 'r_1' })
    await fireEvent.click(screen.getByRole('button', { name: /Show all/ }))
    await vi.waitFor(() => expect(screen.getByRole('alert').textContent).toBe('This result has expired.'))
  })

  it('draw very long names without losing them', () => {
    const long = 'a-very-long-name-'.repeat(60)
    const container = show(exampleAnswer('table', { ...exampleTable(1), title: long, rows: [{ id: '1', name: long }] }))
    expect(container.querySelector('h3')?.textContent).toBe(long)
    expect(container.querySelector(`[title="${long}"]`)).not.toBeNull()
  })

  it('draw one value per series as bars and none as such', () => {
    expect(show(exampleAnswer('time-series', exampleSeries(4, 1))).querySelectorAll('.bars li')).toHaveLength(4)
    cleanup()
    expect(show(exampleAnswer('time-series', exampleSeries(0, 0))).textContent).toContain('No series')
  })

  describe('a chart that was thinned for the model', () => {
    let appear: (() => void)[] = []
    const appearAll = () => appear.forEach((one) => void one())
    const results = () => requests.filter(({ url }) => url.includes('/results/'))
    beforeEach(() => {
      appear = []
      function Observer(callback: (entries: { isIntersecting: boolean }[]) => void) {
        appear.push(() => callback([{ isIntersecting: true }]))
        return { observe() {}, disconnect() {} }
      }
      vi.stubGlobal('IntersectionObserver', Observer)
      // jsdom draws nothing: a canvas that takes every stroke
      const pen: unknown = new Proxy(() => pen, {
        get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : pen),
        set: () => true,
      })
      function Stroke() {
        return pen
      }
      vi.stubGlobal('Path2D', Stroke)
      vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(pen as never)
    })
    afterEach(() => void vi.restoreAllMocks())
    const thinned = () => ({
      ...exampleAnswer('time-series', exampleSeries(14, 8)),
      shown: 14,
      total: 18,
      result: 'r_1',
      cursor: '14',
    })
    const legend = (container: HTMLElement) => container.querySelectorAll('.legend tbody tr').length

    it('loads the whole once, when it comes into sight, and then has no more to show', async () => {
      reply = () => ({ ...exampleAnswer('time-series', exampleSeries(18, 240)), shown: 18, total: 18 })
      const container = show(thinned())
      expect(requests).toEqual([])
      expect(screen.queryByRole('button', { name: /Show all/ })).toBeNull()
      appearAll()
      appearAll()
      await vi.waitFor(() => expect(legend(container)).toBe(18))
      expect(results().map(({ url }) => url)).toEqual(['/api/v1/results/r_1?limit=500'])
      expect(screen.queryByRole('button', { name: /Show all/ })).toBeNull()
      await fireEvent.click(screen.getByRole('button', { name: 'Show as table' }))
      expect(container.querySelectorAll('.values tbody tr')).toHaveLength(120)
    })

    it('keeps the whole when the same answer is given again', async () => {
      reply = () => ({ ...exampleAnswer('time-series', exampleSeries(18, 240)), shown: 18, total: 18 })
      const { container, rerender } = render(Card, { answer: thinned(), tool: 'some_tool' })
      appearAll()
      await vi.waitFor(() => expect(legend(container)).toBe(18))
      await rerender({ answer: thinned() })
      expect(legend(container)).toBe(18)
      expect(results()).toHaveLength(1)
    })

    it('lists the changes of its time behind their numbers once it is in sight, and asks for nothing before', async () => {
      const { start } = exampleSeries(2, 60)
      const endedAt = new Date(Date.parse(start) + 600_000).toISOString()
      const change = { id: 'ap_1', state: 'succeeded', summary: 'Scale qwen3-8b to 4', cluster: 'gpu-east', endedAt }
      reply = () => ({ data: { rows: [{ ...change, askedBy: 'ana', decidedBy: 'ben', askedAt: start }] } })
      const container = show(exampleAnswer('time-series', exampleSeries(2, 60)))
      await vi.waitFor(() => expect(appear).not.toEqual([]))
      expect(requests).toEqual([])
      appearAll()
      await vi.waitFor(() => expect(screen.getByText('1 change in this time')).toBeTruthy())
      expect(container.querySelector('details a')?.getAttribute('href')).toBe('/approvals/ap_1')
      expect(container.querySelector('details li')?.textContent).toContain('in gpu-east, by ben')
      expect(requests.map(({ url }) => url)).toEqual(['/api/v1/approvals?limit=100&state=succeeded'])
    })

    it('says nothing about changes where there are none', async () => {
      reply = () => ({ empty: { title: 'There are no approvals yet' } })
      const container = show(exampleAnswer('time-series', exampleSeries(2, 60)))
      await vi.waitFor(() => expect(appear).not.toEqual([]))
      appearAll()
      await vi.waitFor(() => expect(requests).toHaveLength(1))
      expect(container.querySelector('details')).toBeNull()
    })

    it('stays as it is, and can be asked for more, when the whole is no longer kept', async () => {
      reply = () => ({ error: { code: 'result-expired', message: 'This result has expired.', next: 'Ask again.' } })
      const container = show(thinned())
      appearAll()
      await vi.waitFor(() => expect(screen.getByRole('button', { name: 'Show all 18' })).toBeTruthy())
      expect(legend(container)).toBe(14)
      expect(screen.queryByRole('alert')).toBeNull()
    })
  })

  it('name the clusters that did not answer', () => {
    const container = show({
      ...exampleAnswer('status'),
      clusters: [
        { cluster: 'hub', status: 'success', tookMs: 1 },
        { cluster: 'edge-1', status: 'timeout', tookMs: 2000 },
      ],
    })
    expect(container.textContent).toContain('Without edge-1 (timeout)')
  })
})

describe('approval card (CHT-039)', () => {
  const pending = (over: Partial<CardData['approval']> = {}) =>
    exampleAnswer('approval', {
      ...examples.approval,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      ...over,
      plan: { ...examples.approval.plan, ...over.plan },
    })
  const showToPerson = (answer: Answer) =>
    render(ApprovalCard, { approval: answer.approval!, byPerson: () => true }).container
  const decisions = () => requests.filter(({ url }) => url.endsWith('/decision'))
  const arm = () =>
    vi.waitFor(() => expect((screen.getByRole('button', { name: 'Deny…' }) as HTMLButtonElement).disabled).toBe(false))

  it('is dead for the first moment and has no focus', async () => {
    show(pending())
    const approve = screen.getByRole('button', { name: 'Deploy Qwen3-8B' }) as HTMLButtonElement
    expect(approve.disabled).toBe(true)
    expect(document.activeElement).toBe(document.body)
    await arm()
    expect(approve.disabled).toBe(false)
  })

  it('takes no click that a script made', async () => {
    show(pending())
    await arm()
    await fireEvent.click(screen.getByRole('button', { name: 'Deploy Qwen3-8B' }))
    expect(decisions()).toHaveLength(0)
  })

  it('sends what a person decided, with the header that no form can send', async () => {
    reply = (url) =>
      url.endsWith('/decision')
        ? {
            card: 'approval',
            data: { ...examples.approval, state: 'succeeded', decidedBy: 'Ada', outcome: exampleAnswer('progress') },
            at: '',
          }
        : {}
    const container = showToPerson(pending())
    await arm()
    await fireEvent.click(screen.getByRole('button', { name: 'Deploy Qwen3-8B' }))
    await vi.waitFor(() => expect(container.textContent).toContain('by Ada'))
    const { url, init } = decisions()[0]!
    expect(url).toBe('/api/v1/approvals/apr_7f31/decision')
    expect(init?.headers).toMatchObject({ 'x-quartermaster': '1', 'content-type': 'application/json' })
    expect(JSON.parse(String(init?.body))).toEqual({ approve: true })
    expect(screen.queryByRole('button', { name: 'Deploy Qwen3-8B' })).toBeNull()
  })

  it('shows what came of it, as a card of its own', () => {
    const outcome = exampleAnswer('progress') as unknown as Record<string, unknown>
    const container = show(pending({ state: 'succeeded', outcome }))
    expect([...container.querySelectorAll('h3')].map(({ textContent }) => textContent)).toEqual([
      'Deploy Qwen3-8B',
      'Deploy qwen3-8b',
    ])
    expect(container.textContent).toContain('Downloading weights')
  })

  it('denies with a reason', async () => {
    reply = (url) =>
      url.endsWith('/decision')
        ? { card: 'approval', data: { ...examples.approval, state: 'denied', reason: 'wrong cluster' }, at: '' }
        : {}
    const container = showToPerson(pending())
    await arm()
    await fireEvent.click(screen.getByRole('button', { name: 'Deny…' }))
    await fireEvent.input(screen.getByLabelText(/Why not/), { target: { value: 'wrong cluster' } })
    await fireEvent.click(screen.getByRole('button', { name: 'Deny' }))
    await vi.waitFor(() => expect(container.textContent).toContain('Nothing was changed'))
    expect(JSON.parse(String(decisions()[0]!.init?.body))).toEqual({ approve: false, reason: 'wrong cluster' })
  })

  it('wants the name typed for what is dangerous', async () => {
    showToPerson(pending({ risk: 'danger', plan: { ...examples.approval.plan, verb: 'Drain', typedName: 'node-7' } }))
    await arm()
    const approve = screen.getByRole('button', { name: 'Drain' }) as HTMLButtonElement
    expect(approve.disabled).toBe(true)
    await fireEvent.input(screen.getByLabelText(/Type node-7/), { target: { value: 'node-77' } })
    expect(approve.disabled).toBe(true)
    await fireEvent.input(screen.getByLabelText(/Type node-7/), { target: { value: 'node-7' } })
    expect(approve.disabled).toBe(false)
    await fireEvent.click(approve)
    expect(JSON.parse(String(decisions()[0]!.init?.body))).toEqual({ approve: true, typedName: 'node-7' })
  })

  it('shows how it stands now, not how it stood when it was asked', async () => {
    reply = () => ({
      card: 'approval',
      data: { ...examples.approval, state: 'denied', decidedBy: 'Bo', reason: 'no' },
      at: '',
    })
    const container = show(pending())
    await vi.waitFor(() => expect(container.textContent).toContain('by Bo'))
    expect(screen.queryByRole('button', { name: 'Deny…' })).toBeNull()
  })

  it('cannot be decided after its time', async () => {
    const container = show(pending({ expiresAt: new Date(Date.now() - 1000).toISOString() }))
    expect(container.textContent).toContain('Nobody decided in time')
    expect(screen.queryByRole('button', { name: 'Deploy Qwen3-8B' })).toBeNull()
  })

  it('follows to the plan that replaced it and says what moved', async () => {
    reply = (url) =>
      url.endsWith('/apr_new')
        ? {
            card: 'approval',
            data: { ...examples.approval, id: 'apr_new', title: 'Deploy anew', changes: ['11 free GPUs became 1'] },
            at: '',
          }
        : {}
    const container = show(pending({ state: 'superseded', supersededBy: 'apr_new' }))
    await vi.waitFor(() => expect(container.textContent).toContain('11 free GPUs became 1'))
    expect(container.textContent).toContain('Deploy anew')
  })

  it('says what the server refused', async () => {
    reply = (url) =>
      url.endsWith('/decision')
        ? { error: { code: 'approval-used', message: 'This approval was already decided.', next: 'Ask again.' } }
        : {}
    showToPerson(pending())
    await arm()
    await fireEvent.click(screen.getByRole('button', { name: 'Deploy Qwen3-8B' }))
    await vi.waitFor(() => expect(screen.getByRole('alert').textContent).toContain('already decided'))
  })
})
