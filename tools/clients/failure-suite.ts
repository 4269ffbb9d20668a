import type http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ErrorCode, isToolError, type ToolError } from '#contract'
import type { Http } from './http.ts'
import { refusedUrl, serve, serveNoise, type TestServer, testHttp } from './testing.ts'

/** Asks one question of the upstream at `url`; `timeoutMs` goes into its configuration. */
export type AskOnce = (setup: { url: string; http: Http; timeoutMs?: number; signal?: AbortSignal }) => Promise<unknown>

export interface FailureCodes {
  unreachable: ErrorCode
  timeout: ErrorCode
  /** What a 404 with an HTML page means there; default not-found */
  notFound?: ErrorCode
  /** False where the answer is plain text and so cannot be cut or garbled JSON */
  json?: boolean
  /** True where the question changes something, which is sent once */
  changes?: boolean
  cluster?: string
  /** A part of the place where the credential is configured */
  credential: string
}

/** The error that the promise ends with. A success fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<ToolError> {
  try {
    await promise
  } catch (error) {
    if (isToolError(error)) return error
    throw error
  }
  throw new Error('expected a failure')
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void
const answer =
  (status: number, body: string, headers: Record<string, string> = { 'content-type': 'text/plain' }): Handler =>
  (_request, response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
const halfAnAnswer: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
  response.write('{"status":"success","data":')
  setImmediate(() => response.destroy())
}

/** Every way an upstream can have a bad day, over tiny servers: the client under test must turn each into its error. */
export function clientFailures(name: string, ask: AskOnce, codes: FailureCodes): void {
  const servers: TestServer[] = []
  const start = async (handler: Handler) => {
    const server = await serve(handler)
    servers.push(server)
    return server
  }
  const check = (error: ToolError, code: ErrorCode) => {
    expect(error.code).toBe(code)
    expect(error.options.cluster).toBe(codes.cluster)
    expect(error.options.next.length).toBeGreaterThan(10)
    expect(error.message).not.toMatch(/undefined|\[object/)
  }

  describe(`${name}: bad days of the upstream`, () => {
    afterAll(() => Promise.all(servers.map((server) => server.close())))

    it('refused', async () => {
      const error = await failureOf(ask({ url: await refusedUrl(), http: testHttp() }))
      check(error, codes.unreachable)
      expect(error.message).toContain('refused')
    })

    it('slow: the configured time-out ends it', async () => {
      const { url } = await start(() => {})
      check(await failureOf(ask({ url, http: testHttp(), timeoutMs: 100 })), codes.timeout)
    })

    it('closes the connection without an answer', async () => {
      const { url } = await start((request) => request.socket.destroy())
      check(await failureOf(ask({ url, http: testHttp() })), codes.unreachable)
    })

    it('half an answer, whole length promised', async () => {
      const { url } = await start(halfAnAnswer)
      check(await failureOf(ask({ url, http: testHttp() })), 'upstream-garbage')
    })

    it.skipIf(codes.json === false)('cut JSON', async () => {
      const { url } = await start(answer(200, '{"status":"succ', { 'content-type': 'application/json' }))
      check(await failureOf(ask({ url, http: testHttp() })), 'upstream-garbage')
    })

    it.skipIf(codes.json === false)('a sign-in page with status 200', async () => {
      const { url } = await start(answer(200, '<html>Sign in</html>', { 'content-type': 'text/html' }))
      check(await failureOf(ask({ url, http: testHttp() })), 'upstream-garbage')
    })

    it.skipIf(codes.json === false)('JSON that does not fit names the member', async () => {
      const { url } = await start(answer(200, '{"surprise":1}', { 'content-type': 'application/json' }))
      const error = await failureOf(ask({ url, http: testHttp() }))
      check(error, 'upstream-garbage')
      expect(error.options.details?.member).toEqual(expect.any(String))
    })

    it('no HTTP at all', async () => {
      const server = await serveNoise()
      servers.push(server)
      check(await failureOf(ask({ url: server.url, http: testHttp() })), 'upstream-garbage')
    })

    it.each([401, 403])('%i names the credential to check', async (status) => {
      const { url } = await start(answer(status, 'no'))
      const error = await failureOf(ask({ url, http: testHttp() }))
      check(error, 'upstream-denied')
      expect(error.options.next).toContain(codes.credential)
      expect(error.options.details?.status).toBe(status)
    })

    it('404', async () => {
      const { url } = await start(answer(404, '<html>not found</html>', { 'content-type': 'text/html' }))
      check(await failureOf(ask({ url, http: testHttp() })), codes.notFound ?? 'not-found')
    })

    it('a redirect to elsewhere', async () => {
      const { url } = await start(answer(302, '', { location: 'https://login.example/' }))
      check(await failureOf(ask({ url, http: testHttp() })), 'upstream-error')
    })

    it(
      codes.changes ? '429 is not tried again' : '429 is tried three times, as far apart as Retry-After says (MET-015)',
      async () => {
        const server = await start(answer(429, 'slow down', { 'retry-after': '1' }))
        const http = testHttp()
        const error = await failureOf(ask({ url: server.url, http }))
        check(error, 'rate-limited')
        expect(error.options.details?.retryAfterSeconds).toBe(1)
        if (codes.changes) return expect(server.requests).toHaveLength(1)
        expect(server.requests.length).toBeGreaterThanOrEqual(3)
        expect(new Set(http.waits)).toEqual(new Set([1000]))
      },
    )

    it('500', async () => {
      const { url } = await start(answer(500, 'panic: out of cheese'))
      const error = await failureOf(ask({ url, http: testHttp() }))
      check(error, 'upstream-error')
      expect(error.message).toContain('out of cheese')
    })

    it(codes.changes ? '503 is not tried again' : '503 is tried again', async () => {
      const server = await start(answer(503, 'starting'))
      check(await failureOf(ask({ url: server.url, http: testHttp() })), 'upstream-error')
      if (codes.changes) return expect(server.requests).toHaveLength(1)
      expect(server.requests.length).toBeGreaterThanOrEqual(3)
    })

    it('abort before it starts: cancelled, and nothing is sent', async () => {
      const server = await start(() => {})
      check(await failureOf(ask({ url: server.url, http: testHttp(), signal: AbortSignal.abort() })), 'cancelled')
      expect(server.requests).toEqual([])
    })

    describe('abort while it waits', () => {
      const stop = new AbortController()
      let hanging: TestServer
      beforeAll(async () => {
        hanging = await start(() => stop.abort())
      })
      it('is cancelled', async () => {
        check(await failureOf(ask({ url: hanging.url, http: testHttp(), signal: stop.signal })), 'cancelled')
      })
    })
  })
}
