import type { Failure } from '../types.ts'
import { StreamTransport } from './stream-transport.ts'
import { watchedFetch } from './watched-fetch.ts'

/** What the server said instead of a stream. */
export function failureOf(error: Error): Failure {
  try {
    const body = JSON.parse(error.message) as { error?: { code: string; message: string; next: string } }
    if (body.error) return { ...body.error, retry: body.error.code !== 'session-expired' }
  } catch {}
  return {
    code: 'upstream-unreachable',
    message: 'The connection to Quartermaster broke off.',
    next: 'The answer goes on at the server; it comes back as soon as the connection does.',
    retry: true,
  }
}

/** Undefined when the server is not reached. */
export const post = (url: string, body: object): Promise<Response | undefined> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
    body: JSON.stringify(body),
  }).catch(() => undefined)

/** How a page asks and joins answers. `onStatus` hears the HTTP status of each answer to that. */
export const chatTransport = (base: string, onStatus: (status: number) => void) =>
  new StreamTransport({
    api: `${base}/stream`,
    fetch: watchedFetch(onStatus),
    request: ({ messages, trigger, messageId, body }) => {
      const replaceFrom = body?.replaceFrom ?? messageId
      if (trigger === 'regenerate-message') return { body: { replaceFrom } }
      const last = messages.at(-1)
      const text = last?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
      const attachments = last?.metadata?.attachments?.map(({ id }) => id) ?? []
      return {
        body: {
          text,
          id: last?.id,
          ...(replaceFrom && { replaceFrom }),
          ...(attachments.length > 0 && { attachments }),
        },
      }
    },
  })
