import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testHttp, testSurroundings } from '../testing.ts'
import { createPrometheus, labelInPath } from './client.ts'
import { prometheusConfig } from './config.ts'

const open = (url: string, more: object = {}, http: Http = testHttp()) => {
  const { thanos, ...config } = prometheusConfig.parse({ url, ...more })
  return createPrometheus(
    configuredEndpoint({
      upstream: 'prometheus',
      cluster: 'gpu-east',
      config,
      where: 'clusters[gpu-east].prometheus',
      http,
      surroundings: testSurroundings({ PROM_TOKEN: 's3cret' }),
    }),
    { thanos },
  )
}

const codes = {
  unreachable: 'cluster-unreachable',
  timeout: 'query-timeout',
  cluster: 'gpu-east',
  credential: 'clusters[gpu-east].prometheus.bearerToken',
} as const
clientFailures(
  'prometheus query',
  ({ url, http, timeoutMs, signal }) => open(url, { timeoutMs }, http).query({ query: 'up', signal }),
  codes,
)
clientFailures(
  'prometheus series',
  ({ url, http, timeoutMs, signal }) => open(url, { timeoutMs }, http).series({ match: ['up'], signal }),
  codes,
)
clientFailures(
  'prometheus label values',
  ({ url, http, timeoutMs, signal }) => open(url, { timeoutMs }, http).labelValues({ label: 'job', signal }),
  codes,
)

let server: TestServer
afterEach(() => server?.close())
const ok = (data: unknown, more: object = {}) => ({ status: 'success', data, ...more })

