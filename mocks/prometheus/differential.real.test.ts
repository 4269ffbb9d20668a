import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrometheus } from './main.ts'
import { ask, differences } from './testing/compare.ts'
import { fixtureEndMs, fixtureSource, fixtureStartMs, openMetrics } from './testing/fixture.ts'
import { invalidQueries, invalidRequests, plainRequests, validQueries } from './testing/queries.ts'
import { randomQueries } from './testing/random-queries.ts'

/** The same samples in a real Prometheus 2.x and in the mock: the same answers. */

const onPath = (name: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
const missing = ['prometheus', 'promtool'].filter((name) => !onPath(name))
if (missing.length > 0) {
  const advice = "install Debian's prometheus package to compare the mock with the real engine"
  process.stderr.write(
    `\nSKIPPED: the PromQL differential suite needs ${missing.join(' and ')} on PATH; ${advice}.\n\n`,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const ready = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await delay(100)
  }
  throw new Error('Prometheus did not become ready within 30 seconds')
}

const instants = [fixtureStartMs + 3_600_000, fixtureStartMs + 5_000_123, fixtureStartMs + 60_000]
const ranges = [
  { start: fixtureStartMs + 600_000, end: fixtureStartMs + 6_000_000, step: 97 },
  { start: fixtureStartMs - 300_000, end: fixtureStartMs + 1_500_000, step: 15 },
  { start: fixtureEndMs - 60_000, end: fixtureEndMs + 900_000, step: 61.5 },
]

describe.skipIf(missing.length > 0)('mock and real Prometheus 2.x over the same samples', () => {
  let folder = ''
  let engine: ChildProcess | undefined
  let mock: Awaited<ReturnType<typeof startPrometheus>> | undefined
  let sides = { real: '', mock: '' }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quartermaster-prometheus-'))
    const data = join(folder, 'data')
    mkdirSync(data)
    writeFileSync(join(folder, 'samples.om'), openMetrics(fixtureSource(), 'test'))
    writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n')
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'samples.om'), data], {
      stdio: 'pipe',
    })
    const url = `127.0.0.1:${await freePort()}`
    const flags = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${data}`]
    const more = ['--storage.tsdb.retention.time=100y', `--web.listen-address=${url}`, '--log.level=error']
    engine = spawn('prometheus', [...flags, ...more], { stdio: 'ignore' })
    mock = await startPrometheus({
      source: fixtureSource(),
      cluster: 'test',
      now: () => fixtureEndMs + 1_000_000,
      rangeMode: '2',
    })
    sides = { real: `http://${url}`, mock: mock.url }
    await untilReady(sides.real)
  })

  afterAll(async () => {
    await mock?.close()
    if (engine && engine.exitCode === null) {
      const ended = new Promise((resolve) => engine?.once('exit', resolve))
      engine.kill('SIGTERM')
      await ended
    }
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const compare = async (path: string) => {
    const [real, ours] = await Promise.all([ask(`${sides.real}/api/v1/${path}`), ask(`${sides.mock}/api/v1/${path}`)])
    return { real, found: differences(real, ours) }
  }
  const query = (text: string, timeMs: number) => `query?query=${encodeURIComponent(text)}&time=${timeMs / 1000}`
  const range = (text: string, { start, end, step }: (typeof ranges)[number]) =>
    `query_range?query=${encodeURIComponent(text)}&start=${start / 1000}&end=${end / 1000}&step=${step}`

  it('has a list worth the name', () => {
    expect(validQueries.length + invalidQueries.length).toBeGreaterThan(300)
  })

  it.each(validQueries)('%s', async (text) => {
    for (const instant of instants) {
      const { real, found } = await compare(query(text, instant))
      expect(real.body, text).toMatchObject({ status: 'success' })
      expect(found, `${text} at ${instant}`).toEqual([])
    }
    for (const span of ranges)
      expect((await compare(range(text, span))).found, `${text} over ${span.start}`).toEqual([])
  })

  it('agrees on queries that no one would write', async () => {
    let answered = 0
    for (const text of randomQueries(250, 42)) {
      for (const path of [query(text, instants[0] as number), range(text, ranges[0] as (typeof ranges)[number])]) {
        const { real, found } = await compare(path)
        expect(found, text).toEqual([])
        if (real.status === 200 && JSON.stringify(real.body).includes('"metric"')) answered += 1
      }
    }
    expect(answered).toBeGreaterThan(250)
  })

  it.each(invalidQueries)('refuses %s', async (text) => {
    const { real, found } = await compare(query(text, instants[0] as number))
    expect(real.body).toMatchObject({ status: 'error' })
    expect(found).toEqual([])
  })

  it.each(invalidRequests)('refuses %s', async (path) => {
    const { real, found } = await compare(path)
    expect(real.body).toMatchObject({ status: 'error' })
    expect(found).toEqual([])
  })

  it.each(plainRequests)('answers %s', async (path) => {
    const { real, found } = await compare(path)
    expect(real.body).toMatchObject({ status: 'success' })
    expect(found).toEqual([])
  })
})
