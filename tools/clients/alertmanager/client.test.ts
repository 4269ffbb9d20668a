import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serveJson, type TestServer, testHttp, testSurroundings } from '../testing.ts'
import { createAlertmanager } from './client.ts'
import { alertmanagerConfig } from './config.ts'

const where = 'clusters[gpu-east].alertmanager'
const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createAlertmanager(
    configuredEndpoint({
      upstream: 'alertmanager',
      cluster: 'gpu-east',
      config: alertmanagerConfig.parse({ url, timeoutMs }),
      where,
      http,
      surroundings: testSurroundings(),
    }),
  )

clientFailures('alertmanager', ({ url, signal, ...setup }) => open(url, setup).alerts({ signal }), {
  unreachable: 'upstream-unreachable',
  timeout: 'upstream-timeout',
  cluster: 'gpu-east',
  credential: where,
})

const silence = { matchers: [], startsAt: '', endsAt: '', createdBy: 'Ada', comment: 'x' }
clientFailures('alertmanager silences', ({ url, signal, ...setup }) => open(url, setup).silences({ signal }), {
  unreachable: 'upstream-unreachable',
  timeout: 'upstream-timeout',
  cluster: 'gpu-east',
  credential: where,
})

let server: TestServer
afterEach(() => server?.close())

const firing = {
  fingerprint: 'a1',
  labels: { alertname: 'GpuSick', node: 'n1' },
  annotations: { summary: 'XID 79' },
  startsAt: '2026-11-20T12:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  updatedAt: '2026-11-20T12:01:00Z',
  generatorURL: 'http://prometheus/graph',
  receivers: [{ name: 'all' }],
  status: { state: 'suppressed', silencedBy: ['s1'], inhibitedBy: null, mutedBy: [] },
}

describe('alertmanager client', () => {
  it('reads an alert of API v2; an end that is not known is left out', async () => {
    server = await serveJson([firing])
    expect(await open(server.url).alerts()).toEqual([
      {
        fingerprint: 'a1',
        labels: { alertname: 'GpuSick', node: 'n1' },
        annotations: { summary: 'XID 79' },
        startsAt: '2026-11-20T12:00:00Z',
        updatedAt: '2026-11-20T12:01:00Z',
        generatorUrl: 'http://prometheus/graph',
        state: 'suppressed',
        silencedBy: ['s1'],
        inhibitedBy: [],
        mutedBy: [],
        receivers: ['all'],
      },
    ])
  })

  it('reads what 0.28 and later say of mute times, and what 0.25 leaves out', async () => {
    const { receivers: _, ...older } = firing
    const muted = { ...firing, status: { ...firing.status, silencedBy: null, mutedBy: ['nights'] } }
    server = await serveJson([muted, { ...older, annotations: null, generatorURL: '' }])
    expect(await open(server.url).alerts()).toMatchObject([
      { mutedBy: ['nights'], silencedBy: [], receivers: ['all'] },
      { mutedBy: [], receivers: [], annotations: {} },
    ])
  })

  it('reads a silence of 0.34 with its annotations, and one of before 0.22 whose matchers do not say that they match', async () => {
    const listed = {
      id: 's1',
      matchers: [{ name: 'a', value: 'b', isRegex: false }],
      startsAt: '2026-11-20T12:00:00Z',
      endsAt: '2026-11-20T13:00:00Z',
      updatedAt: '2026-11-20T12:00:00Z',
      createdBy: 'Ada',
      comment: 'Known',
      status: { state: 'active' },
    }
    server = await serveJson([listed, { ...listed, annotations: { ticket: 'OPS-1' } }])
    expect(await open(server.url).silences()).toMatchObject([
      { state: 'active', matchers: [{ name: 'a', value: 'b', isRegex: false, isEqual: true }] },
      { annotations: { ticket: 'OPS-1' } },
    ])
  })

  it('sends a silence once, also where the answer is lost', async () => {
    server = await serveJson('overloaded', 503)
    const error = await failureOf(open(server.url).putSilence(silence))
    expect(server.requests).toEqual(['POST /api/v2/silences'])
    expect(error.options.changed).toBe('unknown')
  })

  it('asks with filters and states', async () => {
    server = await serveJson([])
    await open(server.url).alerts({ filter: ['a="b"', 'c!=d'], active: true, silenced: false, inhibited: false })
    expect(server.requests).toEqual([
      'GET /api/v2/alerts?filter=a%3D%22b%22&filter=c%21%3Dd&active=true&silenced=false&inhibited=false',
    ])
  })

  it('a wrong matcher keeps the words of the server', async () => {
    server = await serveJson('bad matcher format: nonsense', 400)
    const error = await failureOf(open(server.url).alerts({ filter: ['nonsense'] }))
    expect(error.code).toBe('invalid-input')
    expect(error.message).toContain('bad matcher format: nonsense')
  })

  it('an alert without a state is garbage, by its place', async () => {
    server = await serveJson([firing, { ...firing, status: {} }])
    const error = await failureOf(open(server.url).alerts())
    expect(error.options.details?.member).toBe('[1].status.state')
  })
})
