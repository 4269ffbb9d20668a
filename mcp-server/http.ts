import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { ToolError } from '#contract'
import type { Actor, Logger } from '#define'
import type { Config } from './config.ts'
import type { Core } from './core.ts'
import { createEventStreams } from './faces/event-stream.ts'
import { watchLists } from './faces/list-changes.ts'
import { createLiveFace } from './faces/live.ts'
import { createLiveClients } from './faces/live-clients.ts'
import { createMcpFace } from './faces/mcp.ts'
import { readMcpBody } from './faces/mcp-body.ts'
import { docsPage, openapiDocument } from './faces/openapi.ts'
import { createRestFace, failure, rateHeaders } from './faces/rest.ts'
import { createSignIn } from './faces/sign-in.ts'
import { createStreamingFace } from './faces/streaming.ts'
import { checkOrigin, type Identified, urlHost } from './policy/identify.ts'
import type { Taken } from './policy/rate-limits.ts'
import type { Metrics } from './record/metrics.ts'
import { newTraceId, traced, traceIdOf } from './record/trace.ts'

export interface HttpParts {
  core: Core
  config: Config
  metrics: Metrics
  log: Logger
  version: string
  now: () => Date
}

/** A line a request (SEC-014): what failed on our side is a warning, the rest is for whoever looks for it. */
function logRequest(log: Logger, request: Request, facts: { path: string; status: number; durationMs: number }): void {
  const line = {
    method: request.method,
    ...facts,
    durationMs: Math.round(facts.durationMs),
    userAgent: request.headers.get('user-agent')?.slice(0, 200),
  }
  if (facts.status >= 500) log.warn(line, 'request')
  else log.debug(line, 'request')
}

/** One request of Node's http server; answers whether the path is one of ours. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface HttpFace {
  owns(path: string): boolean
  handle: NodeHandler
  upgrade(request: IncomingMessage, socket: import('node:stream').Duplex, head: Buffer): void
  /** The person behind a request of a page; undefined where the request was answered with the sign-in instead */
  admit(request: IncomingMessage, response: ServerResponse): Identified | undefined
  close(): Promise<void>
}

const faces = new Set(['mcp', 'api', 'ws', 'health', 'ready', 'metrics', 'openapi.json', 'docs'])
const ours = /^\/(mcp|api\/v1|ws|health|ready|metrics|openapi\.json|docs)(\/|$|\?)/

const onlyPeople = () =>
  new ToolError('permission-denied', 'This is for people', {
    next: 'Sign in with the token of a person',
    changed: 'nothing',
  })
const onlyRest = () =>
  new ToolError('permission-denied', 'Workers and webhooks report over REST', {
    next: 'POST /api/v1/tools/<name>, see /docs',
    changed: 'nothing',
  })

const isMachine = ({ kind }: Actor) => kind === 'worker' || kind === 'webhook'

/** Any text may call itself a worker's token until a tool looks it up: it does not read what happens in the fleet. */
function reader(actor: Actor): Actor {
  if (isMachine(actor)) throw onlyRest()
  return actor
}

