import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedWorld, startWorld } from '../mocks/main.ts'
import { startApp, type TestApp } from './testing/app.ts'

/** One cluster of the demo world of which only the API server is configured; the fleet is watched by the real jobs. */
let world: StartedWorld
let app: TestApp
beforeAll(async () => {
  const startMs = Date.now()
  const podsPerCluster = { hub: 120, 'gpu-east': 330, 'gpu-west': 330, 'edge-lab': 130 }
  world = await startWorld({ clock: () => startMs, tickMs: 0, demoModel: false, podsPerCluster })
  const edge = world.config.clusters.find(({ name }) => name === 'edge-lab')!
  app = await startApp({
    upstreams: { clusters: [{ name: 'edge-lab', type: 'hub', kubernetes: edge.kubernetes }] },
    now: () => new Date(),
  })
  await app.core.database.get()
}, 60_000)
afterAll(async () => {
  await app?.close()
  await world?.close()
})

const rowsOf = (answer: { data?: Record<string, unknown> | undefined }) =>
  (answer.data?.rows ?? []) as Record<string, unknown>[]

describe('a cluster of which only the API server is known', () => {
  it('is looked through by itself, and tells what it has (FLT-016, FLT-051)', async () => {
    await expect
      .poll(async () => rowsOf((await app.call('get_fleet_capabilities')).answer)[0], { timeout: 30_000 })
      .toMatchObject({
        observability: 'loki, alertmanager, prometheus, tempo',
        cnf: 'upf, vcu, vdu, PTP, SR-IOV',
        gpus: 16,
      })
  })

  it('is asked for metrics, alerts and logs through its API server (FLT-055)', async () => {
    const metrics = await app.call('query_metrics', { query: 'count(up)' })
    expect(metrics.answer.error).toBeUndefined()
    expect(metrics.answer.data).toMatchObject({ series: [{ cluster: 'edge-lab' }] })
    const logs = await app.call('query_logs', { query: '{namespace="core-5g"}', since: '10m' })
    expect(logs.answer.error).toBeUndefined()
    const alerts = await app.call('list_alerts')
    expect(alerts.answer.error).toBeUndefined()
  })

  it('FLT-047, FLT-061: goes offline with its API server, and tells it once', async () => {
    const healthOf = async () => rowsOf((await app.call('get_fleet_health')).answer)[0]
    await expect.poll(healthOf, { timeout: 30_000 }).toMatchObject({ state: 'online', connectivity: 'connected' })
    world.faults.inject('dead-cluster', { cluster: 'edge-lab' })
    await expect.poll(healthOf, { timeout: 40_000 }).toMatchObject({ state: 'offline' })
    const events = await app.core.events.after(0, { names: ['cluster.status-changed'] }, 10)
    expect(events.map(({ data }) => [data.oldState, data.state])).toEqual([
      ['unknown', 'online'],
      ['online', 'offline'],
    ])
  }, 90_000)
})
