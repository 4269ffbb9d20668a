import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '#db/drizzle.ts'
import { alertEpisodes } from '#db/schema/alerts.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { getAlertHistory } from './get-alert-history.tool.ts'
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

const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 10, 20, hour, minute))
async function tell(fingerprint: string, startsAt: Date, endsAt?: Date) {
  await world.receive({ alerts: [world.told({ fingerprint, startsAt, ...(endsAt && { endsAt }) })] })
}
async function run(input: object = {}) {
  const reply = await getAlertHistory.run(getAlertHistory.input.parse(input) as never, world.context())
  const data = reply.data as unknown as
    | { title: string; rows: { alert: string; durationSeconds?: number }[]; facts: { label: string; value: string }[] }
    | undefined
  const fact = (label: string) => data?.facts.find((one) => one.label === label)?.value
  return { ...reply, data, fact, alerts: data?.rows.map(({ alert }) => alert) }
}

describe('get_alert_history (ALR-003)', () => {
  beforeEach(async () => {
    await tell('Flap', at(8), at(8, 5))
    await tell('Flap', at(9), at(9, 5))
    await tell('Flap', at(10), at(10, 5))
    await tell('Long', at(6), at(11))
    await tell('Now', at(11, 30))
  })

  it('tells what fired, newest first, how long, what fires most often and what longest', async () => {
    const { alerts, fact, data } = await run()
    expect(alerts).toEqual(['Now', 'Flap', 'Flap', 'Flap', 'Long'])
    expect(data!.rows.map(({ durationSeconds }) => durationSeconds)).toEqual([undefined, 300, 300, 300, 18_000])
    expect([fact('firing'), fact('over')]).toEqual(['1', '4'])
    expect(fact('most often')).toBe('Flap 3, Now 1, Long 1')
    expect(fact('longest in all')).toBe('Long 5h, Flap 15m')
    expect(fact('longest once')).toBe('Long 5h')
  })

  it('filters by time (what touches it counts), state, namespace and words', async () => {
    expect((await run({ start: at(10, 30).toISOString() })).alerts).toEqual(['Now', 'Long'])
    expect((await run({ state: 'resolved', text: 'flap' })).alerts).toHaveLength(3)
    expect((await run({ namespace: 'web', severity: 'critical' })).alerts).toHaveLength(5)
    expect((await run({ namespace: 'db' })).alerts).toBeUndefined()
  })

  it('tells nothing in this time from nothing at all', async () => {
    expect((await run({ text: 'nobody' })).empty!.likely[0]).toContain('5 episodes remembered')
    await database.db.execute(sql`truncate ${alertEpisodes}`)
    expect((await run()).empty!.likely[0]).toContain('Nothing is remembered yet')
  })
})
