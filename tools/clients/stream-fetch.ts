import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Connection, Endpoint } from './endpoint.ts'
import { createAgent, type ExchangeFailure } from './exchange.ts'
import { type Attempted, cancelled, fromFailure, timedOut } from './failures.ts'
import type { TlsIdentity } from './http.ts'

/** `fetch` over connections of its own: the answer is a stream, and redirects are answers too. Failures are ToolErrors. */
export interface StreamFetch {
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Let go of kept connections */
  close(): void
}

/** Where requests go and who sends them; an Endpoint is one. */
export type Reach = Pick<Endpoint, 'upstream' | 'cluster' | 'connect' | 'canRefresh'> & Partial<Pick<Endpoint, 'ended'>>

export interface StreamOptions {
  /** Between the base address and the path that is asked */
  prefix?: string
  /** What to check where the answer is 401 or 403 */
  credential?: string
  /** Decides which address a name may mean; throws where it may not */
  lookup?: LookupFunction
  /** What the way to the upstream says, in place of the upstream: a ToolError to throw, or undefined for the upstream's own answer */
  refusal?: (status: number, text: string) => Error | undefined
}

const maxBytes = 16 * 1024 * 1024
const maxRefusalBytes = 64 * 1024
/** More requests at once than any measurement makes. */
const maxSockets = 64
const bodyless = new Set([101, 204, 205, 304])
/** Of the way and not of the caller. */
const ownHeaders = ['authorization', 'host', 'connection', 'content-length', 'accept-encoding']

const isDeadline = ({ reason }: AbortSignal) => reason?.name === 'TimeoutError' || /-timeout$/.test(reason?.code ?? '')

/** One connection pool; agents by TLS identity, because one identity is one pool. */
function createPool() {
  const agents = new Map<string | TlsIdentity, http.Agent>()
  return {
    agentFor({ baseUrl, tls }: Connection): http.Agent {
      const { protocol } = new URL(baseUrl)
      const key = tls ?? protocol
      const known = agents.get(key)
      if (known) return known
      const agent = createAgent(protocol, tls, true)
      agent.maxSockets = maxSockets
      agents.set(key, agent)
      return agent
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

interface Sent {
  url: URL
  method: string
  headers: Record<string, string>
  body: string | undefined
  agent: http.Agent
  signal: AbortSignal | undefined
  lookup: LookupFunction | undefined
}

/** The body as a web stream that errors with `fail` where it breaks off, and pauses while nobody reads. */
function bodyOf(message: http.IncomingMessage, fail: (failure: ExchangeFailure) => Error): ReadableStream<Uint8Array> {
  let size = 0
  let over = false
  const finish = (act: () => void) => {
    if (over) return
    over = true
    act()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        message.on('data', (chunk: Buffer) => {
          if (over) return
          size += chunk.length
          if (size > maxBytes) {
            finish(() => controller.error(fail({ stage: 'too-large', errno: 'SIZE', message: '' })))
            message.destroy()
            return
          }
          controller.enqueue(new Uint8Array(chunk))
          if ((controller.desiredSize ?? 0) <= 0) message.pause()
        })
        message.on('error', (error: NodeJS.ErrnoException) =>
          finish(() =>
            controller.error(fail({ stage: 'body', errno: error.code ?? error.name, message: error.message })),
          ),
        )
        message.on('close', () =>
          finish(() =>
            message.complete
              ? controller.close()
              : controller.error(fail({ stage: 'body', errno: 'CUT', message: 'the connection closed too early' })),
          ),
        )
        message.on('end', () => finish(() => controller.close()))
      },
      pull: () => void message.resume(),
      cancel() {
        over = true
        message.destroy()
      },
    },
    { highWaterMark: 256 },
  )
}

function send(sent: Sent, fail: (failure: ExchangeFailure) => Error): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = sent.url.protocol === 'https:' ? https.request : http.request
    const { method, headers, agent, signal, lookup, body, url } = sent
    const broken = (error: NodeJS.ErrnoException) =>
      reject(
        fail({
          stage: error.code?.startsWith('HPE_') ? 'protocol' : 'connect',
          errno: error.code ?? error.name,
          message: error.message,
        }),
      )
    let outgoing: http.ClientRequest
    try {
      outgoing = request(
        url,
        { method, headers, agent, ...(signal && { signal }), ...(lookup && { lookup }) },
        (message) => {
          const status = message.statusCode ?? 502
          const pairs = Object.entries(message.headersDistinct).flatMap(([name, values]) =>
            (values ?? []).map((value): [string, string] => [name, value]),
          )
          if (bodyless.has(status)) message.resume()
          resolve(new Response(bodyless.has(status) ? null : bodyOf(message, fail), { status, headers: pairs }))
        },
      )
    } catch (error) {
      broken(error as NodeJS.ErrnoException)
      return
    }
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // What the lookup refuses is an answer of ours already
      if ('options' in error) reject(error)
      else broken(error)
    })
    outgoing.setNoDelay(true)
    outgoing.end(body)
  })
}

/** Text of an answer that is no success, up to a bound. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxRefusalBytes) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * A fetch that reaches an upstream the way its endpoint does: address, login and TLS are the endpoint's, whatever headers the caller
 * has. A 401 of the way itself reads the login again, once. `timeoutMs` is only for the words of an error: the caller's signal ends it.
 */
export function streamFetch(reach: Reach, options: StreamOptions = {}): StreamFetch {
  const { upstream, cluster } = reach
  const { prefix = '', credential, lookup, refusal } = options
  const pool = createPool()

  async function once(path: string, init: RequestInit, fresh: boolean): Promise<Response> {
    const connection = await reach.connect(fresh)
    const url = new URL(connection.baseUrl.replace(/\/+$/, '') + prefix + path)
    const method = init.method ?? 'GET'
    const mutates = method !== 'GET' && method !== 'HEAD'
    const asked: Attempted = { upstream, cluster, credential, url, mutates, timeoutMs: 0, maxBytes }
    const given = init.signal ?? undefined
    const signal = given && reach.ended ? AbortSignal.any([given, reach.ended]) : (given ?? reach.ended)
    const fail = (failure: ExchangeFailure) =>
      signal?.aborted
        ? isDeadline(signal)
          ? timedOut(asked)
          : cancelled(asked, signal.reason)
        : fromFailure(asked, failure)
    if (signal?.aborted) throw fail({ stage: 'connect', errno: 'ABORT', message: '' })
    const own = Object.fromEntries(new Headers(init.headers))
    for (const name of ownHeaders) delete own[name]
    const body = typeof init.body === 'string' ? init.body : undefined
    const headers = {
      'user-agent': 'quartermaster',
      ...own,
      ...connection.headers,
      'accept-encoding': 'identity',
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    }
    return send({ url, method, headers, body, agent: pool.agentFor(connection), signal, lookup }, fail)
  }

  async function ask(path: string, init: RequestInit, fresh: boolean): Promise<Response> {
    const response = await once(path, init, fresh)
    if (response.ok) return response
    const text = await textOf(response)
    const refused = refusal?.(response.status, text)
    const isOurs = refusal === undefined || refused !== undefined
    if (response.status === 401 && isOurs && reach.canRefresh && !fresh) return ask(path, init, true)
    if (refused) throw refused
    return new Response(bodyless.has(response.status) ? null : text, {
      status: response.status,
      headers: response.headers,
    })
  }

  return {
    fetch(input, init = {}) {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input)
      return ask(pathname + search, init, false)
    },
    close: pool.close,
  }
}
