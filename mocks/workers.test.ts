import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningServer, sendJson, startServer } from './http-server.ts'
import { type Json, testWorld } from './testing.ts'
import { startWorkers } from './workers.ts'
import { createFaults } from './world/faults.ts'

const world = testWorld()
const heard: { path: string; token: string; body: Json }[] = []
let product: RunningServer

beforeAll(async () => {
  product = await startServer(async (request, response) => {
    heard.push({
      path: request.url.pathname,
      token: request.headers.authorization ?? '',
      body: JSON.parse(await request.text()),
    })
    sendJson(response, 200, {})
  })
})
afterAll(() => product.close())

it('every provider that is online reports with its own token, until it is silent or all are stopped', async () => {
  const workers = startWorkers({ world, productUrl: product.url, intervalMs: 3_600_000 })
  const faults = createFaults(world)
  const { providers, jobs } = world.book()
  const statuses = await workers.beat()
  expect(Object.keys(statuses).length).toBe(11)
  expect(new Set(Object.values(statuses))).toEqual(new Set([200]))
  const busy = jobs.find((job) => job.number === 42)!
  const provider = providers.find((one) => one.id === busy.providerId)!
  const report = heard.find((one) => one.path === `/api/v1/gpu-providers/${provider.workerId}/heartbeat`)!
  expect(report.token).toBe(`Bearer ${provider.workerToken}`)
  expect(report.body).toMatchObject({
    status: 'busy',
    currentJob: busy.id,
    usage: { gpuMemTotalMb: provider.gpuVramMb },
  })

  const fault = faults.inject('silent-provider')
  expect(fault.workerId).toBe(provider.workerId)
  expect(Object.keys(await workers.beat())).not.toContain(provider.workerId)
  faults.clear(fault.id)
  expect(Object.keys(await workers.beat())).toContain(provider.workerId)
  workers.stop()
  expect(new Set(Object.values(await workers.beat()))).toEqual(new Set([0]))
})
