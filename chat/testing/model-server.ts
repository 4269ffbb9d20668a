import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ModelRequest {
  model: string
  messages: { role: string; content?: unknown; tool_calls?: unknown; reasoning?: string; tool_call_id?: string }[]
  tools?: { function: { name: string } }[]
  tool_choice?: unknown
  stream?: boolean
}

/** What the scripted model says in one request. */
export type Say =
  | { text: string; reasoning?: string; pieceMs?: number }
  | { tools: { name: string; arguments: string }[]; reasoning?: string; text?: string }
  | { status: number; body?: string; headers?: Record<string, string> }
  | { hang: true }
  | { cutAfter: string }
  | { raw: string }
  /** Deltas as they are, one event each, then `finish` */
  | { deltas: object[]; finish?: string }

export interface ScriptedModel {
  url: string
  requests: ModelRequest[]
  /** Number of requests whose connection the client closed before the answer was whole */
  aborted(): number
  close(): Promise<void>
}

/** An OpenAI-compatible endpoint that says what `script` decides. For tests of the loop, where each byte matters. */
export async function startScriptedModel(
  script: (request: ModelRequest, turn: number) => Say,
  served: object = { id: 'scripted' },
): Promise<ScriptedModel> {
  const requests: ModelRequest[] = []
  let aborted = 0
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/models')) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [served] }))
      return
    }
    void body(request).then((parsed) => {
      requests.push(parsed)
      response.on('close', () => {
        if (!response.writableEnded) aborted++
      })
      void answer(response, script(parsed, requests.length - 1), parsed.stream !== undefined && parsed.stream)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    aborted: () => aborted,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function body(request: IncomingMessage): Promise<ModelRequest> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return JSON.parse(Buffer.concat(pieces).toString()) as ModelRequest
}

async function answer(response: ServerResponse, say: Say, stream = true) {
  if ('status' in say) {
    response.writeHead(say.status, { 'content-type': 'application/json', ...say.headers })
    response.end(say.body ?? JSON.stringify({ error: { message: `scripted ${say.status}`, type: 'scripted' } }))
    return
  }
  if ('hang' in say) return
  if (!stream && 'text' in say && !('tools' in say)) {
    response.writeHead(200, { 'content-type': 'application/json' })
    const message = { role: 'assistant', content: say.text }
    response.end(
      JSON.stringify({
        id: 'c1',
        object: 'chat.completion',
        created: 0,
        model: 'scripted',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      }),
    )
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (delta: object, finish: string | null = null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    )
  if ('raw' in say) {
    response.end(say.raw)
    return
  }
  if ('deltas' in say) {
    for (const delta of say.deltas) send(delta)
    send({}, say.finish ?? 'stop')
    response.end('data: [DONE]\n\n')
    return
  }
  if ('cutAfter' in say) {
    send({ role: 'assistant', content: say.cutAfter })
    await new Promise((resolve) => setTimeout(resolve, 50))
    response.destroy()
    return
  }
  if (say.reasoning) for (const word of words(say.reasoning)) send({ reasoning: word })
  if ('tools' in say) {
    if (say.text) send({ content: say.text })
    say.tools.forEach((call, index) => {
      send({
        tool_calls: [
          {
            index,
            id: `call-${index}-${call.name}-${Math.random().toString(36).slice(2)}`,
            type: 'function',
            function: { name: call.name, arguments: '' },
          },
        ],
      })
      for (const piece of call.arguments.match(/.{1,12}/gs) ?? [])
        send({ tool_calls: [{ index, function: { arguments: piece } }] })
    })
    send({}, 'tool_calls')
  } else {
    for (const word of words(say.text)) {
      if (response.destroyed) return
      send({ content: word })
      if (say.pieceMs) await new Promise((resolve) => setTimeout(resolve, say.pieceMs))
    }
    send({}, 'stop')
  }
  response.write(
    `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices: [], usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } })}\n\n`,
  )
  response.end('data: [DONE]\n\n')
}

const words = (text: string) => text.match(/\S+\s*|\s+/g) ?? []
