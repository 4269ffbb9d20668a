import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isToolError, type ToolError } from '#contract'
import { sql } from '#db/drizzle.ts'
import { alertEpisodes } from '#db/schema/alerts.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { AlertWorld } from './testing.ts'
import { readNotification } from './webhook.ts'

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

/** As 0.34 sends it; 0.25 lacks the last two members. */
const notification = (alerts: unknown[], more: object = {}) => ({
  version: '4',
  groupKey: '{}:{alertname="A"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'quartermaster',
  groupLabels: { alertname: 'A' },
  commonLabels: { alertname: 'A' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager',
  alerts,
  notification_reason: 'new_group',
  routeLabels: {},
  ...more,
})
const refused = (body: unknown): ToolError => {
  try {
    readNotification(body, world.now())
  } catch (error) {
    if (isToolError(error)) return error
  }
  throw new Error('expected a refusal')
}

describe('a notification (ALR-004..007)', () => {
  it('opens and ends each of its alerts by itself, once however often it is sent', async () => {
    const startsAt = world.now()
    const both = notification(['A', 'B'].map((fingerprint) => world.told({ fingerprint, startsAt })))
    const reply = await world.receive(both)
    expect(reply.data).toMatchObject({ title: 'Received 2 alerts', state: 'received' })
    await world.receive(both)
    world.nowMs += 60_000
    const endsAt = world.now()
    await world.receive(
      notification([world.told({ fingerprint: 'A', startsAt, endsAt }), world.told({ fingerprint: 'B', startsAt })]),
    )
    await world.receive(notification([world.told({ fingerprint: 'A', startsAt })]))
    expect(world.said()).toEqual(['fired A 12:00:00', 'fired B 12:00:00', 'resolved A 12:00:00'])
    expect(await world.rows()).toMatchObject([
      { fingerprint: 'A', state: 'resolved', endsAt, source: 'webhook' },
      { fingerprint: 'B', state: 'firing' },
    ])
  })

  it('of an alert that was never heard of before tells both, and its exact end replaces that of a poll', async () => {
    const startsAt = world.now()
    const endsAt = new Date(world.nowMs + 30_000)
    world.firing.set('A', { startsAt })
    await world.poll()
    world.firing.clear()
    world.nowMs += 60_000
    await world.poll()
    await world.receive(notification(['A', 'B'].map((fingerprint) => world.told({ fingerprint, startsAt, endsAt }))))
    expect(world.said()).toEqual(['fired A 12:00:00', 'resolved A 12:00:00', 'fired B 12:00:00', 'resolved B 12:00:00'])
    for (const row of await world.rows()) expect(row.endsAt).toEqual(endsAt)
  })

  it('says what max_alerts left out', async () => {
    const reply = await world.receive(notification([], { truncatedAlerts: 7 }))
    expect(reply.data?.summary).toContain('7 alerts left out')
  })

  it('of an unknown cluster is refused, with what there is', async () => {
    const { receiveAlerts } = await import('./receive-alerts.tool.ts')
    const asked = receiveAlerts.run({ cluster: 'nowhere', payload: notification([]) } as never, world.context())
    await expect(asked).rejects.toMatchObject({ code: 'cluster-not-found' })
  })
})

describe('a body that is not of version 4', () => {
  it('is read as far as it has the members: a templated one, a bare list, no fingerprint, numbers for labels', () => {
    const bare = { status: 'firing', labels: { alertname: 'A', x: 'y' }, startsAt: '2026-11-20T12:00:00.123456789Z' }
    const { sightings } = readNotification([bare, { ...bare, labels: { alertname: 'A', port: 80 } }], world.now())
    expect(sightings[0]).toMatchObject({
      fingerprint: '6145004c73697686',
      startsAt: new Date('2026-11-20T12:00:00.123Z'),
    })
    expect(sightings[1]!.labels).toEqual({ alertname: 'A', port: '80' })
    expect(readNotification({ alerts: [{ ...bare, status: 'resolved' }] }, world.now()).sightings[0]!.endsAt).toEqual(
      world.now(),
    )
  })

  it.each([
    ['nothing', undefined, 'payload'],
    ['text', 'GpuSick fires', 'payload'],
    ['a Slack message', { text: 'GpuSick fires' }, 'payload.alerts'],
    [
      'an alert without labels',
      { alerts: [{ status: 'firing', labels: {}, startsAt: '2026-11-20T12:00:00Z' }] },
      'payload.alerts.0.labels',
    ],
    [
      'an alert of no time',
      { alerts: [{ status: 'firing', labels: { a: 'b' }, startsAt: 'now' }] },
      'payload.alerts.0.startsAt',
    ],
    [
      'an alert of another status',
      { alerts: [{ status: 'ok', labels: { a: 'b' }, startsAt: '2026-11-20T12:00:00Z' }] },
      'payload.alerts.0.status',
    ],
  ])('%s is refused for good, and says which member', (_, body, field) => {
    const error = refused(body)
    expect(error.status).toBe(400)
    expect(error.options.field).toBe(field)
  })
})
