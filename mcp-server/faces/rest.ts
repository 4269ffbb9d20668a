import type { Context as HonoContext } from 'hono'
import { Hono } from 'hono'
import { type ErrorPayload, isToolError, ToolError } from '#contract'
import type { Actor, Logger, Route, Tool } from '#define'
import type { Road } from '../call-tool.ts'
import type { Identified } from '../policy/identify.ts'
import { newTraceId, traceIdOf } from '../record/trace.ts'
import { type Registry, visibleCharacters } from '../registry.ts'

export interface RestParts {
  road: Road
  registry: Registry
  /** What is registered in the database is there: some tools come with it */
  ready: () => Promise<void>
  identify: (request: Request, face: 'rest') => Identified
  /** @throws ToolError permission-denied */
  checkOrigin: (request: Request) => void
  log: Logger
}

/** The tools this caller may call, as somebody chooses among them; arguments by name only. */
const catalogue = (registry: Registry, actor: Actor) =>
  registry.visible(actor).map((entry) => ({
    name: entry.tool.name,
    title: entry.tool.title,
    about: entry.tool.about,
    domain: entry.domain,
    risk: entry.tool.risk,
    /** A model may be given it */
    forAgents: entry.tool.audience.includes('agent'),
    arguments: Object.keys(entry.tool.input.shape),
    characters: visibleCharacters(entry),
  }))

/** Errors as the decisions have them: `{ error: { code, message, next, details?, traceId } }`. */
export const errorBody = (error: ErrorPayload) => ({ error })

/** `/clusters/{cluster}` as Hono writes it. */
const pattern = (path: string) => `/api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`

const routesOf = ({ route, alsoAt }: Tool): Route[] => [...(route ? [route] : []), ...alsoAt]

/** Every tool by its own route, and all of them by `POST /api/v1/tools/<name>`. */
export function createRestFace(parts: RestParts): Hono {
  const app = new Hono()
  app.onError((error, c) => failure(c, error, parts.log))

  const answer = async (c: HonoContext, { tool, input }: { tool: string; input: unknown }) => {
    const who = parts.identify(c.req.raw, 'rest')
    const { answer: body, status } = await parts.road({
      tool,
      input,
      actor: who.actor,
      face: 'rest',
      signal: c.req.raw.signal,
      traceId: traceIdOf(c.req.header('traceparent')),
      conversationClusters: who.conversationClusters,
    })
    if (body.error?.code === 'rate-limited') refusedHeaders(c, body.error)
    if (body.error) return c.json(errorBody(body.error), status as 400)
    return c.json(body, status as 200)
  }

  for (const { tool } of parts.registry.all()) {
    for (const route of routesOf(tool))
      app.on(route.method, pattern(route.path), async (c) => {
        parts.checkOrigin(c.req.raw)
        const reads = route.method === 'GET' || route.method === 'DELETE'
        const given = reads
          ? readQuery(c.req.raw)
          : route.body
            ? { [route.body]: await readJson(c, 4 * maxBodyBytes) }
            : await readBody(c)
        return answer(c, { tool: tool.name, input: { ...route.with, ...given, ...c.req.param() } })
      })
  }
  app.get('/api/v1/catalogue', async (c) => {
    parts.checkOrigin(c.req.raw)
    const { actor } = parts.identify(c.req.raw, 'rest')
    await parts.ready()
    return c.json({ tools: catalogue(parts.registry, actor) })
  })
  app.post('/api/v1/tools/:name', async (c) => {
    parts.checkOrigin(c.req.raw)
    return answer(c, { tool: c.req.param('name'), input: await readBody(c) })
  })
  app.all('/api/*', (c) =>
    failed(
      c,
      new ToolError('not-found', `There is no ${c.req.method} ${c.req.path.slice(0, 120)}`, {
        next: 'See /docs for every path',
      }),
    ),
  )
  return app
}

/** What went wrong before a tool was called, in the same form as what goes wrong in one. */
export function failure(c: HonoContext, error: unknown, log: Logger): Response {
  if (isToolError(error)) return failed(c, error)
  const traceId = newTraceId()
  log.error({ traceId, path: c.req.path.slice(0, 200), error }, 'an HTTP request failed unexpectedly')
  const next = `Try again; if it fails again, look for ${traceId} in the server's log`
  return failed(c, new ToolError('internal', 'The request failed unexpectedly', { next, cause: error }), traceId)
}

function failed(c: HonoContext, error: ToolError, traceId: string = newTraceId()): Response {
  if (error.code === 'rate-limited') refusedHeaders(c, error.toPayload())
  // the rest of the body is not read, so the connection cannot carry another request
  if (error.code === 'payload-too-large') c.header('Connection', 'close')
  if (error.code === 'unauthenticated') c.header('WWW-Authenticate', 'Bearer realm="Quartermaster"')
  return c.json(errorBody(error.toPayload(traceId)), error.status as 400)
}

/** SEC-037; `resetSeconds`: until everything is allowed again. */
export function rateHeaders(c: HonoContext, rate: { limit: number; remaining: number; resetSeconds: number }): void {
  c.header('X-RateLimit-Limit', String(rate.limit))
  c.header('X-RateLimit-Remaining', String(rate.remaining))
  c.header('X-RateLimit-Reset', String(rate.resetSeconds))
}

function refusedHeaders(c: HonoContext, { details = {} }: ErrorPayload): void {
  const { limit, remaining, resetSeconds, retryAfterSeconds = 60 } = details
  c.header('Retry-After', String(retryAfterSeconds))
  if (typeof limit === 'number' && typeof remaining === 'number' && typeof resetSeconds === 'number')
    rateHeaders(c, { limit, remaining, resetSeconds })
}

const tooLarge = (maxBytes: number) =>
  new ToolError('payload-too-large', `The body is larger than ${maxBytes / 1024 / 1024} MB`, { next: 'Send less' })

/** Repeated keys become lists: `?clusters=a&clusters=b`. */
function readQuery(request: Request): Record<string, unknown> {
  const query: Record<string, unknown> = {}
  for (const [key, value] of new URL(request.url).searchParams) {
    const before = query[key]
    query[key] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return query
}

const maxBodyBytes = 1024 * 1024

/** @throws ToolError payload-too-large as soon as the limit is passed, whether or not a length was declared */
async function readText(request: Request, maxBytes: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Undefined where there is no body. */
async function readJson(c: HonoContext, maxBytes = maxBodyBytes): Promise<unknown> {
  const text = await readText(c.req.raw, maxBytes)
  if (text === '') return undefined
  const type = c.req.header('content-type') ?? ''
  // Only JSON: a form or text/plain could be sent by a page of another origin without asking first
  if (!/^application\/(json|[\w.+-]+\+json)\b/i.test(type))
    throw new ToolError('unsupported-media-type', `The body is ${type.slice(0, 60) || 'of no type'}`, {
      next: 'Send Content-Type: application/json',
    })
  try {
    return JSON.parse(text)
  } catch (cause) {
    // Not its words about the text: they quote it, and it may hold a secret
    const at = /position (\d+)/.exec((cause as Error).message)?.[1]
    throw new ToolError('invalid-request', `The body is not JSON${at === undefined ? '' : ` at character ${at}`}`, {
      next: 'Send one JSON object',
    })
  }
}

async function readBody(c: HonoContext): Promise<Record<string, unknown>> {
  const body = (await readJson(c)) ?? {}
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ToolError('invalid-request', 'The body is not a JSON object', {
      next: 'Send the arguments as one JSON object',
    })
  return body as Record<string, unknown>
}