/** The faces on HTTP: MCP, REST, live events, health, metrics, docs. The chat's own paths are left to the chat. */
export function createHttpFace(parts: HttpParts): HttpFace {
  const { core, config, metrics, log, version } = parts
  const app = new Hono()

  const guard = (host: string | undefined, origin: string | undefined) =>
    checkOrigin({ host, origin, allowedHosts: config.allowedHosts })
  const checkRequest = (request: Request) =>
    guard(request.headers.get('host') ?? undefined, request.headers.get('origin') ?? undefined)
  /** What each request took, for its headers; it counts once however often it is asked who sent it. */
  const taken = new WeakMap<Request, (Taken & { limit: number }) | undefined>()
  const identify = (request: Request, face: 'mcp' | 'rest'): Identified => {
    const who = whoIs(request, face)
    if (!taken.has(request)) taken.set(request, core.rateLimits.take('requests', who.actor))
    return who
  }
  const whoIs = (request: Request, face: 'mcp' | 'rest'): Identified => {
    try {
      return core.identity.identify({
        authorization: request.headers.get('authorization') ?? undefined,
        cookie: face === 'rest' ? (request.headers.get('cookie') ?? undefined) : undefined,
        face,
        persona:
          new URL(request.url).searchParams.get('persona') ??
          request.headers.get('x-quartermaster-persona') ??
          config.persona,
      })
    } catch (error) {
      metrics.authFailures.inc()
      throw error
    }
  }

  const serverFor = createMcpFace({
    road: core.road,
    fleetReady: core.fleetReady,
    registry: core.registry,
    personas: core.personas,
    approvals: core.approvals,
    results: core.results,
    secret: core.secret,
    version,
    approveByClient: false,
    now: parts.now,
    log,
  })
  const mcp = createMcpHandler(
    // older clients are served request by request: nothing of theirs is open to be told on
    ({ authInfo, era }) => serverFor(authInfo!.extra!.who as Identified, { tellsChanges: era === 'modern' }),
    { onerror: (error) => log.debug({ error: error.message }, 'an MCP request was refused') },
  )
  const leaveLists = watchLists(core, ({ tools, prompts }) => {
    if (tools) mcp.notify.toolsChanged()
    if (prompts) mcp.notify.promptsChanged()
  })

  app.onError((error, c) => failure(c, error, log))
  app.use('*', async (c, next) => {
    const started = performance.now()
    await traced(traceIdOf(c.req.header('traceparent')) ?? newTraceId(), async () => {
      await next()
      logRequest(log, c.req.raw, { path: c.req.path, status: c.res.status, durationMs: performance.now() - started })
    })
    const rate = taken.get(c.req.raw)
    if (rate && c.res.status !== 429) rateHeaders(c, { ...rate, resetSeconds: Math.ceil(rate.fullInMs / 1000) })
    const first = c.req.path.split('/')[1] ?? ''
    // paths that nobody serves must not become labels
    const face = faces.has(first) ? first : 'other'
    metrics.http.observe(
      { face, method: c.req.method, status: String(c.res.status) },
      (performance.now() - started) / 1000,
    )
  })
  app.all('/mcp', async (c) => {
    checkRequest(c.req.raw)
    const who = identify(c.req.raw, 'mcp')
    if (isMachine(who.actor)) throw onlyRest()
    if (who.actor.persona !== undefined) {
      await core.fleetReady()
      core.personas.check(who.actor.persona)
    }
    const { request, parsedBody } = await readMcpBody(c.req.raw)
    const authInfo = { token: '', clientId: who.actor.id, scopes: [], extra: { who } }
    return mcp.fetch(request, { authInfo, ...(parsedBody !== undefined && { parsedBody }) })
  })
  app.get('/health', (c) => c.json({ status: 'ok', version }))
  app.get('/ready', async (c) => {
    const database = await core.database.healthy()
    return c.json({ status: database ? 'ready' : 'not-ready', checks: { database } }, database ? 200 : 503)
  })
  app.get('/metrics', async (c) => {
    // not public (SEC-003); without a token it is for this machine, and a page elsewhere must not read it
    if (core.identity.open) checkRequest(c.req.raw)
    else if (whoIs(c.req.raw, 'rest').actor.kind !== 'human') throw onlyPeople()
    metrics.liveSubscriptions.set(clients.status().subscriptions)
    return c.text(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType })
  })
  let document: Record<string, unknown> | undefined
  const openapi = () => {
    document ??= openapiDocument(core.registry, version)
    return document
  }
  app.get('/openapi.json', (c) => c.json(openapi()))
  app.get('/docs', (c) => c.html(docsPage(openapi())))
  const clients = createLiveClients()
  const streams = createEventStreams({
    events: core.events,
    names: core.eventNames,
    metrics,
    log,
    now: parts.now,
    clients,
  })
  const person = (request: Request) => {
    checkRequest(request)
    return reader(identify(request, 'rest').actor)
  }
  app.route('/', createStreamingFace({ clients, eventNames: core.eventNames, now: parts.now, person }))
  app.get('/api/v1/streaming/events', (c) => streams.serve(c.req.raw, person(c.req.raw)))
  const { road, registry, fleetReady: ready } = core
  app.route('/', createRestFace({ road, registry, ready, identify, checkOrigin: checkRequest, log }))

  const header = (request: IncomingMessage, name: string) => {
    const value = request.headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  const checkNode = (request: IncomingMessage) => guard(header(request, 'host'), header(request, 'origin'))
  const identifyNode = (request: IncomingMessage, token?: string) =>
    core.identity.identify({
      authorization: token !== undefined ? `Bearer ${token}` : header(request, 'authorization'),
      cookie: header(request, 'cookie'),
      face: 'rest',
    })
  const live = createLiveFace({
    events: core.events,
    metrics,
    log,
    now: parts.now,
    names: core.eventNames,
    clients,
    identify: (request, token) => reader(identifyNode(request, token).actor),
    checkOrigin: checkNode,
  })

  return {
    owns: (path) => ours.test(path) && !path.startsWith('/api/v1/chat/'),
    handle: getRequestListener(app.fetch, { overrideGlobalObjects: false }),
    upgrade: live.upgrade,
    admit: createSignIn({
      ownerToken: config.ownerToken,
      secure: config.publicUrl?.startsWith('https:') ?? false,
      person(request) {
        checkNode(request)
        const who = identifyNode(request)
        if (who.actor.kind === 'human') return who
        throw new ToolError('permission-denied', 'Pages are for people', { next: 'Use /mcp or /api/v1' })
      },
    }),
    async close() {
      leaveLists()
      live.close()
      await streams.close()
      await mcp.close()
    },
  }
}

const reasons: Record<string, (at: { port: number; host: string }) => [string, string, string]> = {
  EADDRINUSE: ({ port }) => ['PORT', `Port ${port} is taken`, `Start with another one: PORT=${port + 1} npm start`],
  EACCES: ({ port }) => ['PORT', `Port ${port} is not for this user`, 'Start with one above 1023: PORT=3000 npm start'],
  EADDRNOTAVAIL: ({ host }) => [
    'HOST',
    `${host} is no address of this machine`,
    'Correct HOST, or leave it out for loopback',
  ],
  ENOTFOUND: ({ host }) => [
    'HOST',
    `${host} is no address of this machine`,
    'Correct HOST, or leave it out for loopback',
  ],
}

function cannotListen(cause: NodeJS.ErrnoException, at: { port: number; host: string }): Error {
  const [field, message, next] = reasons[cause.code ?? '']?.(at) ?? []
  return message === undefined ? cause : new ToolError('conflict', message, { field: field!, next: next!, cause })
}

/** Listen, and answer the address people use. @throws ToolError naming PORT or HOST */
export async function listen(
  handler: NodeHandler,
  { port, host }: { port: number; host: string },
): Promise<{ server: NodeServer; url: string }> {
  const server = createServer(handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, { port, host })))
    server.listen(port, host, resolve)
  })
  const address = server.address() as { port: number }
  const shown = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : urlHost(host)
  return { server, url: `http://${shown}:${address.port}` }
}
