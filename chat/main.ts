import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChatHost } from './src/lib/server/host.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** The built pages and chat endpoints as one Node handler; each request carries `host`. Build first: `npm run build`. */
export async function chatHandler(): Promise<
  (request: IncomingMessage, response: ServerResponse, host: ChatHost) => void
> {
  process.env.PROTOCOL_HEADER ??= 'x-forwarded-proto'
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

/** Serves the chat alone on loopback. Resolves with its address once it listens. */
export async function serveChat(host: ChatHost, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const handle = await chatHandler()
  const server = createServer((request, response) => handle(request, response, host))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
