import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testHttp, testSurroundings } from '../testing.ts'
import { createPrometheus, labelInPath } from './client.ts'
import { prometheusConfig } from './config.ts'

const open = (url: string, more: object = {}, http: Http = testHttp()) =>
  createPrometheus(
    configuredEndpoint({
      upstream: 'prometheus',
      cluster: 'gpu-east',
      config: prometheusConfig.parse({ url, ...more }),
      where: 'clusters[gpu-east].prometheus',
      http,
      surroundings: testSurroundings({ PROM_TOKEN: 's3cret' }),
    }),
  )

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

  it('reads a token file again after a 401, once (MET-018)', async () => {
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

describe('prometheus configuration', () => {
  it.each([
    [{ url: 'http://x:9090', tokne: 'a' }, 'tokne'],
    [{ url: 'ftp://x' }, 'http'],
    [{ url: 'http://user:pw@x:9090' }, 'credentials'],
    [{}, 'url'],
  ])('%j is refused', (config, word) => {
    const parsed = prometheusConfig.safeParse(config)
    expect(parsed.success).toBe(false)
    expect(JSON.stringify(parsed.error?.issues)).toContain(word)
  })
})
