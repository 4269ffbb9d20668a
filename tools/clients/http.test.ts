import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { failureOf } from './failure-suite.ts'
import type { RequestFacts } from './http.ts'
import { refusedUrl, serve, type TestServer, testHttp } from './testing.ts'

let server: TestServer
afterEach(() => server?.close())
const asked = { upstream: 'prometheus', cluster: 'gpu-east' } as const

/** Answers with these statuses one after the other; the last one stays. */
const serveStatuses = (...statuses: number[]) => {
  let count = 0
  return serve((_request, response) => {
    response.statusCode = statuses[Math.min(count, statuses.length - 1)]!
    count += 1
    response.end('{}')
  })
}

describe('http: attempts (MET-015)', () => {
  it('a read gets three attempts, a change one', async () => {
    server = await serveStatuses(503, 502, 200)
    const http = testHttp()
    expect((await http.request({ ...asked, url: server.url })).status).toBe(200)
    expect(http.waits).toEqual([250, 1_000])
    server.close()
    server = await serveStatuses(503, 200)
    const error = await failureOf(http.request({ ...asked, url: server.url, method: 'PATCH', body: '{}' }))
    expect(error.options.changed).toBe('unknown')
    expect(server.requests).toHaveLength(1)
  })

  it('a POST that only asks is a read', async () => {
    server = await serveStatuses(503, 200)
    const call = { ...asked, url: server.url, method: 'POST', body: 'query=up', mutates: false }
    expect((await testHttp().request(call)).status).toBe(200)
  })

  it('a Retry-After beyond the time-out is not waited for', async () => {
    server = await serve((_request, response) => {
      response.writeHead(429, { 'retry-after': '120' })
      response.end()
    })
    const http = testHttp()
    const error = await failureOf(http.request({ ...asked, url: server.url, timeoutMs: 5_000 }))
    expect(error.options.details?.retryAfterSeconds).toBe(120)
    expect(http.waits).toEqual([])
  })

  it('a Retry-After as a date is read against our clock', async () => {
    const now = () => Date.parse('2026-11-20T12:00:00Z')
    server = await serve((_request, response) => {
      response.writeHead(503, { 'retry-after': 'Fri, 20 Nov 2026 12:00:02 GMT' })
      response.end()
    })
    const http = testHttp({ now })
    await failureOf(http.request({ ...asked, url: server.url }))
    expect(http.waits).toEqual([2_000, 2_000])
  })

  it('cancelled while it waits for the next attempt keeps what happened before as its cause', async () => {
    server = await serveStatuses(503)
    const stop = new AbortController()
    const sleep = async () => {
      stop.abort()
      throw new Error('woken')
    }
    const error = await failureOf(testHttp({ sleep }).request({ ...asked, url: server.url, signal: stop.signal }))
    expect(error.code).toBe('cancelled')
    expect(String(error.cause)).toContain('503')
  })

  it('a deadline of the caller is a time-out, not a cancellation', async () => {
    server = await serve(() => {})
    const error = await failureOf(testHttp().request({ ...asked, url: server.url, signal: AbortSignal.timeout(20) }))
    expect(error.code).toBe('query-timeout')
  })
})

describe('http: a fan-out that no longer waits', () => {
  it('counts against the upstream: after so many, a hung cluster is left alone (MET-024)', async () => {
    server = await serve(() => {})
    const http = testHttp({ breaker: { failures: 2, openMs: 60_000, trials: 1 } })
    const codes: string[] = []
    for (let count = 0; count < 3; count += 1) {
      const stop = new AbortController()
      const asking = failureOf(http.request({ ...asked, url: server.url, signal: stop.signal }))
      stop.abort(
        new ToolError('upstream-timeout', 'gpu-east did not answer within 2000 ms.', { next: 'Ask without it.' }),
      )
      codes.push((await asking).code)
    }
    expect(codes).toEqual(['query-timeout', 'query-timeout', 'cluster-unreachable'])
  })
})

describe('http: the answer', () => {
  it('bounds what it takes, also after unpacking', async () => {
    const body = Buffer.alloc(100_000, 'a')
    let packed = false
    server = await serve((_request, response) => {
      if (packed) response.setHeader('content-encoding', 'gzip')
      response.end(packed ? gzipSync(body) : body)
    })
    const call = { ...asked, url: server.url, maxBytes: 50_000, attempts: 1 }
    expect((await failureOf(testHttp().request(call))).message).toContain('50000 bytes')
    packed = true
    expect((await failureOf(testHttp().request(call))).message).toContain('50000 bytes')
    expect((await testHttp().request({ ...call, maxBytes: 100_000 })).body).toHaveLength(100_000)
  })

  it('broken gzip is garbage', async () => {
    server = await serve((_request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end('not gzip')
    })
    expect((await failureOf(testHttp().request({ ...asked, url: server.url }))).code).toBe('upstream-garbage')
  })

  it('no error holds a password of the address or a token of a header', async () => {
    const url = `${(await refusedUrl()).replace('//', '//user:hunter2@')}/x?key=hunter2`
    const headers = { authorization: 'Bearer hunter2' }
    const error = await failureOf(testHttp().request({ ...asked, url, headers }))
    expect(JSON.stringify(error.toPayload())).not.toContain('hunter2')
  })
})

