import type { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { ToolError } from '#contract'
import { type Breaker, type BreakerLimits, createBreaker } from './breaker.ts'
import type { createAgent, ExchangeFailure, HttpResponse, TlsIdentity } from './exchange.ts'
import {
  type Asked,
  type Attempted,
  cancelled,
  circuitOpen,
  fromFailure,
  fromStatus,
  retryAfterMs,
  timedOut,
  type UpstreamName,
} from './failures.ts'

export type { HttpResponse, TlsIdentity } from './exchange.ts'

/** Facts of one attempt, for metrics. `status` is absent when no whole answer came. */
export interface RequestFacts {
  upstream: UpstreamName
  cluster?: string
  method: string
  status?: number
  tookMs: number
}

export interface HttpRequest extends Asked {
  url: string | URL
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** For all attempts together; default 10 s */
  timeoutMs?: number
  signal?: AbortSignal
  /** Bound of the unpacked answer; default 64 MiB */
  maxBytes?: number
  /** Attempts for a read, default 3 (MET-015); what changes something is sent once */
  attempts?: number
  /** Whether it can change the upstream; default: any method but GET and HEAD */
  mutates?: boolean
  tls?: TlsIdentity
  /** Statuses besides 2xx that come back as an answer */
  pass?: (status: number, response: HttpResponse) => boolean
  /** The upstream's own error format; undefined falls back to the meaning of the status */
  explain?: (response: HttpResponse) => ToolError | undefined
  /** A health probe: asks also while the circuit is open */
  probe?: boolean
}

export interface HttpOptions {
  /** Milliseconds since 1970 */
  now: () => number
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  onRequest?: (facts: RequestFacts) => void
  breaker?: BreakerLimits
  /** W3C trace context of the call under way */
  traceparent?: () => string | undefined
}

export interface Http {
  /** The whole answer of a success. Every failure is a ToolError with the cluster and a next step. */
  request(call: HttpRequest): Promise<HttpResponse>
  /** Let go of all connections */
  close(): void
  /** Keep no connection any longer: idle ones end now, those in use when their answer is there */
  retire(): void
  /** Aborts when it is closed or retired: what stays open by intent, such as a watch, ends with it */
  readonly ended: AbortSignal
}

const backOffMs = [250, 1_000]
const retriableStatus = new Set([429, 502, 503, 504])
const retriableErrno = new Set(['ECONNRESET', 'EPIPE', 'EAI_AGAIN'])
const isRetriable = (failure: ExchangeFailure) =>
  failure.stage === 'body' || (failure.stage === 'connect' && retriableErrno.has(failure.errno))
/** AbortSignal.timeout, or a fan-out that no longer waits: the upstream was too slow, nobody changed their mind. */
const isDeadline = ({ reason }: AbortSignal) => reason?.name === 'TimeoutError' || /-timeout$/.test(reason?.code ?? '')
const isLoopback = (hostname: string) => /^(localhost|127\.|\[::1\])/.test(hostname)

type Attempt = { response: HttpResponse } | { error: ToolError; retry: boolean; waitMs?: number }

/**
 * The one way out. Reads are tried up to three times (MET-015: 0.25 s and 1 s apart, so that all three fit a fan-out's 2 s; a
 * Retry-After is honoured while it fits the time-out), changes once and on a connection of their own, because on a kept one a
 * reset cannot be told from a change half made. A signal that ends by a time-out reads as a time-out, any other as `cancelled`.
 */
export function createHttp(options: HttpOptions): Http {
  const { now, sleep = (ms, signal) => delay(ms, undefined, { signal, ref: true }) } = options
  const agents = new Map<string, Agent>()
  const tlsAgents = new WeakMap<TlsIdentity, Agent>()
  const opened = new Set<Agent>()
  const breakers = new Map<string, Breaker>()
  let retired = false
  const closing = new AbortController()
  /** Errors that say that the upstream itself is unwell. A refused query does not open its circuit. */
  const unwell = new WeakSet<ToolError>()
  const blame = (error: ToolError) => {
    unwell.add(error)
    return error
  }

  function agentFor(url: URL, tls: TlsIdentity | undefined, create: typeof createAgent): Agent {
    const known = tls ? tlsAgents.get(tls) : agents.get(url.protocol)
    if (known) return known
    const agent = create(url.protocol, tls, !retired)
    opened.add(agent)
    if (tls) tlsAgents.set(tls, agent)
    else agents.set(url.protocol, agent)
    return agent
  }

  function breakerFor(asked: Asked, url: URL): Breaker {
    const key = `${asked.upstream} ${asked.cluster ?? url.origin}`
    const known = breakers.get(key)
    if (known) return known
    const breaker = createBreaker(now, options.breaker)
    breakers.set(key, breaker)
    return breaker
  }

  function headersOf(call: HttpRequest, url: URL): Record<string, string> {
    const traceparent = options.traceparent?.()
    return {
      'user-agent': 'quartermaster',
      accept: 'application/json',
      'accept-encoding': isLoopback(url.hostname) ? 'identity' : 'gzip',
      ...(traceparent !== undefined && { traceparent }),
      ...call.headers,
    }
  }

  async function attempt(call: HttpRequest, asked: Attempted, signal: AbortSignal): Promise<Attempt> {
    const method = call.method ?? 'GET'
    // node:http brings undici with it, 30 ms and 10 MB: with the first request, not at start
    const { createAgent, exchange } = await import('./exchange.ts')
    const startedAt = now()
    const agent = asked.mutates
      ? createAgent(asked.url.protocol, call.tls, false)
      : agentFor(asked.url, call.tls, createAgent)
    const result = await exchange({
      url: asked.url,
      method,
      headers: headersOf(call, asked.url),
      body: call.body,
      signal,
      maxBytes: asked.maxBytes,
      agent,
    })
    const { response } = result
    const { upstream, cluster } = asked
    options.onRequest?.({ upstream, cluster, method, status: response?.status, tookMs: now() - startedAt })
    if (!response) {
      return { error: blame(fromFailure(asked, result.failure)), retry: isRetriable(result.failure) }
    }
    const { status } = response
    if ((status >= 200 && status < 300) || call.pass?.(status, response)) return { response }
    const explained = call.explain?.(response)
    const error = explained ?? fromStatus(asked, response, now())
    // An upstream that says in its own words what is wrong is alive, and would say the same again.
    if (status >= 500 && !explained) blame(error)
    const retry = retriableStatus.has(status) && (!explained || status === 429)
    return { error, retry, waitMs: retryAfterMs(response, now()) }
  }

  async function untilAnswered(call: HttpRequest, asked: Attempted): Promise<HttpResponse> {
    const timeout = AbortSignal.timeout(asked.timeoutMs)
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout
    const deadline = now() + asked.timeoutMs
    const attempts = asked.mutates ? 1 : (call.attempts ?? 3)
    const ended = (cause?: unknown) =>
      call.signal?.aborted && !isDeadline(call.signal) ? cancelled(asked, cause) : blame(timedOut(asked))
    for (let count = 1; ; count += 1) {
      if (signal.aborted) throw ended()
      const outcome = await attempt(call, asked, signal)
      if (signal.aborted && !('response' in outcome)) throw ended(outcome.error)
      if ('response' in outcome) return outcome.response
      const waitMs = outcome.waitMs ?? backOffMs[count - 1] ?? 1_000
      if (!outcome.retry || count >= attempts || now() + waitMs >= deadline) throw outcome.error
      await sleep(waitMs, signal).catch(() => {
        throw ended(outcome.error)
      })
    }
  }

  async function request(call: HttpRequest): Promise<HttpResponse> {
    const method = call.method ?? 'GET'
    const asked: Attempted = {
      upstream: call.upstream,
      cluster: call.cluster,
      credential: call.credential,
      url: new URL(call.url),
      mutates: call.mutates ?? (method !== 'GET' && method !== 'HEAD'),
      timeoutMs: call.timeoutMs ?? 10_000,
      maxBytes: call.maxBytes ?? 64 * 1024 * 1024,
    }
    if (call.signal?.aborted && !isDeadline(call.signal)) throw cancelled(asked)
    const breaker = breakerFor(asked, asked.url)
    const admission = breaker.enter()
    if (admission.waitMs !== undefined) {
      if (!call.probe) throw circuitOpen(asked, admission.waitMs)
      const response = await untilAnswered(call, asked)
      breaker.close()
      return response
    }
    try {
      const response = await untilAnswered(call, asked)
      admission.leave('success')
      return response
    } catch (error) {
      const isCancelled = (error as ToolError).code === 'cancelled'
      admission.leave(isCancelled ? 'ignored' : unwell.has(error as ToolError) ? 'failure' : 'success')
      throw error
    }
  }

  return {
    request,
    ended: closing.signal,
    close() {
      closing.abort()
      for (const agent of opened) agent.destroy()
    },
    retire() {
      retired = true
      closing.abort()
      for (const agent of opened) {
        agent.maxFreeSockets = 0
        for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
      }
    },
  }
}
