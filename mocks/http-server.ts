import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Request {
  method: string
  url: URL
  headers: IncomingMessage['headers']
  incoming: IncomingMessage
  /** Set where the caller wants to speak another protocol: the socket to take over */
  upgrade?: { socket: Duplex; head: Buffer }
  /** The whole body as text. */
  text(): Promise<string>
}

export type Handler = (request: Request, response: ServerResponse) => void | Promise<void>

export interface RunningServer {
  url: string
  port: number
  close(): Promise<void>
}

/** Serves on 127.0.0.1 only. Port 0 takes any free one. A handler that throws answers 500 in plain text. */
export async function startServer(handler: Handler, port = 0): Promise<RunningServer> {
  const answer = (incoming: IncomingMessage, response: ServerResponse, upgrade?: Request['upgrade']) => {
    const request: Request = {
      method: incoming.method ?? 'GET',
      url: new URL(incoming.url ?? '/', 'http://127.0.0.1'),
      headers: incoming.headers,
      incoming,
      text: () => readText(incoming),
      ...(upgrade && { upgrade }),
    }
    Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
        response.end(`internal error: ${error instanceof Error ? error.message : String(error)}`)
      })
  }
  const upgraded = new Set<Duplex>()
  const server = createServer((incoming, response) => answer(incoming, response))
  server.on('upgrade', (incoming, socket, head) => {
    upgraded.add(socket)
    socket.on('close', () => upgraded.delete(socket))
    socket.on('error', () => socket.destroy())
    // Until a handler takes the socket over, it is an ordinary request that can be refused in the ordinary way.
    const response = new ServerResponse(incoming)
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
    response.shouldKeepAlive = false
    response.on('finish', () => socket.end())
    answer(incoming, response, { socket, head })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of upgraded) socket.destroy()
      }),
  }
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON.stringify(body), 'application/json')
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  const bytes = Buffer.from(text)
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length })
  response.end(bytes)
}