describe('prometheus client', () => {
  it('sends queries as a form, with the bearer token from the environment (MET-016)', async () => {
    const seen: unknown[] = []
    server = await serve((request, response, body) => {
      seen.push(
        request.headers.authorization,
        request.headers['content-type'],
        Object.fromEntries(new URLSearchParams(body)),
      )
      response.end(JSON.stringify(ok({ resultType: 'matrix', result: [] })))
    })
    const client = open(server.url, { bearerToken: { env: 'PROM_TOKEN' } })
    await client.queryRange({
      query: 'sum(rate(x[5m])) by (a)',
      start: new Date(1_700_000_000_000),
      end: new Date(1_700_000_060_500),
      stepSeconds: 15,
      timeoutMs: 5_000,
    })
    expect(server.requests).toEqual(['POST /api/v1/query_range'])
    expect(seen).toEqual([
      'Bearer s3cret',
      'application/x-www-form-urlencoded',
      {
        query: 'sum(rate(x[5m])) by (a)',
        start: '1700000000.000',
        end: '1700000060.500',
        step: '15',
        timeout: '5000ms',
      },
    ])
  })

  it('sends basic login and own headers (MET-017)', async () => {
    const seen: unknown[] = []
    server = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers['thanos-tenant'])
      response.end(JSON.stringify(ok(['a'])))
    })
    const basic = { username: 'ops', password: 'pw' }
    await open(server.url, { basic, headers: { 'THANOS-TENANT': 'blue' } }).labelNames()
    expect(seen).toEqual([`Basic ${Buffer.from('ops:pw').toString('base64')}`, 'blue'])
  })

  it('falls back to GET where a proxy lets no POST through, and remembers', async () => {
    server = await serve((request, response) => {
      response.statusCode = request.method === 'POST' ? 405 : 200
      response.end(JSON.stringify(ok(['a'])))
    })
    const client = open(server.url)
    expect(await client.labelNames({ match: ['up', 'x{a="b"}'] })).toEqual(['a'])
    await client.labelNames()
    expect(server.requests).toEqual([
      'POST /api/v1/labels',
      'GET /api/v1/labels?match%5B%5D=up&match%5B%5D=x%7Ba%3D%22b%22%7D',
      'GET /api/v1/labels',
    ])
  })

  it('keeps warnings and infos of a partial answer (Thanos)', async () => {
    server = await serveJson(
      ok({ resultType: 'vector', result: [] }, { warnings: ['store gone'], infos: ['not a counter'] }),
    )
    expect((await open(server.url).query({ query: 'up' })).warnings).toEqual(['store gone', 'not a counter'])
  })

  it.each([
    [{ warnings: ['store gone'] }, true],
    [{ warnings: ['PromQL warning: quantile value should be between 0 and 1'] }, undefined],
    [{ infos: ['PromQL info: metric might not be a counter'] }, undefined],
    [{ isPartial: true }, true],
    [{ isPartial: false }, undefined],
    [{}, undefined],
  ])('%j: partial is %s', async (more, partial) => {
    server = await serveJson(ok({ resultType: 'vector', result: [] }, more))
    expect((await open(server.url).query({ query: 'up' })).partial).toBe(partial)
  })

  it('sends what is configured for Thanos with queries', async () => {
    const seen: string[] = []
    server = await serve((_, response, body) => {
      seen.push(body)
      response.end(JSON.stringify(ok({ resultType: 'vector', result: [] })))
    })
    const thanos = {
      dedup: false,
      partialResponse: true,
      replicaLabels: ['replica', 'zone'],
      maxSourceResolution: '5m',
    }
    await open(server.url, { thanos }).query({ query: 'up' })
    await open(server.url).query({ query: 'up' })
    expect(seen).toEqual([
      'query=up&dedup=false&partial_response=true&replicaLabels%5B%5D=replica&replicaLabels%5B%5D=zone&max_source_resolution=5m',
      'query=up',
    ])
  })

  const plainNotFound = (url = '') => !url.startsWith('/api/v1/status/buildinfo')
  it.each([
    ['thanos', () => ok({ sidecar: [] })],
    ['prometheus', (url?: string) => (plainNotFound(url) ? undefined : ok({ version: '3.14.0', goVersion: 'go1' }))],
    ['victoria-metrics', (url?: string) => (plainNotFound(url) ? undefined : ok({ version: '2.24.0' }))],
    ['unknown', () => undefined],
  ])('tells %s by what it serves', async (flavor, answer: (url?: string) => object | undefined) => {
    server = await serve((request, response) => {
      const body = answer(request.url)
      response.statusCode = body ? 200 : 404
      response.end(body ? JSON.stringify(body) : '404 page not found')
    })
    expect((await open(server.url).server()).flavor).toBe(flavor)
  })

  const names = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `m${index}`, value: 100 - index }))
  it.each([
    ['a list that is cut tells the most of others', names(10), 91],
    ['a short list is all there is', names(4), 0],
    ['a list of another length is all there is', names(37), 0],
  ])('counts series: %s', async (_, seriesCountByMetricName, others) => {
    server = await serveJson(ok({ headStats: { numSeries: 4711 }, seriesCountByMetricName }))
    const counts = await open(server.url).seriesCounts()
    expect(counts).toMatchObject({ series: 4711, others })
    expect(counts!.metrics.get('m1')).toBe(99)
  })

  it.each([403, 404, 501])('counts nothing where the status is %i', async (status) => {
    server = await serveJson({}, status)
    expect(await open(server.url).seriesCounts()).toBeUndefined()
    expect(server.requests).toHaveLength(1)
  })

  it('holds the limit of series that a server does not know', async () => {
    server = await serveJson(ok([{ a: '1' }, { a: '2' }, { a: '3' }]))
    expect(await open(server.url).series({ match: ['up'], limit: 2 })).toEqual({
      series: [{ a: '1' }, { a: '2' }],
      truncated: true,
    })
    expect((await open(server.url).series({ match: ['up'], limit: 3 })).truncated).toBe(false)
  })

  it('says that native histograms have no plain samples', async () => {
    server = await serveJson(
      ok({ resultType: 'vector', result: [{ metric: { a: 'b' }, histogram: [1, { count: '3' }] }] }),
    )
    const result = await open(server.url).query({ query: 'h' })
    expect(result.series).toEqual([{ metric: { a: 'b' }, values: [] }])
    expect(result.warnings[0]).toContain('histogram_quantile')
  })

  it('unknown members pass, a wrong one is named', async () => {
    const result = [
      {
        metric: {},
        values: [
          [1, '1'],
          [2, 3],
        ],
        exotic: true,
      },
    ]
    server = await serveJson(ok({ resultType: 'matrix', result, stats: {} }))
    const error = await failureOf(open(server.url).query({ query: 'up' }))
    expect(error.code).toBe('upstream-garbage')
    expect(error.options.details?.member).toBe('data.result[0].values')
  })

  it.each([
    [
      400,
      'bad_data',
      'invalid parameter "query": 1:5: parse error: unexpected end of input',
      'invalid-promql',
      { position: { line: 1, column: 5 } },
    ],
    [
      400,
      'bad_data',
      '2:13: parse error: expected type range vector',
      'invalid-promql',
      { position: { line: 2, column: 13 } },
    ],
    [400, 'bad_data', 'invalid parameter "time": cannot parse "x"', 'invalid-input', {}],
    [422, 'execution', 'found duplicate series for the match group {}', 'invalid-request', {}],
    [503, 'timeout', 'query timed out in expression evaluation', 'query-timeout', {}],
    [503, 'canceled', 'query was canceled', 'query-timeout', {}],
    [500, 'internal', 'boom', 'upstream-error', {}],
  ] as const)('%i %s: %s', async (status, errorType, error, code, details) => {
    server = await serveJson({ status: 'error', errorType, error }, status)
    const failure = await failureOf(open(server.url).query({ query: 'up' }))
    expect(failure.code).toBe(code)
    expect(failure.options.details).toMatchObject({ status, ...details })
  })

  it.each([
    ['job', 'job'],
    ['http.status', 'U__http_2e_status'],
    ['a_b.c', 'U__a__b_2e_c'],
  ])('label %s in the path is %s', (name, path) => {
    expect(labelInPath(name)).toBe(path)
  })

  it('reads a token file again after a 401, once (MET-017)', async () => {
    const { mkdtemp, writeFile, rm } = await import('node:fs/promises')
    const folder = await mkdtemp('/tmp/qm-token-')
    await writeFile(`${folder}/token`, 'old\n')
    server = await serve((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401
      response.end(JSON.stringify(ok(['a'])))
    })
    const client = open(server.url, { bearerToken: { file: `${folder}/token` } })
    await failureOf(client.labelNames())
    expect(server.requests).toHaveLength(2)
    await writeFile(`${folder}/token`, 'new\n')
    expect(await client.labelNames()).toEqual(['a'])
    await rm(folder, { recursive: true })
  })

  it.each([
    [401, 'does not accept our credentials'],
    [403, 'knows us and refuses this'],
  ])('%i is a case of its own and names the credential (MET-017)', async (status, words) => {
    server = await serveJson({}, status)
    const error = await failureOf(open(server.url, { bearerToken: { env: 'PROM_TOKEN' } }).query({ query: 'up' }))
    expect(error.code).toBe('upstream-denied')
    expect(error.message).toContain(words)
    expect(error.options.next).toContain('clusters[gpu-east].prometheus.bearerToken')
    expect(error.options.details?.status).toBe(status)
    expect(server.requests).toHaveLength(1)
  })

  it('a missing environment variable is not-configured and named', async () => {
    const error = await failureOf(open('http://127.0.0.1:1', { bearerToken: { env: 'NO_SUCH' } }).labelNames())
    expect(error.code).toBe('not-configured')
    expect(error.options.next).toContain('NO_SUCH')
  })

  it('ready is false while it starts, and asks once', async () => {
    server = await serveJson({}, 503)
    expect(await open(server.url).ready()).toBe(false)
    expect(server.requests).toEqual(['GET /-/ready'])
  })
})
