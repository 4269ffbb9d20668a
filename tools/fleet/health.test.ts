import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import { clusterHealthHistory, clusterStatus } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { JobContext } from '#define'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { judge, type ServiceCheck } from './check.ts'
import { getClusterStatus } from './get-cluster-status.tool.ts'
import { getFleetSummary } from './get-fleet-summary.tool.ts'
import { healthJobs } from './health.job.ts'
import { connectivityOf, forgetHealth, pruneHistory, readHistory, readStatus } from './health-store.ts'
import { listClusters } from './list-clusters.tool.ts'
import { lookAt } from './service.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase('')
})
afterAll(() => database?.close())
beforeEach(async () => {
  await database.db.delete(clusterStatus)
  await database.db.delete(clusterHealthHistory)
})

const page = { shown: 1, total: 1 }
const start = Date.parse('2026-11-20T12:00:00Z')

/** A hub whose services go up and down, a clock, and the hub's loop. */
function hub() {
  const down = new Set<'kubernetes' | 'prometheus'>()
  const asked: { resource: string }[] = []
  const events: NewEvent[] = []
  let nowMs = start
  const refuse = new Error('connect refused')
  const api = kubernetesOf({ cluster: 'hub-1', asked, objects: { nodes: [] } })
  const metrics = prometheusOf({ cluster: 'hub-1' })
  const ctx = testContext({
    db: database.db,
    events,
    now: () => new Date(nowMs),
    clients: {
      fleet: fleetOf([clusterInfo('hub-1', { type: 'hub' }), clusterInfo('edge-1', { type: 'edge' })]),
      kubernetes: {
        names: () => ['hub-1'],
        for: (name) => perCluster({ 'hub-1': down.has('kubernetes') ? refuse : api }).for(name),
      },
      prometheus: {
        names: () => ['hub-1'],
        for: (name) => perCluster({ 'hub-1': down.has('prometheus') ? refuse : metrics }).for(name),
      },
    },
  })
  const loop = healthJobs.find(({ name }) => name === 'fleet.health-hub')!
  return {
    down,
    asked,
    events,
    ctx,
    pass: (ms: number) => {
      nowMs += ms
    },
    look: () => loop.run(ctx as unknown as JobContext),
    status: async () => (await readStatus(database.db, ['hub-1'])).get('hub-1')!,
  }
}

