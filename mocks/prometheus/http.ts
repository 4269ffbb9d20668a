import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Endpoint, Engine } from './api/engine.ts'
import { formatQuery, parseQuery, query, queryRange } from './api/query.ts'
import { alerts, rules } from './api/rules.ts'
import { labels, labelValues, metadata, series } from './api/series.ts'
import { buildInfo, flags, runtimeInfo, targets, tsdb } from './api/status.ts'
import { type FaultHook, playFault, sendHalf } from './faults.ts'
import { type ErrorType, QueryError } from './types.ts'

/** Routes, envelopes and status codes of the HTTP API. */

const statusCodes: Record<ErrorType, number> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 503,
  internal: 500,
  unavailable: 503,
  not_found: 404,
}

interface Route {
  endpoint: Endpoint
  /** Whether a form POST is taken as well as a GET. */
  post: boolean
}

const routes = new Map<string, Route>([
  ['query', { endpoint: query, post: true }],
  ['query_range', { endpoint: queryRange, post: true }],
  ['format_query', { endpoint: formatQuery, post: true }],
  ['parse_query', { endpoint: parseQuery, post: true }],
  ['series', { endpoint: series, post: true }],
  ['labels', { endpoint: labels, post: true }],
  ['metadata', { endpoint: metadata, post: false }],
  ['targets', { endpoint: targets, post: false }],
  ['alerts', { endpoint: alerts, post: false }],
  ['rules', { endpoint: rules, post: false }],
  ['status/buildinfo', { endpoint: buildInfo, post: false }],
  ['status/runtimeinfo', { endpoint: runtimeInfo, post: false }],
  ['status/flags', { endpoint: flags, post: false }],
  ['status/tsdb', { endpoint: tsdb, post: false }],
])

function routeOf(path: string, engine: Engine): Route | undefined {
  const name = path.startsWith('/api/v1/') ? path.slice('/api/v1/'.length) : ''
  if (name === 'parse_query' && engine.mode === '2') return undefined
  const label = /^label\/([^/]+)\/values$/.exec(name)?.[1]
  return label ? { endpoint: labelValues(decodeURIComponent(label)), post: false } : routes.get(name)
}

const maximumBodyBytes = 1_048_576

async function parameters(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  const params = new URLSearchParams(url.search)
  if (request.method !== 'POST') return params
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > maximumBodyBytes)
      throw new QueryError('bad_data', 'error parsing form values: http: request body too large')
    chunks.push(chunk as Buffer)
  }
  const body = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  // As in Go, what the form says comes before what the address says.
  for (const [name, value] of params) body.append(name, value)
  return body
}

interface Answer {
  status: number
  type: string
  body: string
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

function errorAnswer(error: unknown): Answer {
  const type: ErrorType = error instanceof QueryError ? error.type : 'internal'
  const message = error instanceof Error ? error.message : String(error)
  return json(statusCodes[type], { status: 'error', errorType: type, error: message })
}

async function answer(request: IncomingMessage, url: URL, engine: Engine): Promise<Answer> {
  if (url.pathname === '/-/healthy') return text(200, 'Prometheus Server is Healthy.\n')
  if (url.pathname === '/-/ready') return text(200, 'Prometheus Server is Ready.\n')
  const route = routeOf(url.pathname, engine)
  if (!route) return text(404, '404 page not found\n')
  const { method } = request
  if (method !== 'GET' && !(method === 'POST' && route.post)) return text(405, 'Method Not Allowed\n')
  try {
    const { data, warnings } = route.endpoint(await parameters(request, url), engine)
    return json(200, { status: 'success', data, ...(warnings ? { warnings } : {}) })
  } catch (error) {
    return errorAnswer(error)
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  given: { engine: Engine; faults?: FaultHook },
) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const fault = given.faults?.(url.pathname)
  if (fault && (await playFault(fault, response))) return
  const { status, type, body } = await answer(request, url, given.engine)
  const bytes = Buffer.from(body)
  if (fault?.mode === 'half') sendHalf(response, bytes)
  else response.writeHead(status, { 'content-type': type, 'content-length': String(bytes.length) }).end(bytes)
}

/** The whole server as a request listener. */
export function newListener(engine: Engine, faults?: FaultHook): RequestListener {
  return (request, response) => {
    respond(request, response, { engine, faults }).catch(() => response.destroy())
  }
}
