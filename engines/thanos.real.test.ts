import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, type Prometheus, startPrometheus, startThanos, type Thanos } from './index.ts'

type Answer = {
  status: string
  data?: { result: { metric: Record<string, string> }[] }
  warnings?: string[]
  error?: string
}

const ready = available('thanos').ok && available('prometheus').ok

describe.skipIf(!ready)('a real Thanos over two Prometheus servers', () => {
  const servers: Prometheus[] = []
  let engine: Thanos

  async function ask(query: string, more: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${engine.url}/api/v1/query?${new URLSearchParams({ query, ...more })}`)
    return (await response.json()) as Answer
  }
  const clusters = (answer: Answer) => answer.data?.result.map(({ metric }) => metric.cluster).sort()

  beforeAll(async () => {
    for (const cluster of ['east', 'west']) {
      servers.push(await startPrometheus({ nodeExporter: false, externalLabels: { cluster, replica: 'a' } }))
    }
    engine = await startThanos({ prometheus: servers.map(({ url }) => url) })
  })
  afterAll(async () => {
    await engine?.stop()
    for (const server of servers) await server.stop()
  })

  it('answers over both, without the replica label', async () => {
    await expect.poll(async () => clusters(await ask('up')), { timeout: 30_000 }).toEqual(['east', 'west'])
    expect((await ask('up')).warnings ?? []).toEqual([])
    expect(Object.keys((await ask('up')).data?.result[0]?.metric ?? {})).not.toContain('replica')
  })

  it('with one store gone answers in part and warns, or fails where no partial answer is wanted', async () => {
    await engine.sidecars[1]?.stop()
    const partial = await ask('up')
    expect(partial.status).toBe('success')
    expect(clusters(partial)).toEqual(['east'])
    expect(partial.warnings?.length).toBeGreaterThan(0)
    expect(await ask('up', { partial_response: 'false' })).toMatchObject({ status: 'error' })
  })
})
