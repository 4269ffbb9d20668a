import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, expect, it, vi } from 'vitest'
import { QueueView } from './queue-view.svelte.ts'
import Queued from './queued.svelte'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const message = (id: string, mode: 'queue' | 'steer' = 'queue') => ({
  ...{ id, mode, text: `text of ${id}`, attachments: [], createdAt: '2026-11-20T10:00:00Z' },
})

/** A server that keeps the list. */
function server(kept: ReturnType<typeof message>[]) {
  const asked: string[] = []
  let up = true
  let held: Promise<void> | undefined
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (!up) throw new TypeError('Failed to fetch')
    if (init.method === 'POST') await held
    const path = url.replace('/c/queue', '')
    asked.push(`${init.method} ${path}`)
    const body = init.body ? JSON.parse(String(init.body)) : {}
    const id = path.split('/')[1]
    if (init.method === 'POST' && path === '') kept.push({ ...message(body.id), ...body })
    if (init.method === 'PATCH') Object.assign(kept.find((one) => one.id === id)!, body)
    if (init.method === 'DELETE')
      kept.splice(
        kept.findIndex((one) => one.id === id),
        1,
      )
    return Response.json({ messages: structuredClone(kept) })
  })
  /** Questions stay on their way until the answer is called */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    return resolve
  }
  return { asked, kept, hold, isUp: (value: boolean) => (up = value) }
}

it('shows what waits and how it will be heard; it is changed, steered, asked now and removed (CHT-017)', async () => {
  const { asked, kept } = server([message('one'), message('two')])
  render(Queued, { queue: new QueueView('/c', structuredClone(kept)), busy: true })
  expect(screen.getByRole('list', { name: 'Waiting messages' }).children).toHaveLength(2)
  await fireEvent.click(screen.getByRole('button', { name: /hear “text of two” at its next step/ }))
  await expect.poll(() => kept[1]!.mode).toBe('steer')
  expect(screen.getByText('Heard at the next step')).toBeTruthy()
  await fireEvent.click(screen.getByRole('button', { name: 'Edit “text of one”' }))
  await fireEvent.input(screen.getByRole('textbox', { name: 'Waiting message' }), { target: { value: 'better' } })
  await fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await expect.poll(() => kept[0]!.text).toBe('better')
  await fireEvent.click(screen.getByRole('button', { name: /ask “better” now/ }))
  await fireEvent.click(screen.getByRole('button', { name: 'Remove “text of two”' }))
  await expect.poll(() => screen.getByRole('list').children.length).toBe(1)
  expect(asked).toContain('POST /one/now')
})

it('keeps what the server could not be told, says so, and sends it when it can', async () => {
  const { kept, isUp } = server([])
  const queue = new QueueView('/c', [])
  render(Queued, { queue, busy: true })
  isUp(false)
  await queue.add('typed in a tunnel', 'queue')
  await queue.load()
  expect(await screen.findByText('Not sent yet')).toBeTruthy()
  isUp(true)
  await queue.retry()
  await queue.retry()
  expect(await screen.findByText('Asked after this answer')).toBeTruthy()
  expect(kept.map(({ text }) => text)).toEqual(['typed in a tunnel'])
})

it('takes back a message that is still on its way', async () => {
  const { kept, hold } = server([])
  const queue = new QueueView('/c', [])
  const arrive = hold()
  const sending = queue.add('not this one', 'queue')
  const removing = queue.remove(queue.waiting[0]!.id)
  expect(queue.waiting).toEqual([])
  arrive()
  await Promise.all([sending, removing])
  expect(queue.waiting).toEqual([])
  expect(kept).toEqual([])
})
