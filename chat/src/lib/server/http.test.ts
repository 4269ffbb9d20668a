import type { RequestEvent } from '@sveltejs/kit'
import { expect, it } from 'vitest'
import type { ChatHost } from './host.ts'
import { countMessage, endpoint } from './http.ts'

const ask = (host: Partial<ChatHost>) =>
  endpoint(async () => {
    countMessage({ host: host as ChatHost })
    return new Response('answered')
  })({} as RequestEvent)

it('refuses a message too many with the wait and a clear error (CHT-019)', async () => {
  const refusal = {
    code: 'rate-limited',
    message: 'More than 30 messages a minute.',
    next: 'Wait 2 s and try again.',
    details: { retryAfterSeconds: 2 },
  } as const
  const response = await ask({ messageRefusal: () => refusal })
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('2')
  expect(await response.json()).toEqual({ error: refusal })
})

it('answers where nothing is refused, or nobody counts', async () => {
  expect((await ask({ messageRefusal: () => undefined })).status).toBe(200)
  expect((await ask({})).status).toBe(200)
})
