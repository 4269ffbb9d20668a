import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testClients, testHttp, testSurroundings } from '../testing.ts'
import { createLoki } from './client.ts'

const where = 'clusters[gpu-east].loki'
const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createLoki(
    configuredEndpoint({
      upstream: 'loki',
      cluster: 'gpu-east',
      config: { url, timeoutMs },
      where,
      http,
      surroundings: testSurroundings(),
    }),
  )
const range = { start: new Date(1_700_000_000_123), end: new Date(1_700_000_060_000) }
const codes = {
  unreachable: 'loki-not-available',
  timeout: 'query-timeout',
  cluster: 'gpu-east',
  credential: where,
} as const
clientFailures(
  'loki query',
  ({ url, signal, ...setup }) => open(url, setup).queryRange({ query: '{a="b"}', ...range, signal }),
  codes,
)
clientFailures('loki labels', ({ url, signal, ...setup }) => open(url, setup).labelNames(signal), codes)

let server: TestServer
afterEach(() => server?.close())
const streams = (...result: object[]) => ({ status: 'success', data: { resultType: 'streams', result, stats: {} } })

describe('loki client', () => {
  it('merges streams by nanosecond, newest first; times that a number cannot hold stay apart', async () => {
    server = await serveJson(
      streams(
        {
          stream: { pod: 'a' },
          values: [
            ['1700000000000000002', 'two'],
            ['1700000000000000000', 'zero', { trace: 'x' }],
          ],
        },
        { stream: { pod: 'b' }, values: [['1700000000000000001', 'one']] },
      ),
    )
    const lines = async (direction?: 'forward' | 'backward') =>
      (await open(server.url).queryRange({ query: '{a="b"}', ...range, direction })).map(({ line }) => line)
    expect(await lines()).toEqual(['two', 'one', 'zero'])
    expect(await lines('forward')).toEqual(['zero', 'one', 'two'])
    expect(server.requests[0]).toBe(
      'GET /loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&start=1700000000123000000&end=1700000060000000000&limit=100&direction=backward',
    )
  })

  it('sends the tenant', async () => {
    const seen: unknown[] = []
    server = await serve((request, response) => {
      seen.push(request.headers['x-scope-orgid'])
      response.end('{"status":"success"}')
    })
    const clients = testClients({ clusters: [{ name: 'gpu-east', loki: { url: server.url, tenant: 'a|b' } }] })
    expect(await clients.loki.for('gpu-east').labelValues('x/y')).toEqual([])
    expect(seen).toEqual(['a|b'])
    expect(server.requests).toEqual(['GET /loki/api/v1/label/x%2Fy/values'])
  })

  it.each([
    [400, 'parse error at line 1, col 5: syntax error: unexpected $end', 'invalid-logql', { line: 1, column: 5 }],
    [400, 'parse error : queries require at least one regexp or equality matcher', 'invalid-logql', undefined],
    [400, 'max entries limit per query exceeded, limit > max_entries_limit (9000 > 5000)', 'invalid-input', undefined],
    [400, 'the query time range exceeds the limit (query length: 800h, limit: 721h)', 'invalid-input', undefined],
  ] as const)('%i %s (LGS-006)', async (status, text, code, position) => {
    server = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${text}\n`)
    })
    const error = await failureOf(open(server.url).queryRange({ query: '{', ...range }))
    expect(error.code).toBe(code)
    expect(error.message).toContain(text)
    expect(error.options.details?.position).toEqual(position)
  })

  it('numbers instead of lines are refused', async () => {
    server = await serveJson({ status: 'success', data: { resultType: 'matrix', result: [] } })
    const error = await failureOf(open(server.url).queryRange({ query: 'rate({a="b"}[1m])', ...range }))
    expect(error.code).toBe('invalid-logql')
  })

  it('a time that is no text is garbage, by its place', async () => {
    server = await serveJson(streams({ stream: {}, values: [[1700000000000000000, 'x']] }))
    const error = await failureOf(open(server.url).queryRange({ query: '{a="b"}', ...range }))
    expect(error.options.details?.member).toBe('[0].values[0]')
  })
})
