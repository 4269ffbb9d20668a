import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamTransport } from './stream-transport.ts'

const bytes = (text: string, sizes: number[]) => {
  const all = new TextEncoder().encode(text)
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let at = 0
  for (let index = 0; at < all.length; index++) {
    const size = sizes[index % sizes.length] ?? all.length
    pieces.push(all.slice(at, at + size))
    at += size
  }
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
}

const transport = (answer: () => Response, seen: { url?: string; body?: unknown } = {}) =>
  new StreamTransport({
    api: '/stream',
    request: ({ trigger, messages }) => ({ body: { trigger, text: messages.length } }),
    fetch: async (url, init) => {
      seen.url = String(url)
      seen.body = init?.body && JSON.parse(String(init.body))
      return answer()
    },
  })

const asked = {
  trigger: 'submit-message',
  chatId: 'c',
  messageId: undefined,
  messages: [],
  abortSignal: undefined,
} as const

describe('the stream of an answer (CHT-016)', () => {
  it('is the same however the network cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n\n', '\r\n\r\n'),
        async (deltas, sizes, end) => {
          const chunks = deltas.map((delta) => ({ type: 'text-delta', id: 't', delta }))
          const text = [': alive', ...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}`), 'data: [DONE]', ''].join(
            end,
          )
          const stream = await transport(() => new Response(bytes(text, sizes))).sendMessages({
            ...asked,
            messages: [],
          })
          expect(await Array.fromAsync(stream)).toEqual(chunks)
        },
      ),
    )
  })

  it('sends what the chat makes of a question', async () => {
    const seen: { url?: string; body?: unknown } = {}
    await transport(() => new Response('data: {"type":"finish"}\n\n'), seen).sendMessages({ ...asked, messages: [] })
    expect(seen).toEqual({ url: '/stream', body: { trigger: 'submit-message', text: 0 } })
  })

  it('has nothing to join when no answer is being made', async () => {
    expect(await transport(() => new Response(null, { status: 204 })).reconnectToStream({})).toBeNull()
  })

  it('says what the server said when it refuses, and ends on what is no chunk', async () => {
    const refused = transport(() => new Response('{"error":{"code":"rate-limited"}}', { status: 429 }))
    await expect(refused.sendMessages({ ...asked, messages: [] })).rejects.toThrow('{"error":{"code":"rate-limited"}}')
    const broken = await transport(() => new Response('data: {"type":\n\n')).reconnectToStream({})
    await expect(Array.fromAsync(broken!)).rejects.toThrow()
  })
})
