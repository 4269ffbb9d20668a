import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { perCluster, prometheusOf } from '../testing-upstreams.ts'
import { compareClusters } from './compare-clusters.tool.ts'
import { fleetContext } from './testing.ts'

interface Data {
  rows: Record<string, string>[]
  facts: { value: string }[]
}
const vector = (...values: string[]) => ({
  resultType: 'vector' as const,
  warnings: [],
  series: values.map((value) => ({ metric: {}, values: [[1, value] as [number, string]] })),
})
const measuring = (clients: Record<string, Prometheus | Error>) => {
  const ctx = fleetContext()
  return { ...ctx, clients: { ...ctx.clients, prometheus: perCluster<Prometheus>(clients) } }
}
const run = async (input: object, ctx = fleetContext()) => {
  const reply = await compareClusters.run(compareClusters.input.parse(input) as never, ctx)
  return reply.data as unknown as Data
}
const aspect = (data: Data, name: string) => data.rows.find((row) => row.aspect === name)

describe('compare_clusters (FLT-019)', () => {
  it('puts clusters side by side, what differs first', async () => {
    const data = await run({ clusters: ['hub', 'east'] })
    expect(aspect(data, 'GPUs')).toMatchObject({ hub: '0', east: '16', differs: 'yes' })
    expect(aspect(data, 'nodes ready')).toMatchObject({ hub: '1 of 1', east: '1 of 2' })
    expect(aspect(data, 'environment')).toMatchObject({ hub: 'production', east: 'production', differs: '' })
    expect(aspect(data, 'label tier')).toMatchObject({ hub: 'management', east: 'inference' })
    const marks = data.rows.map(({ differs }) => differs)
    expect(marks).toEqual([...marks].sort().reverse())
    expect(data.facts[0]!.value).toBe(`${marks.filter(Boolean).length} of ${marks.length}`)
  })

  it('measures what is asked for; a silent cluster is a gap, several series are said', async () => {
    const ctx = measuring({
      hub: prometheusOf({
        cluster: 'hub',
        answer: ({ query }) => (query === 'up' ? vector('1', '1') : vector('42.5')),
      }),
      east: new Error('refused'),
    })
    const data = await run({ clusters: ['hub', 'east'], metrics: ['gpu', 'up'] }, ctx)
    expect(aspect(data, 'GPU busy')).toMatchObject({ hub: '42.5 %', east: '' })
    expect(aspect(data, 'up')).toMatchObject({ hub: '2 series', east: '' })
  })

  it('refuses PromQL that is wrong everywhere, one cluster, and unknown ones', async () => {
    const wrong = new ToolError('invalid-promql', 'parse error', { next: 'Correct it.' })
    const ctx = measuring({ hub: wrong as never, east: wrong as never })
    await expect(run({ clusters: ['hub', 'east'], metrics: ['up{'] }, ctx)).rejects.toMatchObject({
      code: 'invalid-promql',
    })
    await expect(run({ clusters: ['hub', 'hub'] })).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(run({ clusters: ['hub', 'mars'] })).rejects.toMatchObject({ code: 'cluster-not-found' })
    expect(compareClusters.input.safeParse({ clusters: ['hub'] }).success).toBe(false)
  })
})
