import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testClients, testHttp, testSurroundings } from '../testing.ts'
import { createRay } from './client.ts'

const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createRay(
    configuredEndpoint({
      upstream: 'ray',
      cluster: 'train',
      config: { url, timeoutMs },
      where: 'ray[train]',
      http,
      surroundings: testSurroundings(),
    }),
  )
const codes = {
  unreachable: 'upstream-unreachable',
  timeout: 'upstream-timeout',
  cluster: 'train',
  credential: 'ray[train]',
} as const
clientFailures('ray version', ({ url, signal, ...setup }) => open(url, setup).version(signal), codes)
clientFailures('ray nodes', ({ url, signal, ...setup }) => open(url, setup).nodes(signal), codes)
clientFailures('ray jobs', ({ url, signal, ...setup }) => open(url, setup).jobs(signal), codes)
clientFailures('ray job logs', ({ url, signal, ...setup }) => open(url, setup).jobLogs('x', signal), codes)

let server: TestServer
afterEach(() => server?.close())

const head = {
  hostname: 'head-0',
  ip: '10.0.0.1',
  cpu: 12.5,
  cpus: [8, 8],
  mem: [1000, 400, 60, 600],
  gpus: [{ index: 0, uuid: 'GPU-1', name: 'H100', utilizationGpu: 97, memoryUsed: 70000, memoryTotal: 81559 }],
  raylet: {
    nodeId: 'ab12',
    state: 'ALIVE',
    isHeadNode: true,
    resourcesTotal: { CPU: 8, GPU: 1 },
    labels: { 'ray.io/node-id': 'ab12' },
  },
}

describe('ray client', () => {
  it('reads nodes; a dead one has little, one that has not registered is none', async () => {
    const dead = { ip: '10.0.0.2', raylet: { nodeId: 'cd34', state: 'DEAD', isHeadNode: false } }
    server = await serveJson({ result: true, msg: '', data: { summary: [head, dead, { ip: '10.0.0.3', raylet: {} }] } })
    expect(await open(server.url).nodes()).toEqual([
      {
        nodeId: 'ab12',
        ip: '10.0.0.1',
        name: 'head-0',
        state: 'ALIVE',
        isHead: true,
        resourcesTotal: { CPU: 8, GPU: 1 },
        labels: { 'ray.io/node-id': 'ab12' },
        gpus: [
          {
            index: 0,
            name: 'H100',
            uuid: 'GPU-1',
            utilizationPercent: 97,
            memoryUsedMib: 70000,
            memoryTotalMib: 81559,
          },
        ],
        cpuPercent: 12.5,
        memoryBytes: { total: 1000, used: 600 },
      },
      {
        nodeId: 'cd34',
        ip: '10.0.0.2',
        name: '10.0.0.2',
        state: 'DEAD',
        isHead: false,
        resourcesTotal: {},
        labels: {},
        gpus: [],
      },
    ])
  })

  it('reads jobs by submission id, else driver id', async () => {
    const submitted = {
      type: 'SUBMISSION',
      submission_id: 'raysubmit_1',
      job_id: '02000000',
      status: 'FAILED',
      entrypoint: 'python x.py',
      message: 'exit 1',
      start_time: 1,
      end_time: 2,
    }
    const driver = {
      type: 'DRIVER',
      submission_id: null,
      job_id: '03000000',
      status: 'RUNNING',
      entrypoint: '',
      message: null,
      start_time: 3,
      end_time: null,
    }
    server = await serveJson([submitted, driver])
    expect(await open(server.url).jobs()).toEqual([
      {
        id: 'raysubmit_1',
        status: 'FAILED',
        type: 'SUBMISSION',
        entrypoint: 'python x.py',
        message: 'exit 1',
        startTimeMs: 1,
        endTimeMs: 2,
      },
      { id: '03000000', status: 'RUNNING', type: 'DRIVER', entrypoint: '', startTimeMs: 3 },
    ])
  })

  it.each([200, 500])('result:false inside a %i is an error with its message', async (status) => {
    server = await serveJson({ result: false, msg: 'GCS is unreachable', data: {} }, status)
    const error = await failureOf(open(server.url).nodes())
    expect(error.code).toBe('upstream-error')
    expect(error.message).toContain('GCS is unreachable')
    expect(server.requests).toEqual(['GET /nodes?view=summary'])
  })

  it('sends its own user agent, because the dashboard refuses browsers, and the token', async () => {
    const seen: unknown[] = []
    server = await serve((request, response) => {
      seen.push(request.headers['user-agent'], request.headers.authorization)
      response.end('{"version":"4","ray_version":"2.59.0","session_name":"s1"}')
    })
    const clients = testClients({ ray: [{ name: 'train', dashboardUrl: server.url, token: 'tok' }] })
    expect(await clients.ray.for('train').version()).toEqual({ rayVersion: '2.59.0', sessionName: 's1' })
    expect(seen).toEqual(['quartermaster', 'Bearer tok'])
  })

  it('a driver has no log: says so', async () => {
    server = await serve((_request, response) => {
      response.statusCode = 400
      response.end('Can only get logs of submission type jobs')
    })
    const error = await failureOf(open(server.url).jobLogs('03000000'))
    expect(error.code).toBe('invalid-input')
    expect(error.options.field).toBe('id')
  })
})
