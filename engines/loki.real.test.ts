import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Loki, type LokiStream, startLoki } from './index.ts'

type Streams = { data: { result: { stream: Record<string, string>; values: [string, string][] }[] } }

function lines(app: string, texts: string[], ageMs = 0): LokiStream {
  const firstNs = BigInt(Date.now() - ageMs) * 1_000_000n
  return { stream: { app }, values: texts.map((text, index) => [String(firstNs + BigInt(index)), text]) }
}

describe.skipIf(!available('loki').ok)('a real Loki', () => {
  let engine: Loki

  async function ask(query: string, sinceHours = 1): Promise<Streams['data']['result']> {
    const parameters = new URLSearchParams({ query, since: `${sinceHours}h` })
    const response = await fetch(`${engine.url}/loki/api/v1/query_range?${parameters}`)
    return ((await response.json()) as Streams).data.result
  }

  beforeAll(async () => {
    engine = await startLoki()
  })
  afterAll(() => engine?.stop())

  it('finds a pushed line', async () => {
    await engine.push([lines('trainer', ['epoch 1 done', 'NCCL timeout on rank 3'])])
    const found = await ask('{app="trainer"} |= "NCCL"')
    expect(found).toMatchObject([
      { stream: { app: 'trainer' }, values: [[expect.any(String), 'NCCL timeout on rank 3']] },
    ])
  })

  it('takes and finds lines that are days old', async () => {
    await engine.push([lines('archive', ['an old line'], 72 * 3_600_000)])
    expect(await ask('{app="archive"}', 100)).toMatchObject([{ values: [[expect.any(String), 'an old line']] }])
  })

  it('answers wrong LogQL with text', async () => {
    const response = await fetch(`${engine.url}/loki/api/v1/query_range?query=${encodeURIComponent('{')}`)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('parse error')])
  })

  it('finds patterns', async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `GET /v1/models/${index} took ${index * 3} ms`)
    await engine.push([lines('gateway', texts)])
    const read = async () => {
      const query = encodeURIComponent('{app="gateway"}')
      const response = await fetch(`${engine.url}/loki/api/v1/patterns?query=${query}&since=1h`)
      return ((await response.json()) as { data: { pattern: string }[] }).data
    }
    await expect.poll(read, { timeout: 30_000 }).toMatchObject([{ pattern: expect.stringContaining('<_>') }])
  })
})

describe.skipIf(!available('loki').ok)('a real Loki with tenants', () => {
  let engine: Loki

  beforeAll(async () => {
    engine = await startLoki({ tenants: true, patterns: false })
  })
  afterAll(() => engine?.stop())

  it('keeps tenants apart and demands one', async () => {
    await engine.push([lines('trainer', ['of team a'])], 'team-a')
    const labels = async (headers: Record<string, string>) => {
      const response = await fetch(`${engine.url}/loki/api/v1/label/app/values`, { headers })
      return { status: response.status, text: await response.text() }
    }
    expect((await labels({ 'x-scope-orgid': 'team-a' })).text).toContain('trainer')
    expect((await labels({ 'x-scope-orgid': 'team-b' })).text).not.toContain('trainer')
    expect(await labels({})).toMatchObject({ status: 401 })
  })
})
