import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testClients, testHttp, testSurroundings } from '../testing.ts'
import { createTempo } from './client.ts'

const where = 'clusters[gpu-east].tempo'
const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createTempo(
    configuredEndpoint({
      upstream: 'tempo',
      cluster: 'gpu-east',
      config: { url, timeoutMs },
      where,
      http,
      surroundings: testSurroundings(),
    }),
  )
const range = { start: new Date(1_700_000_000_123), end: new Date(1_700_000_060_456) }
const codes = {
  unreachable: 'tempo-not-available',
  timeout: 'query-timeout',
  cluster: 'gpu-east',
  credential: where,
} as const
clientFailures(
  'tempo search (TRC-008)',
  ({ url, signal, ...setup }) => open(url, setup).search({ query: '{}', ...range, signal }),
  codes,
)
clientFailures('tempo trace', ({ url, signal, ...setup }) => open(url, setup).trace('ab12', { signal }), codes)
clientFailures('tempo tags', ({ url, signal, ...setup }) => open(url, setup).tagNames({ signal }), codes)
clientFailures('tempo tag values', ({ url, signal, ...setup }) => open(url, setup).tagValues('name', { signal }), codes)

let server: TestServer
afterEach(() => server?.close())

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
const traceHex = '00000000000000000123456789abcdef'
const wireSpan = (more: object) => ({
  traceId: base64(traceHex),
  spanId: base64('00000000000000a1'),
  name: 'GET /',
  kind: 'SPAN_KIND_SERVER',
  startTimeUnixNano: '1700000000123456789',
  endTimeUnixNano: '1700000000125456790',
  ...more,
})
const batches = (...spans: object[]) => [
  { resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] }, scopeSpans: [{ spans }] },
]