describe('the health loop', () => {
  it('FLT-039: looks at a hub every 15 s and at a far edge every 2 min, each with its own time-out (FLT-040)', () => {
    expect(healthJobs.map(({ name, everyMs }) => [name, everyMs])).toEqual([
      ['fleet.health-hub', 15_000],
      ['fleet.health-spoke', 30_000],
      ['fleet.health-edge', 60_000],
      ['fleet.health-far-edge', 120_000],
    ])
  })

  it('FLT-045, FLT-047: tells of a state only when it changed, with what is wrong', async () => {
    const { look, down, events, pass, status } = hub()
    await look()
    pass(15_000)
    await look()
    down.add('prometheus')
    pass(15_000)
    await look()
    down.add('kubernetes')
    pass(15_000)
    await look()
    down.clear()
    pass(15_000)
    await look()
    expect(events.map(({ name, subject, data }) => [name, subject, data.oldState, data.state, data.score])).toEqual([
      ['cluster.status-changed', 'fleet/cluster/hub-1', 'unknown', 'online', 100],
      ['cluster.status-changed', 'fleet/cluster/hub-1', 'online', 'degraded', 80],
      ['cluster.status-changed', 'fleet/cluster/hub-1', 'degraded', 'offline', 30],
      ['cluster.status-changed', 'fleet/cluster/hub-1', 'offline', 'online', 100],
    ])
    expect(events[1]!.data.problem).toBe('prometheus does not answer')
    expect(await status()).toMatchObject({
      state: 'online',
      connectivity: 'intermittent',
      lastError: 'connect refused',
    })
  })

  it('a summary, a list and a status say since when a cluster is gone, and do not count its nodes as ready', async () => {
    const { look, down, pass, ctx } = hub()
    await look()
    const statusText = async () => {
      const reply = await getClusterStatus.run({ cluster: 'hub-1' } as never, ctx as never)
      return getClusterStatus.text(reply.data as never, page)
    }
    pass(12_000)
    expect(await statusText()).toContain('online. Every configured service answered 12s ago.')
    down.add('kubernetes').add('prometheus')
    await look()
    pass(3_000)
    expect(await statusText()).toContain('Not answering: API server, Prometheus, offline since 11-20 12:00 UTC.')
    expect(await statusText()).toContain('Nodes\tunknown\t0 when last seen')
    const summary = await getFleetSummary.run({} as never, ctx as never)
    const words = getFleetSummary.text(summary.data as never, page)
    expect(words).toContain('does not answer since 11-20 12:00 UTC')
    expect(words).toContain('nodes ready 0 of 0 (without hub-1, edge-1)')
    const list = await listClusters.run({ limit: 50 } as never, ctx as never)
    expect(listClusters.text(list.data as never, page)).toContain('11-20 12:00')
    const rows = (list.data as unknown as { rows: { id: string; readyNodes?: number; nodes?: number }[] }).rows
    expect(rows.find(({ id }) => id === 'hub-1')).toMatchObject({ nodes: 0 })
    expect(rows.find(({ id }) => id === 'hub-1')).not.toHaveProperty('readyNodes')
  })

  it('FLT-048: keeps when the cluster was last seen, and FLT-044 whether it is connected', async () => {
    const { look, down, pass, status } = hub()
    await look()
    const seen = (await status()).lastSeenAt
    down.add('kubernetes')
    for (let round = 0; round < 5; round++) {
      pass(15_000)
      await look()
    }
    const now = await status()
    expect(now).toMatchObject({ connectivity: 'disconnected', lastSeenAt: seen })
    expect(now.changedAt).toEqual(new Date(start + 15_000))
  })

  it('FLT-049: keeps each look for seven days, and they go with their cluster (FLT-012)', async () => {
    const { look, pass } = hub()
    await look()
    pass(6 * 86_400_000)
    await look()
    const since = new Date(0)
    const all = () => readHistory(database.db, { cluster: 'hub-1', since, limit: 10 })
    expect((await all()).map(({ at }) => at.getTime() - start)).toEqual([6 * 86_400_000, 0])
    await pruneHistory(database.db, new Date(start + 7 * 86_400_000 + 1))
    expect(await all()).toHaveLength(1)
    await database.db.transaction((tx) => forgetHealth(tx, 'hub-1'))
    expect(await all()).toEqual([])
    expect((await readStatus(database.db, ['hub-1'])).size).toBe(0)
  })

  it('counts nodes less often than it asks whether the cluster lives', async () => {
    const { look, asked, pass } = hub()
    for (let round = 0; round < 5; round++) {
      await look()
      pass(15_000)
    }
    const of = (resource: string) => asked.filter((one) => one.resource === resource).length
    expect([of('namespaces'), of('nodes')]).toEqual([5, 2])
  })

  it('FLT-013: an answer comes from the last look while that is fresh, and is asked for again when it is not', async () => {
    const { look, asked, ctx, pass, down } = hub()
    await look()
    asked.length = 0
    down.add('prometheus')
    pass(20_000)
    const [stored] = await lookAt(ctx, ['hub-1'])
    expect(stored).toMatchObject({ state: 'online', stored: true, api: { nodes: 0 } })
    expect(asked).toEqual([])
    pass(60_000)
    const [fresh] = await lookAt(ctx, ['hub-1'])
    expect(fresh!.state).toBe('degraded')
    expect(fresh!.stored).toBeUndefined()
  })
})

describe('FLT-042, FLT-043: the score', () => {
  const check = fc.record({
    service: fc.constantFrom('kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'),
    ok: fc.boolean(),
    denied: fc.boolean(),
  })
  const looks = fc.uniqueArray(check, { selector: ({ service }) => service }) as fc.Arbitrary<ServiceCheck[]>

  it('is what is left of 100 after what is down, whatever is configured', () => {
    const cost = { kubernetes: 50, prometheus: 20, loki: 15, tempo: 15, alertmanager: 0 }
    fc.assert(
      fc.property(looks, (checks) => {
        const { state, score } = judge(checks)
        if (checks.length === 0) {
          expect([state, score]).toEqual(['unknown', 0])
          return
        }
        const down = checks.filter(({ ok }) => !ok)
        expect(score).toBe(100 - down.reduce((sum, { service }) => sum + cost[service], 0))
        if (down.length === 0) expect(state).toBe('online')
        else expect(['degraded', 'offline']).toContain(state)
      }),
    )
  })

  it('FLT-044: is intermittent where the last five looks differ', () => {
    expect(connectivityOf([true])).toBe('connected')
    expect(connectivityOf([false, false])).toBe('disconnected')
    expect(connectivityOf([true, false])).toBe('intermittent')
    expect(connectivityOf([true, true, true, true, true, false])).toBe('connected')
  })
})
