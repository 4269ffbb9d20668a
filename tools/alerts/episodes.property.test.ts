import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from '#db/drizzle.ts'
import { alertEpisodes } from '#db/schema/alerts.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { AlertWorld } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.close())

const fingerprint = fc.constantFrom('a', 'b')
const step = fc.oneof(
  fc.record({ do: fc.constant('fire' as const), fingerprint }),
  fc.record({ do: fc.constant('end' as const), fingerprint }),
  fc.record({ do: fc.constant('poll' as const), fails: fc.boolean() }),
  // a notification may come late, twice, and after newer ones
  fc.record({ do: fc.constant('deliver' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 20, 200) }),
  fc.record({ do: fc.constant('restart' as const), retold: fc.boolean() }),
)

it('each episode fires once and is over at most once, however polls, notifications and restarts interleave (ALR-007)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await database.db.execute(sql`truncate ${alertEpisodes}`)
      const world = new AlertWorld(database.db)
      const told: ReturnType<AlertWorld['told']>[] = []
      for (const one of steps) {
        world.nowMs += 1
        if (one.do === 'wait') world.nowMs += one.seconds * 1000
        if (one.do === 'fire' && !world.firing.has(one.fingerprint)) {
          const startsAt = world.now()
          world.firing.set(one.fingerprint, { startsAt })
          told.push(world.told({ fingerprint: one.fingerprint, startsAt }))
        }
        const ending = one.do === 'end' ? world.firing.get(one.fingerprint) : undefined
        if (one.do === 'end' && ending) {
          world.firing.delete(one.fingerprint)
          told.push(world.told({ ...ending, fingerprint: one.fingerprint, endsAt: world.now() }))
        }
        if (one.do === 'poll') {
          world.failure = one.fails ? new Error('refused') : undefined
          await world.poll()
        }
        if (one.do === 'deliver' && told.length > 0) await world.receive({ alerts: [told[one.which % told.length]!] })
        if (one.do === 'restart') {
          // it has forgotten what fires until it is told again
          world.startedMs = world.nowMs
          const kept = new Map(world.firing)
          if (!one.retold) world.firing.clear()
          world.failure = undefined
          await world.poll()
          for (const [key, value] of kept) world.firing.set(key, value)
        }
      }
      world.failure = undefined
      // in the end it knows what fires
      for (let poll = 0; poll < 2; poll++) {
        world.nowMs += 240_000
        await world.poll()
      }
      const rows = await world.rows()
      const open = rows.filter(({ state }) => state === 'firing').map((row) => row.fingerprint)
      expect(open.sort()).toEqual([...world.firing.keys()].sort())

      const keys = (name: string) =>
        world.events.filter((event) => event.name === name).map(({ subject, data }) => `${subject} ${data.since}`)
      const fired = keys('alert.fired')
      const resolved = keys('alert.resolved')
      const known = rows.map((row) => `alerts/alert/east/${row.fingerprint} ${row.startsAt.toISOString()}`)
      expect([...fired].sort()).toEqual([...new Set(known)].sort())
      expect(resolved).toEqual([...new Set(resolved)])
      expect(resolved.length).toBe(rows.length - open.length)
      for (const key of resolved)
        expect(
          world.events.findIndex(
            (event) => `${event.subject} ${event.data.since}` === key && event.name === 'alert.fired',
          ),
        ).toBeLessThan(
          world.events.findIndex(
            (event) => `${event.subject} ${event.data.since}` === key && event.name === 'alert.resolved',
          ),
        )
      // episodes of one alert do not overlap
      for (const own of Map.groupBy(rows, (row) => row.fingerprint).values())
        for (const [index, row] of own.entries())
          if (index > 0) expect(own[index - 1]!.endsAt!.getTime()).toBeLessThanOrEqual(row.startsAt.getTime())
    }),
    { numRuns: 50 },
  )
})
