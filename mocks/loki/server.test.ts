import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { fetchJson, type Json, TEST_START_MS, testWorld } from '../testing.ts'
import { parseLogQl } from './logql.ts'
import { startLoki } from './server.ts'

const world = testWorld()
let server: RunningServer
beforeAll(async () => {
  server = await startLoki({ world, cluster: 'gpu-east' })
})
afterAll(() => server.close())

const range = (query: string, parameters = '') =>
  fetchJson(`${server.url}/loki/api/v1/query_range?query=${encodeURIComponent(query)}${parameters}`)

describe('LogQL', () => {
  it('selects streams and filters lines', () => {
    const query = parseLogQl(
      '{namespace="a", pod=~"web-.*", app!="b"} |= "GET" != "health" |~ `status=5\\d\\d` !~ "(?i)DEBUG"',
    )
    expect(query.matches({ namespace: 'a', pod: 'web-1' })).toBe(true)
    expect(query.matches({ namespace: 'a', pod: 'web-1', app: 'b' })).toBe(false)
    expect(query.matches({ namespace: 'a', pod: 'xweb-1' })).toBe(false)
    const line = (text: string) => query.keeps({ atMs: 0, text, level: 'info' })
    expect(line('GET /x status=502')).toBe(true)
    expect(line('GET /health status=502')).toBe(false)
    expect(line('GET /x status=200')).toBe(false)
    expect(line('GET /x status=502 debug')).toBe(false)
  })

  it('says where a query breaks, in plain text', async () => {
    expect(await range('{app="x"')).toMatchObject({
      status: 400,
      body: 'parse error at line 1, col 9: syntax error: unexpected $end, expecting } or ,',
    })
    expect((await range('{app=~".*"}')).body).toContain('queries require at least one regexp or equality matcher')
    expect((await range('{app="x"} | json')).status).toBe(400)
    expect((await range('{app="x"}', '&limit=9999')).body).toContain('max entries limit per query exceeded')
    expect((await fetchJson(`${server.url}/loki/api/v1/query?query=${encodeURIComponent('{app="x"}')}`)).status).toBe(
      400,
    )
  })
})

describe('query_range', () => {
  it('gives the newest lines first, up to the limit, within the span', async () => {
    const end = TEST_START_MS
    const start = end - 600_000
    const { body } = await range('{namespace="inference"}', `&limit=40&start=${start}000000&end=${end}000000`)
    const times = body.data.result.flatMap((one: Json) =>
      one.values.map((value: Json) => Number(BigInt(value[0]) / 1_000_000n)),
    )
    expect(times.length).toBe(40)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(start)
    expect(Math.max(...times)).toBeLessThan(end)
    expect(body.data.resultType).toBe('streams')
    const forward = (
      await range('{namespace="inference"}', `&limit=40&direction=forward&start=${start}000000&end=${end}000000`)
    ).body
    const first = Math.min(
      ...forward.data.result.flatMap((one: Json) =>
        one.values.map((value: Json) => Number(BigInt(value[0]) / 1_000_000n)),
      ),
    )
    expect(first).toBeLessThan(Math.min(...times))
  })

  it('is a pure function of the span: two halves make the whole', () => {
    const streams = world.logStreams('gpu-east')
    fc.assert(
      fc.property(
        fc.nat(streams.length - 1),
        fc.integer({ min: 0, max: 7_200_000 }),
        fc.integer({ min: 0, max: 600_000 }),
        (index, back, length) => {
          const from = TEST_START_MS - back - length
          const middle = from + Math.floor(length / 3)
          const stream = streams[index]!
          expect([...stream.lines(from, middle), ...stream.lines(middle, from + length)]).toEqual(
            stream.lines(from, from + length),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('finds why a pod is killed', async () => {
    const { body } = await range(
      '{namespace="vector-store", app="embedding-cache"} |= "allocating batch buffer"',
      '&since=1h',
    )
    expect(body.data.result[0].stream).toMatchObject({ detected_level: 'warn', namespace: 'vector-store' })
  })
})

describe('labels', () => {
  it('names them and their values', async () => {
    expect((await fetchJson(`${server.url}/loki/api/v1/labels`)).body.data).toEqual(
      expect.arrayContaining(['namespace', 'pod', 'container', 'app', 'node']),
    )
    expect((await fetchJson(`${server.url}/loki/api/v1/label/namespace/values`)).body.data).toContain('inference')
    expect((await fetchJson(`${server.url}/loki/api/v1/label/nope/values`)).body.data).toEqual([])
    expect(await (await fetch(`${server.url}/ready`)).text()).toBe('ready\n')
  })
})
