import { afterEach, expect, it, vi } from 'vitest'
import type { ChatMessage } from '../types.ts'
import { DrawnTurns } from './drawn-turns.svelte.ts'
import { FleetChat } from './fleet-chat.svelte.ts'

const all: ChatMessage[] = Array.from({ length: 200 }, (_, index) => ({
  id: `m${index}`,
  role: index % 2 === 0 ? 'user' : 'assistant',
  parts: [{ type: 'text', text: `Turn ${index}` }],
}))

/** What the store answers about these messages, in pages. */
function store(messages: ChatMessage[]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const query = new URL(url, 'http://localhost').searchParams
    asked.push(url)
    const end = messages.findIndex(({ id }) => id === query.get('before'))
    const start = Math.max(0, end - Number(query.get('limit')))
    return Response.json({ messages: messages.slice(start, end), earlier: start > 0 })
  })
  return asked
}

function opened(messages: ChatMessage[], page = 12) {
  const shown = messages.slice(-page)
  const chat = new FleetChat({
    id: 'c',
    page: { messages: shown, earlier: shown.length < messages.length },
    onEnd: () => undefined,
    reload: async () => undefined,
  })
  return { chat, drawn: new DrawnTurns(chat, () => undefined) }
}

afterEach(() => vi.unstubAllGlobals())

it('a conversation opens with its last turns, and those before them follow by themselves up to sixty', async () => {
  const asked = store(all)
  const { chat, drawn } = opened(all)
  expect(drawn.count).toBe(12)
  const stop = drawn.fill()
  await vi.waitFor(() => expect(drawn.count).toBe(60))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(drawn.count).toBe(60)
  expect(asked).toHaveLength(1)
  expect(chat.shown.map(({ id }) => id)).toEqual(all.slice(-72).map(({ id }) => id))
  stop()
})

it('a reader who comes near the first turn gets those before it, until there are none', async () => {
  store(all)
  const { chat, drawn } = opened(all)
  for (let tries = 0; tries < 40 && (await drawn.more()); tries++) expect(drawn.count % 12).toBe(0)
  expect(chat.shown).toEqual(all)
  expect(drawn.count).toBeGreaterThanOrEqual(all.length)
  expect(await drawn.more()).toBe(false)
})

it('what is said in a short conversation stays on the page', async () => {
  store(all.slice(0, 3))
  const { drawn } = opened(all.slice(0, 3))
  const stop = drawn.fill()
  await vi.waitFor(() => expect(drawn.count).toBe(60))
  stop()
})

it('a turn that was looked for is drawn, and all between it and the end', async () => {
  store(all)
  const { chat, drawn } = opened(all)
  expect(await drawn.upTo('m40')).toBe(false)
  expect(await chat.bring('m40')).toBe(true)
  expect(await drawn.upTo('m40')).toBe(true)
  expect(chat.shown.slice(-drawn.count).map(({ id }) => id)).toContain('m40')
})