describe('tempo client', () => {
  it('asks in whole seconds and reads what a search found: ids padded, zeros left out (TRC-002)', async () => {
    server = await serveJson({
      traces: [
        {
          traceID: '123456789abcdef',
          rootServiceName: 'web',
          rootTraceName: 'GET /',
          startTimeUnixNano: '1700000000123456789',
          serviceStats: { web: { spanCount: 3, errorCount: 1 }, db: { spanCount: 2 } },
          spanSets: [
            {
              matched: 5,
              spans: [
                {
                  spanID: 'a1',
                  startTimeUnixNano: '1700000000123456789',
                  durationNanos: '1500000',
                  attributes: [{ key: 'status', value: { stringValue: 'error' } }],
                },
              ],
            },
          ],
        },
        { traceID: 'ff', rootServiceName: '<root span not yet received>', startTimeUnixNano: '1700000000000000000' },
      ],
      metrics: {},
    })
    const [whole, rootless] = await open(server.url).search({ query: '{ status = error }', ...range, spansPerSet: 1 })
    expect(server.requests).toEqual([
      'GET /api/search?q=%7B+status+%3D+error+%7D&start=1700000000&end=1700000061&limit=20&spss=1',
    ])
    expect(whole).toEqual({
      traceId: traceHex,
      rootService: 'web',
      rootName: 'GET /',
      startMs: 1_700_000_000_123.456,
      durationMs: 0,
      services: [
        { name: 'web', spans: 3, errors: 1 },
        { name: 'db', spans: 2, errors: 0 },
      ],
      matched: [
        {
          spanId: '00000000000000a1',
          startMs: 1_700_000_000_123.456,
          durationMs: 1.5,
          attributes: { status: 'error' },
        },
      ],
      matches: 5,
    })
    expect(rootless!.rootService).toBeUndefined()
  })

  it('nothing found may have no list at all', async () => {
    server = await serveJson({ metrics: { inspectedBytes: '0' } })
    expect(await open(server.url).search({ query: '{}', ...range })).toEqual([])
  })

  it('reads a v2 trace: base64 ids, exact durations, a span of two blocks once, a partial one said', async () => {
    const root = wireSpan({
      status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
      attributes: [
        { key: 'http.response.status_code', value: { intValue: '500' } },
        { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
      ],
      events: [{ name: 'exception', timeUnixNano: '1700000000124000000' }],
    })
    const child = wireSpan({
      spanId: base64('00000000000000b2'),
      parentSpanId: base64('00000000000000a1'),
      startTimeUnixNano: '1700000000124456789',
      kind: 3,
    })
    server = await serveJson({
      trace: { resourceSpans: batches(child, root, root) },
      status: 'PARTIAL',
      message: 'cut',
    })
    const trace = await open(server.url).trace('123456789abcdef')
    expect(server.requests).toEqual(['GET /api/v2/traces/123456789abcdef'])
    expect(trace).toMatchObject({ traceId: traceHex, partial: 'cut' })
    expect(trace!.spans.map(({ spanId, parentSpanId, kind }) => [spanId, parentSpanId, kind])).toEqual([
      ['00000000000000a1', undefined, 'server'],
      ['00000000000000b2', '00000000000000a1', 'client'],
    ])
    expect(trace!.spans[0]).toMatchObject({
      service: 'web',
      durationMs: 2.000001,
      status: 'error',
      statusMessage: 'boom',
      attributes: { 'http.response.status_code': 500, tags: 'a, b' },
      events: [{ name: 'exception', atMs: 1_700_000_000_124 }],
    })
  })

  it('falls back to v1 with OTLP hex ids and instrumentation libraries, and knows a trace that is not there', async () => {
    const old = wireSpan({ spanId: '00000000000000A1', parentSpanId: '0000000000000000', status: { code: 2 } })
    server = await serve((request, response) => {
      const isOld = request.url!.startsWith('/api/traces/ab')
      response.writeHead(isOld ? 200 : 404, { 'content-type': isOld ? 'application/json' : 'text/plain' })
      response.end(isOld ? JSON.stringify({ batches: [{ instrumentationLibrarySpans: [{ spans: [old] }] }] }) : 'none')
    })
    const trace = await open(server.url).trace('ab')
    expect(trace!.partial).toBeUndefined()
    expect(trace!.spans).toMatchObject([{ spanId: '00000000000000a1', service: 'unknown', status: 'error' }])
    expect(trace!.spans[0]!.parentSpanId).toBeUndefined()
    expect(await open(server.url).trace('cd')).toBeUndefined()
  })

  it('tags by scope and their values, narrowed by a query; the tenant goes along', async () => {
    const tenants: unknown[] = []
    server = await serve((request, response) => {
      tenants.push(request.headers['x-scope-orgid'])
      const isNames = request.url!.includes('/search/tags')
      response.end(
        JSON.stringify(
          isNames
            ? { scopes: [{ name: 'resource', tags: ['service.name'] }, { name: 'span' }] }
            : { tagValues: [{ type: 'string', value: 'web' }], metrics: {} },
        ),
      )
    })
    const clients = testClients({ clusters: [{ name: 'gpu-east', tempo: { url: server.url, tenant: 'ops' } }] })
    const tempo = clients.tempo.for('gpu-east')
    expect(await tempo.tagNames()).toEqual([
      { scope: 'resource', tags: ['service.name'] },
      { scope: 'span', tags: [] },
    ])
    expect(await tempo.tagValues('resource.service.name', { query: '{ status = error }' })).toEqual(['web'])
    expect(server.requests).toEqual([
      'GET /api/v2/search/tags',
      'GET /api/v2/search/tag/resource.service.name/values?q=%7B+status+%3D+error+%7D',
    ])
    expect(tenants).toEqual(['ops', 'ops'])
    clients.close()
  })

  it.each([
    [
      'invalid TraceQL query: parse error at line 1, col 5: syntax error: unexpected IDENTIFIER',
      'invalid-traceql',
      { line: 1, column: 5 },
    ],
    ['range specified by start and end exceeds 168h0m0s. received start=1 end=2', 'invalid-input', undefined],
    ['trace IDs can only contain hex characters: invalid character at position 0', 'invalid-input', undefined],
  ] as const)('400 %s', async (words, code, position) => {
    server = await serve((_request, response) => {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${words}\n`)
    })
    const error = await failureOf(open(server.url).search({ query: '{', ...range }))
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.options.details?.position).toEqual(position)
  })
})
