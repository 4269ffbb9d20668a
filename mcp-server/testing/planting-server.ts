import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { leaksIn, textWith } from './canaries.ts'
import { type Planted, planters, plantInOutput } from './planting.ts'

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const headersOf = ({ headers }: IncomingMessage): Record<string, string> => {
  const { host: _, connection: __, upgrade: ___, 'accept-encoding': ____, ...kept } = headers
  return Object.fromEntries(Object.entries(kept).filter(([name]) => !name.startsWith('sec-websocket'))) as Record<
    string,
    string
  >
}

export interface Planting {
  url: string
  answered(): number
  /** Programs that were run in containers */
  printed(): number
  close(): Promise<void>
}

/**
 * A server in front of another one that plants canaries in whatever it answers, in that wire format: lists, watches, logs,
 * refusals, and what programs in containers print. `sent` collects the canaries that went out.
 */
export async function startPlanting(target: string, kind: Planted, sent = new Set<string>()): Promise<Planting> {
  let answered = 0
  let printed = 0
  const noted = (text: string) => {
    for (const one of leaksIn(text)) sent.add(one)
    return text
  }
  const planted = (json: string) => {
    const parsed: unknown = JSON.parse(json)
    planters[kind](parsed)
    return noted(JSON.stringify(parsed))
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request)
    const stop = new AbortController()
    response.on('close', () => stop.abort())
    const upstream = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      signal: stop.signal,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    })
    const type = upstream.headers.get('content-type') ?? ''
    if (/[?&]watch=(true|1)/.test(request.url ?? '') && upstream.ok) return follow(upstream, response)
    let text = await upstream.text()
    if (type.includes('json')) text = planted(text)
    else if (type.includes('event-stream'))
      text = text.replaceAll(/^data: (\{.*)$/gm, (_, data: string) => `data: ${planted(data)}`)
    else if (text !== '' && kind === 'kubernetes')
      text = noted(
        text
          .split('\n')
          .map((line, n) => (line === '' ? line : `${line} ${textWith('PodLog', n)}`))
          .join('\n'),
      )
    else if (text !== '') text = noted(`${text} ${textWith('PlainText', text)}\n`)
    answered++
    response.writeHead(upstream.status, { 'content-type': type })
    response.end(text)
  }

  async function follow(upstream: Response, response: ServerResponse): Promise<void> {
    answered++
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of upstream.body ?? []) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) response.write(`${line === '' ? line : planted(line)}\n`)
    }
    response.end()
  }

  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false })
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => {
    const protocols = String(request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/)
    const inner = new WebSocket(`${target.replace(/^http/, 'ws')}${request.url}`, protocols, {
      headers: headersOf(request),
    })
    const held: Buffer[] = []
    inner.on('message', (data: Buffer) => held.push(data))
    inner.on('error', () => socket.destroy())
    inner.on('close', () =>
      sockets.handleUpgrade(request, socket, head, (outer) => {
        printed++
        for (const data of held) {
          const isText = data[0] === 1 || data[0] === 2
          outer.send(
            isText
              ? Buffer.concat([data.subarray(0, 1), Buffer.from(noted(plantInOutput(data.subarray(1).toString())))])
              : data,
          )
        }
        outer.close(1000)
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    answered: () => answered,
    printed: () => printed,
    close: () =>
      new Promise((resolve) => {
        sockets.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
