import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type NewEvent, ToolError } from '#contract'
import { events as table } from '#db/schema/core.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { LogEntry, Loki } from '../clients/loki/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'
import { compareNs } from './read.ts'
import { createTailJob } from './tail.job.ts'
import { tailLogs } from './tail-logs.tool.ts'
import { lokiOf } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const began = Date.parse('2026-11-20T12:00:00Z')
const at = (ms: number, line: string): LogEntry => ({
  timestampNs: `${BigInt(ms) * 1_000_000n}`,
  line,
  stream: { pod: 'web' },
})
let entries: LogEntry[]
const asked: Parameters<Loki['queryRange']>[0][] = []
const loki = (cluster: string): Loki =>
  lokiOf(cluster, {
    queryRange: async (query) => {
      asked.push(query)
      const inRange = entries.filter(({ timestampNs }) => {
        const ms = Number(timestampNs.slice(0, -6))
        return ms >= query.start.getTime() && ms < query.end.getTime()
      })
      // newest first, those of one moment as they came: what the client gives
      return inRange.slice(-(query.limit ?? 100)).sort((a, b) => compareNs(b.timestampNs, a.timestampNs))
    },
  })
const dead = new ToolError('loki-not-available', 'refused', { next: 'Check.' })
const clients = {
  fleet: fleetOf([clusterInfo('east'), clusterInfo('dead')]),
  loki: perCluster<Loki>({ east: loki('east'), dead }),
}
const events: NewEvent[] = []
const announced: NewEvent[] = []
beforeEach(async () => {
  entries = [at(began - 10_000, 'old'), at(began - 5_000, 'level=error msg=x')]
  for (const list of [events, announced, asked]) list.length = 0
  await database.db.delete(table)
})

const ask = (input: object = {}) =>
  tailLogs.run(
    tailLogs.input.parse({ query: '{app="web"}', clusters: ['east'], ...input }) as never,
    testContext({ clients, db: database.db, events, now: new Date(began) }),
  )
const lines = () => announced.flatMap(({ data }) => (data as { append: { n: number; text: string }[] }).append)

/** What a server does with the event of the tool: it stores it. */
async function started() {
  const { subject } = await ask()
  await database.db.insert(table).values(events.map((event) => ({ ...event, at: new Date(began) })))
  const job = createTailJob()
  const look = (afterMs: number, watched: string[] = [subject!, 'logs.tailed']) =>
    job.run(testContext({ clients, db: database.db, announced, watched, now: new Date(began + afterMs) }) as never)
  return { subject: subject!, look }
}

describe('tail_logs (LGS-004)', () => {
  it('shows the last lines at once and names the subject of the coming ones', async () => {
    const { data, subject } = await ask({ clusters: ['east', 'dead'] })
    expect(data!.lines).toMatchObject([{ text: 'old' }, { text: 'level=error msg=x', level: 'error' }])
    expect(subject).toMatch(/^logs\/tail\/[0-9a-f-]{36}$/)
    expect(data!.note).toBe('New lines of east are added until 12:15 UTC while the card is open')
    await expect(ask({ query: 'rate({a="b"}[1m])' })).rejects.toMatchObject({ code: 'invalid-logql' })
  })

  it('adds new lines once, in order, while somebody watches, and asks nobody otherwise', async () => {
    const { subject, look } = await started()
    asked.length = 0
    entries.push(at(began + 500, 'first'), at(began + 500, 'second'))
    await look(3_000, [])
    expect(asked).toEqual([])
    await look(3_000)
    await look(3_100)
    entries.push(at(began + 3_500, 'third'))
    await look(6_000)
    await look(9_000)
    expect(lines().map(({ text }) => text)).toEqual(['first', 'second', 'third'])
    expect(new Set(lines().map(({ n }) => n)).size).toBe(3)
    expect(announced.every((event) => event.subject === subject && event.cluster === 'east')).toBe(true)
  })

  it('says what it leaves out, and ends when its time is over', async () => {
    const { look } = await started()
    for (let index = 0; index < 300; index += 1) entries.push(at(began + index, `line ${index}`))
    await look(4_000)
    expect(lines()).toHaveLength(101)
    expect(lines()[0]!.text).toContain('more than 100 lines in 3 s')
    announced.length = 0
    entries.push(at(began + 900_500, 'late'))
    await look(910_000)
    expect(announced).toEqual([])
  })
})
