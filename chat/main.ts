import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { ChatHost } from './src/lib/server/host.ts'

export type { ChatHost } from './src/lib/server/host.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** The built pages and chat endpoints as one Node handler; each request carries `host`. Build first: `npm run build`. */
export async function chatHandler(): Promise<
  (request: IncomingMessage, response: ServerResponse, host: ChatHost) => void
> {
  process.env.PROTOCOL_HEADER ??= 'x-forwarded-proto'
  // Attached files; every other endpoint has a limit of its own
  process.env.BODY_SIZE_LIMIT ??= '6M'
  const built = new URL('./build/handler.js', import.meta.url).href
  const { handler } = (await import(built)) as { handler: Handler }
  return (request, response, host) => {
    request.headers['x-forwarded-proto'] ??= 'http'
    handler(Object.assign(request, { quartermaster: host }), response, () => {
      response.statusCode = 404
      response.end('Not found')
    })
  }
}

/**
 * Lets the chat's own code begin before the first person comes: what it has to do by itself (go on after a decision) waits for
 * nobody. The built pages know a host only from a request, so this is one that no network carries.
 */
export function beginChat(chat: Awaited<ReturnType<typeof chatHandler>>, host: ChatHost): void {
  const request = new IncomingMessage(new Socket())
  Object.assign(request, { method: 'OPTIONS', url: '/api/v1/chat/sessions', headers: { host: 'localhost' } })
  request.push(null)
  chat(request, new ServerResponse(request), host)
}
