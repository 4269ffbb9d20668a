import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '#db/drizzle.ts'
import { alertEpisodes } from '#db/schema/alerts.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { alertChanged } from './events.ts'
import { pruneAlerts } from './follow.job.ts'
import { AlertWorld } from './testing.ts'

let database: TestDatabase
let world: AlertWorld
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate ${alertEpisodes}`)
  world = new AlertWorld(database.db)
})
const minutes = (count: number) => {
  world.nowMs += count * 60_000
}

describe('polling (ALR-011, ALR-013)', () => {
  it('tells of an alert once, and of its end with how long it lasted (ALR-007, ALR-008)', async () => {
    world.firing.set('GpuSick', { startsAt: world.now() })
    await world.poll()
    await world.poll()
    minutes(3)
    await world.poll()
    world.firing.clear()
    minutes(2)
    await world.poll()
    await world.poll()
    expect(world.said()).toEqual(['fired GpuSick 12:00:00', 'resolved GpuSick 12:00:00'])
    const [fired, resolved] = world.events
    expect(fired).toMatchObject({
      subject: 'alerts/alert/east/GpuSick',
      cluster: 'east',
      data: { id: 'east/GpuSick', state: 'firing', severity: 'critical', severityTone: 'bad', namespace: 'web' },
    })
    expect(resolved!.data).toMatchObject({
      id: 'east/GpuSick',
      state: 'resolved',
      severityTone: 'neutral',
      endsAt: '2026-11-20T12:05:00.000Z',
      durationSeconds: 300,
    })
    for (const { data } of world.events) expect(alertChanged.parse(data)).toEqual(data)
    expect(await world.rows()).toMatchObject([{ state: 'resolved', endsAt: world.now(), source: 'poll' }])
  })

  it('does not take silence for an end: not of an Alertmanager that is away, nor of one that has just started', async () => {
    world.firing.set('GpuSick', { startsAt: world.now() })
    await world.poll()
    world.firing.clear()
    world.failure = new Error('refused')
    minutes(5)
    await world.poll()
    world.failure = undefined
    world.startedMs = world.nowMs - 60_000
    await world.poll()
    expect(world.said()).toEqual(['fired GpuSick 12:00:00'])
    minutes(3)
    await world.poll()
    expect(world.said()).toEqual(['fired GpuSick 12:00:00', 'resolved GpuSick 12:00:00'])
  })

  it('writes nothing while nothing changes, but once a minute that it still fires', async () => {
    world.firing.set('GpuSick', { startsAt: world.now() })
    await world.poll()
    const seen = async () => (await world.rows())[0]!.lastSeenAt.toISOString().slice(11, 19)
    world.nowMs += 30_000
    await world.poll()
    expect(await seen()).toBe('12:00:00')
    world.nowMs += 30_000
    await world.poll()
    expect(await seen()).toBe('12:01:00')
  })

  it('a later start is another episode, an earlier one the same, as a second Prometheus saw it', async () => {
    world.firing.set('A', { startsAt: world.now() })
    await world.poll()
    world.firing.set('A', { startsAt: new Date(world.nowMs - 5_000) })
    await world.poll()
    expect(world.said()).toEqual(['fired A 12:00:00'])
    minutes(10)
    world.firing.set('A', { startsAt: world.now() })
    await world.poll()
    expect(world.said()).toEqual(['fired A 12:00:00', 'resolved A 12:00:00', 'fired A 12:10:00'])
  })

  it('one that was taken for over and still fires long after, fires again as an episode of its own', async () => {
    const startsAt = world.now()
    world.firing.set('A', { startsAt })
    await world.poll()
    minutes(1)
    await world.receive({ alerts: [world.told({ fingerprint: 'A', startsAt, endsAt: world.now() })] })
    await world.poll()
    expect(world.said()).toEqual(['fired A 12:00:00', 'resolved A 12:00:00'])
    minutes(1)
    await world.poll()
    expect(world.said().at(-1)).toBe('fired A 12:02:00')
    await world.poll()
    world.firing.clear()
    minutes(1)
    await world.poll()
    expect(world.said().slice(3)).toEqual(['resolved A 12:02:00'])
  })

  it('forgets what is over for thirty days, and what nobody told of for as long', async () => {
    world.firing.set('Over', { startsAt: world.now() }).set('Fires', { startsAt: world.now() })
    await world.poll()
    world.firing.delete('Over')
    minutes(1)
    await world.poll()
    minutes(29 * 24 * 60)
    await world.poll()
    await pruneAlerts.run(world.context())
    expect(await world.rows()).toHaveLength(2)
    minutes(2 * 24 * 60)
    await world.poll()
    await pruneAlerts.run(world.context())
    expect((await world.rows()).map(({ alertname }) => alertname)).toEqual(['Fires'])
    minutes(31 * 24 * 60)
    await pruneAlerts.run(world.context())
    expect(await world.rows()).toEqual([])
  })
})
