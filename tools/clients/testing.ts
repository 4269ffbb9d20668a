import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { type ConfiguredClients, clientsConfig, createClients } from './create.ts'
import { createHttp, type Http, type HttpOptions } from './http.ts'

/** A server of one test on an ephemeral loopback port. */
export interface TestServer {
  url: string
  /** `GET /path?query` of each request, in order */
  requests: string[]
  close(): Promise<void>
}

/** Answers with `handler`; what it received is kept. */
export async function serve(
  handler: (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void,
): Promise<TestServer> {
  const requests: string[] = []
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handler(request, response, Buffer.concat(chunks).toString('utf8')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers every request with this JSON. */
export const serveJson = (value: unknown, status = 200): Promise<TestServer> =>
  serve((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  })

/** Speaks, but not HTTP. */
export async function serveNoise(): Promise<TestServer> {
  const open = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** An address where nothing listens. */
export async function refusedUrl(): Promise<string> {
  const server = await serve(() => {})
  await server.close()
  return server.url
}

/** The real way out, except that waits between attempts take no time and are kept in `waits`. */
export function testHttp(options: Partial<HttpOptions> = {}): Http & { waits: number[] } {
  const waits: number[] = []
  const sleep = async (ms: number) => {
    waits.push(ms)
  }
  return Object.assign(createHttp({ now: () => performance.now(), sleep, ...options }), { waits })
}

/** Surroundings of a client in a test: an environment and a clock that stands still. */
export const testSurroundings = (env: Record<string, string> = {}) => ({ env, now: () => 1_700_000_000_000 })

/** All clients of a configuration, with a real clock and nothing of this machine's environment. */
export const testClients = (config: object, env: Record<string, string> = {}): ConfiguredClients =>
  createClients(clientsConfig.parse(config), { now: () => new Date(), env })
