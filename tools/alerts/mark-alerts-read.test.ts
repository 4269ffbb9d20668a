import { expect, it } from 'vitest'
import { alertReads } from '#db/schema/alerts.ts'
import { testDatabase } from '#db/testing.ts'
import { markAlertsRead } from './mark-alerts-read.tool.ts'
import { AlertWorld } from './testing.ts'

it('ALR-015: remembers what one person has read, once, of what fires', async () => {
  const database = await testDatabase()
  try {
    const world = new AlertWorld(database.db)
    for (const name of ['A', 'B', 'C']) world.firing.set(name, { startsAt: world.now() })
    await world.poll()
    world.firing.delete('C')
    world.nowMs += 60_000
    await world.poll()
    const run = async (input: object) =>
      (await markAlertsRead.run(markAlertsRead.input.parse(input) as never, world.context())).data
    expect(await run({ ids: ['east/A', 'east/C', 'nonsense'] })).toMatchObject({ title: '1 alert marked as read' })
    await run({})
    await run({})
    const reads = await database.db.select().from(alertReads)
    expect(reads.map(({ actorId, fingerprint }) => `${actorId} ${fingerprint}`).sort()).toEqual(['ada A', 'ada B'])
  } finally {
    await database.close()
  }
})