describe('http: connections and hooks', () => {
  it('keeps connections for reads and gives a change its own', async () => {
    const sockets = new Set<unknown>()
    server = await serve((request, response) => {
      sockets.add(request.socket)
      response.end('{}')
    })
    const http = testHttp()
    for (let count = 0; count < 3; count += 1) await http.request({ ...asked, url: server.url })
    expect(sockets.size).toBe(1)
    await http.request({ ...asked, url: server.url, method: 'DELETE' })
    expect(sockets.size).toBe(2)
    http.close()
  })

  it('goes through the proxy of a kubeconfig', async () => {
    server = await serve((request, response) => response.end(JSON.stringify({ asked: request.url })))
    const tls = { proxyUrl: server.url }
    const response = await testHttp().request({ ...asked, url: 'http://api.invalid:8080/version', tls })
    expect(JSON.parse(response.text())).toEqual({ asked: 'http://api.invalid:8080/version' })
  })

  it('tells every attempt to the observer and passes the trace on', async () => {
    const facts: RequestFacts[] = []
    const traces: unknown[] = []
    server = await serve((request, response) => {
      traces.push(request.headers.traceparent)
      response.statusCode = traces.length === 1 ? 503 : 200
      response.end('{}')
    })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const http = testHttp({ onRequest: (one) => facts.push(one), traceparent: () => traceparent })
    await http.request({ ...asked, url: server.url })
    expect(facts).toMatchObject([
      { upstream: 'prometheus', cluster: 'gpu-east', method: 'GET', status: 503 },
      { upstream: 'prometheus', cluster: 'gpu-east', method: 'GET', status: 200 },
    ])
    expect(traces).toEqual([traceparent, traceparent])
  })
})

describe('http: circuit (FRM-045, MET-024)', () => {
  const breaker = { failures: 2, openMs: 60_000, trials: 1 }

  it('leaves an upstream alone that failed often, each cluster on its own, and a probe heals it', async () => {
    let status = 500
    server = await serve((_request, response) => {
      response.statusCode = status
      response.end('{}')
    })
    const http = testHttp({ breaker })
    const ask = (cluster: string, probe = false) =>
      http.request({ upstream: 'prometheus', cluster, url: server.url, probe })
    await failureOf(ask('a'))
    await failureOf(ask('a'))
    const error = await failureOf(ask('a'))
    expect(error.code).toBe('cluster-unreachable')
    expect(error.options.details).toMatchObject({ circuit: 'open', retryAfterSeconds: 60 })
    expect(server.requests).toHaveLength(2)
    status = 200
    expect((await ask('b')).status).toBe(200)
    expect((await failureOf(ask('a'))).code).toBe('cluster-unreachable')
    expect((await ask('a', true)).status).toBe(200)
    expect((await ask('a')).status).toBe(200)
  })

  it('a caller who goes away says nothing about the health of the upstream, however often', async () => {
    server = await serve((request, response) => {
      if (request.url === '/fine') response.end('{}')
    })
    const http = testHttp({ breaker })
    const codes: string[] = []
    for (let count = 0; count < 4; count += 1) {
      const stop = new AbortController()
      const asking = failureOf(http.request({ ...asked, url: server.url, signal: stop.signal }))
      stop.abort()
      codes.push((await asking).code)
    }
    expect(codes).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled'])
    expect((await http.request({ ...asked, url: `${server.url}/fine` })).status).toBe(200)
  })

  it('a page full of questions at one slow moment does not lock a cluster out', async () => {
    server = await serve((request, response) => {
      if (request.url === '/fine') response.end('{}')
    })
    const http = testHttp({ breaker })
    const slow = () => failureOf(http.request({ ...asked, url: server.url, timeoutMs: 20 }))
    await Promise.all(Array.from({ length: 12 }, slow))
    expect((await http.request({ ...asked, url: `${server.url}/fine` })).status).toBe(200)
  })

  it('a refused query says nothing about the health of the upstream', async () => {
    server = await serveStatuses(400)
    const http = testHttp({ breaker })
    for (let count = 0; count < 4; count += 1) await failureOf(http.request({ ...asked, url: server.url }))
    expect(server.requests).toHaveLength(4)
  })
})
