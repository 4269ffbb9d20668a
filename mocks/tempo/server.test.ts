import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startLoki } from '../loki/server.ts'
import { fetchJson, type Json, TEST_START_MS, testWorld } from '../testing.ts'
import { createFaults } from '../world/faults.ts'
import { startTempo } from './server.ts'

const world = testWorld()
const close: (() => Promise<void>)[] = []
let tempo = ''
let loki = ''
beforeAll(async () => {
  const servers = [await startTempo({ world, cluster: 'gpu-east' }), await startLoki({ world, cluster: 'gpu-east' })]
  ;[tempo, loki] = servers.map(({ url }) => url) as [string, string]
  close.push(...servers.map((server) => server.close))
})
afterAll(() => Promise.all(close.map((one) => one())))

const search = async (q: string, more = ''): Promise<Json[]> => {
  const end = Math.ceil(world.now() / 1000)
  return (await fetchJson(`${tempo}/api/search?q=${encodeURIComponent(q)}&start=${end - 3600}&end=${end}${more}`)).body
    .traces
}
const lines = async (query: string): Promise<string[]> => {
  const { body } = await fetchJson(`${loki}/loki/api/v1/query_range?limit=5000&query=${encodeURIComponent(query)}`)
  return body.data.result.flatMap((one: Json) => one.values.map((value: Json) => value[1]))
}

describe('the mock of Tempo', () => {
  it('has a trace for each request that a frontend logged, with the same id, status and duration', async () => {
    const [line] = await lines('{namespace="inference", app="qwen3-32b"} |= "trace_id=" |= "status=200"')
    const [, elapsed, id] = /elapsed_ms=(\d+) trace_id=(\w+)/.exec(line!)!
    const { status, body } = await fetchJson(`${tempo}/api/v2/traces/${id}`)
    expect(status).toBe(200)
    const spans: Json[] = body.trace.resourceSpans.flatMap((one: Json) => one.scopeSpans[0].spans)
    const root = spans.find((span) => !span.parentSpanId)
    expect((BigInt(root.endTimeUnixNano) - BigInt(root.startTimeUnixNano)) / 1_000_000n).toBe(BigInt(elapsed!))
    expect(Buffer.from(root.traceId, 'base64').toString('hex')).toBe(id)
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['tokenize', 'kv_router.route', 'generate', 'llm_request']),
    )
  })

  it('is a pure function of time: the same search twice is the same', async () => {
    expect(await search('{ status = error }')).toEqual(await search('{ status = error }'))
  })

  it('a full KV cache shows as waiting in the engine, in traces and in logs', async () => {
    const faults = createFaults(world)
    const before = await search('{ .gen_ai.latency.time_in_queue > 10 }')
    expect(before.filter(({ rootServiceName }) => rootServiceName === 'qwen3-32b-frontend')).toEqual([])
    faults.inject('kv-cache-full', { app: 'qwen3-32b' })
    world.tick(300)
    const slow = await search('{ .gen_ai.latency.time_in_queue > 10 && resource.service.name = "qwen3-32b-worker" }')
    expect(slow.length).toBeGreaterThan(5)
    const id = slow[0].traceID.padStart(32, '0')
    expect(await lines(`{app="qwen3-32b"} |= "${id}"`)).toHaveLength(1)
  })

  it('a dead GPU shows as errors of the engine', async () => {
    createFaults(world).inject('xid79', { cluster: 'gpu-east' })
    const fault = world.troubles.all().at(-1)!
    world.tick(300)
    const failed = await search(`{ resource.k8s.pod.name = "${fault.app}" && status = error }`)
    expect(failed.length).toBeGreaterThan(3)
    const trace = await fetchJson(`${tempo}/api/traces/${failed[0].traceID}`)
    expect(JSON.stringify(trace.body.batches)).toContain('EngineDeadError')
    const id = failed[0].traceID.padStart(32, '0')
    expect(await lines(`{namespace="inference"} |= "${id}"`)).toHaveLength(1)
  })

  it('refuses in the words of Tempo', async () => {
    expect(await fetchJson(`${tempo}/api/search?q=%7B`)).toMatchObject({
      status: 400,
      body: expect.stringContaining('line 1, col 2'),
    })
    expect(await fetchJson(`${tempo}/api/search?start=1&end=${TEST_START_MS / 1000}`)).toMatchObject({
      status: 400,
      body: expect.stringContaining('exceeds 168h0m0s'),
    })
    expect((await fetchJson(`${tempo}/api/traces/xyz`)).status).toBe(400)
    expect((await fetchJson(`${tempo}/api/traces/ab`)).status).toBe(404)
  })
})
