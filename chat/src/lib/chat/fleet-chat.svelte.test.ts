import { createUIMessageStreamResponse } from 'ai'
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import type { ChatChunk } from '../server/agent/loop.ts'
import { messageOf } from '../server/runs/chunks.ts'
import { createRunLog, type RunLog } from '../server/runs/run-log.ts'
import type { ChatMessage } from '../types.ts'
import { FleetChat } from './fleet-chat.svelte.ts'

afterEach(() => vi.unstubAllGlobals())

/** After so many bytes the connection breaks, or ends as if it were whole; or there is none at all when it is made again. */
interface Cut {
  afterBytes: number
  how: 'breaks' | 'ends' | 'refused'
}

const textOf = (message: ChatMessage | undefined) =>
  message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

function cutAt(stream: ReadableStream<Uint8Array>, cut: Cut | undefined): ReadableStream<Uint8Array> {
  if (!cut) return stream
  let left = cut.afterBytes
  const reader = stream.getReader()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) return controller.close()
      controller.enqueue(value.slice(0, left))
      left -= value.length
      if (left > 0) return
      await reader.cancel()
      if (cut.how === 'ends') controller.close()
      else controller.error(new TypeError('network error'))
    },
    cancel: () => reader.cancel(),
  })
}

/** The log of a run as the server keeps it, over a network that cuts each connection as long as there are cuts. */
function server(deltas: readonly string[], cuts: Cut[]) {
  const stored: ChatMessage[] = []
  let log: RunLog | undefined
  async function answer(running: RunLog) {
    const chunks: ChatChunk[] = [
      { type: 'start', messageId: 'answer', messageMetadata: { run: 'run' } },
      { type: 'text-start', id: 't' },
      ...deltas.map((delta): ChatChunk => ({ type: 'text-delta', id: 't', delta })),
      { type: 'text-end', id: 't' },
      { type: 'finish', messageMetadata: { end: 'done' } },
    ]
    for (const chunk of chunks) {
      running.push(chunk)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    stored.push((await messageOf(running.all()))!)
    log = undefined
    await running.end()
  }
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (!url.endsWith('/stream')) return Response.json({ messages: [] })
    const cut = cuts.shift()
    if (cut?.how === 'refused' && init.method !== 'POST') throw new TypeError('Failed to fetch')
    if (init.method === 'POST') {
      const { id, text } = JSON.parse(String(init.body))
      stored.push({ id, role: 'user', parts: [{ type: 'text', text }] })
      const store = { appendChunks: async () => {} }
      log = createRunLog({ run: 'run', store, now: Date.now, onStoreError: () => {} })
      void answer(log)
    }
    if (!log) return new Response(null, { status: 204 })
    const response = createUIMessageStreamResponse({ stream: log.follow() })
    return new Response(cutAt(response.body!, cut), response)
  })
  return { reload: async () => ({ messages: [...stored], earlier: false }) }
}

it('has each word of the answer once, wherever the connections of two readers are cut (CHT-016)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 25 }),
      fc.array(
        fc.record({ afterBytes: fc.integer({ min: 0, max: 900 }), how: fc.constantFrom('breaks', 'ends', 'refused') }),
        {
          maxLength: 8,
        },
      ),
      async (deltas, cuts) => {
        const { reload } = server(deltas, [...cuts])
        const page = { messages: [], earlier: false }
        const [one, two] = [1, 2].map(() => new FleetChat({ id: 'c', page, onEnd: () => {}, reload })) as [
          FleetChat,
          FleetChat,
        ]
        // No reason to wait for the pauses between two tries
        const waking = setInterval(() => [one, two].map((chat) => chat.wake()), 3)
        try {
          const asked = one.say('Say it.')
          await expect.poll(() => one.messages.length, { interval: 2 }).toBeGreaterThan(0)
          await two.look()
          await asked
          for (const chat of [one, two]) {
            await expect
              .poll(() => [chat.busy, chat.lastMessage?.metadata?.end], { interval: 5, timeout: 8_000 })
              .toEqual([false, 'done'])
            expect(textOf(chat.lastMessage)).toBe(deltas.join(''))
            expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
          }
        } finally {
          clearInterval(waking)
        }
      },
    ),
    { numRuns: 20 },
  )
}, 60_000)

it('takes what the store has when the server died in mid-answer and came back', async () => {
  let tries = 0
  const page = { messages: [], earlier: false }
  const interrupted: ChatMessage = {
    id: 'answer',
    role: 'assistant',
    parts: [{ type: 'text', text: 'Half an' }],
    metadata: { end: 'interrupted' },
  }
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit = {}) => {
    if (init.method === 'POST')
      return new Response(
        cutAt(new Response('data: {"type":"start","messageId":"answer"}\n\n').body!, { afterBytes: 12, how: 'breaks' }),
      )
    if (++tries < 4) throw new TypeError('Failed to fetch')
    return new Response(null, { status: 204 })
  })
  const chat: FleetChat = new FleetChat({
    ...{ id: 'c', page, onEnd: () => {} },
    reload: async () => ({ messages: [...chat.messages.slice(0, 1), interrupted], earlier: false }),
  })
  await chat.say('Say it.')
  const waking = setInterval(() => chat.wake(), 3)
  await expect.poll(() => chat.lastMessage, { timeout: 3_000 }).toEqual(interrupted)
  clearInterval(waking)
  expect([chat.busy, chat.reconnecting, chat.status, chat.failure]).toEqual([false, false, 'ready', undefined])
})
