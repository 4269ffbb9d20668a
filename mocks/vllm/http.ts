import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { chooseBehaviour } from './behaviours.ts'
import { answerChat, type ChatContext, promptTokens } from './chat.ts'
import { tokenId, tokenise } from './tokens.ts'
import { readRequest } from './wire.ts'

/** The name of the demo model; `quartermaster-demo:slow` is the same model in a bad mood (`behaviours.ts`). */
export const DEMO_MODEL = 'quartermaster-demo'
export const MAX_MODEL_LENGTH = 131_072
const VERSION = '0.31.0'
const MAX_BODY_BYTES = 32 * 1024 * 1024

export interface ServerOptions extends ChatContext {
  /** A behaviour for every request that does not choose its own. */
  behaviour?: string
  /** The name it is served under; default the demo model's. Null: no worker has registered one */
  model?: string | null
  /** The text of its metrics where others keep them */
  metricsText?: () => string
}

/** vLLM's OpenAI-compatible HTTP interface. Errors have its shape: `{ error: { message, type, param, code } }`. */
export function createVllmServer(options: ServerOptions): Server {
  return createServer((request, response) => void answerVllm(request, response, options))
}

/** One request to it, for whoever has a server of their own. */
export async function answerVllm(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  try {
    await route(request, response, options)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else
      fail(response, {
        status: 500,
        type: 'InternalServerError',
        message: error instanceof Error ? error.message : 'Internal server error',
      })
  }
}

const servedAs = ({ model = DEMO_MODEL }: ServerOptions) => model

async function route(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const key = `${request.method} ${path}`
  switch (key) {
    case 'GET /health':
    case 'GET /ping':
    case 'POST /ping':
      response.writeHead(200).end()
      return
    case 'GET /version':
      return json(response, { version: VERSION })
    case 'GET /v1/models':
      return json(response, { object: 'list', data: servedAs(options) === null ? [] : [modelCard(options)] })
    case `GET /v1/models/${servedAs(options)}`:
      return json(response, modelCard(options))
    case 'GET /metrics':
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        .end(options.metricsText?.() ?? options.metrics.text())
      return
    case 'POST /tokenize':
      return tokenize(await readJson(request, response), response)
    case 'POST /v1/chat/completions':
      return chat(request, response, options)
  }
  const known = [
    '/health',
    '/ping',
    '/version',
    '/v1/models',
    '/metrics',
    '/tokenize',
    '/v1/chat/completions',
  ].includes(path)
  const status = known ? 405 : 404
  fail(response, {
    status,
    type: known ? 'MethodNotAllowedError' : 'NotFoundError',
    message: known ? 'Method Not Allowed' : 'Not Found',
  })
}

function modelCard(options: ServerOptions) {
  const created = Math.floor(options.now() / 1000)
  const id = servedAs(options)
  return {
    id,
    object: 'model',
    created,
    owned_by: 'quartermaster',
    root: id,
    parent: null,
    max_model_len: MAX_MODEL_LENGTH,
  }
}

async function chat(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const raw = await readJson(request, response)
  if (raw === undefined) return
  const read = readRequest(raw.value)
  if ('problem' in read)
    return fail(response, { status: 400, type: 'BadRequestError', message: read.problem, param: read.param })
  const served = servedAs(options)
  const chatRequest = { ...read.request, model: read.request.model || (served ?? '') }
  if (chatRequest.model.split(':')[0] !== served) {
    return fail(response, {
      status: 404,
      type: 'NotFoundError',
      message: `The model \`${chatRequest.model}\` does not exist.`,
      param: 'model',
    })
  }
  const tokens = promptTokens(chatRequest)
  const room = MAX_MODEL_LENGTH - (chatRequest.maxTokens ?? 0)
  if (tokens > room)
    return fail(response, {
      status: 400,
      type: 'BadRequestError',
      message: tooLong(tokens, chatRequest.maxTokens),
      param: 'input_tokens',
    })
  const header = request.headers['x-demo-behaviour']
  const behaviour = chooseBehaviour(
    typeof header === 'string' ? header : undefined,
    chatRequest.model,
    options.behaviour,
  )
  if (behaviour.kind === 'status') return failOnPurpose(response, behaviour.amount ?? 500)
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  if (behaviour.kind === 'hang') return new Promise((done) => gone.signal.addEventListener('abort', () => done()))
  await answerChat(chatRequest, behaviour, { response, signal: gone.signal, context: options })
}

function tooLong(tokens: number, maxTokens: number | undefined): string {
  const asked =
    maxTokens === undefined
      ? `your request has ${tokens} input tokens`
      : `you requested ${maxTokens} output tokens and your prompt contains at least ${tokens} input tokens`
  return `This model's maximum context length is ${MAX_MODEL_LENGTH} tokens. However, ${asked}. Please reduce the length of the input prompt or the number of requested output tokens.`
}

function failOnPurpose(response: ServerResponse, status: number): void {
  if (status === 429) response.setHeader('retry-after', '1')
  const type = status === 429 ? 'RateLimitError' : status >= 500 ? 'InternalServerError' : 'BadRequestError'
  fail(response, { status, type, message: `The demo model was asked to fail with ${status}.` })
}

function tokenize(raw: { value: unknown } | undefined, response: ServerResponse): void {
  if (raw === undefined) return
  const body = raw.value as { prompt?: unknown; messages?: unknown } | null
  const read = body && Array.isArray(body.messages) ? readRequest(body) : undefined
  const messages = read && 'request' in read ? read.request.messages : []
  const text = read ? messages.map(({ content }) => content).join('\n') : body?.prompt
  if (read && 'problem' in read) fail(response, { ...BAD_REQUEST, message: read.problem, param: read.param })
  else if (typeof text !== 'string')
    fail(response, { ...BAD_REQUEST, message: 'Field required: prompt or messages', param: 'prompt' })
  else {
    const tokens = tokenise(text).map(tokenId)
    json(response, { count: tokens.length, max_model_len: MAX_MODEL_LENGTH, tokens, token_strs: null })
  }
}

const BAD_REQUEST = { status: 400, type: 'BadRequestError' }

/** The parsed body, or undefined after the refusal was sent. */
async function readJson(request: IncomingMessage, response: ServerResponse): Promise<{ value: unknown } | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > MAX_BODY_BYTES) {
      fail(response, { status: 413, type: 'BadRequestError', message: 'Request body is too large.' })
      return undefined
    }
    parts.push(part as Buffer)
  }
  try {
    return { value: JSON.parse(Buffer.concat(parts).toString('utf8')) }
  } catch (error) {
    fail(response, {
      status: 400,
      type: 'BadRequestError',
      message: `JSON decode error: ${error instanceof Error ? error.message : 'invalid'}`,
    })
    return undefined
  }
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function fail(
  response: ServerResponse,
  { status, type, message, param }: { status: number; type: string; message: string; param?: string },
): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: { message, type, param: param ?? null, code: status } }))
}
