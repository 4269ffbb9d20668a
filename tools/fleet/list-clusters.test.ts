import { describe, expect, it } from 'vitest'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf } from '../testing-upstreams.ts'
import { listClusters } from './list-clusters.tool.ts'
import { fleetContext } from './testing.ts'

type Data = {
  rows: { name: string; state: string; score: number; gpus?: number; problem?: string }[]
  facts: { label: string; value: string }[]
}
const run = async (input: object, ctx = fleetContext()) => {
  const reply = await listClusters.run(listClusters.input.parse(input) as never, ctx)
  return { ...reply, data: reply.data as unknown as Data }
}

describe('list_clusters', () => {
  it('checks every configured service and lists the worst first (FLT-042, FLT-043, FLT-045)', async () => {
    const { data, clusters } = await run({})
    expect(data.rows.map((row) => [row.name, row.state, row.score, row.gpus])).toEqual([
      ['dead', 'offline', 30, undefined],
      ['east', 'degraded', 80, 16],
      ['hub', 'degraded', 85, 0],
      ['bare', 'unknown', 0, undefined],
    ])
    expect(data.rows[1]!.problem).toBe('prometheus refuses the credentials')
    expect(clusters!.map((answer) => answer.status)).toEqual(['partial', 'partial', 'error', 'success'])
    expect(data.facts.find((fact) => fact.label === 'GPUs')!.value).toBe('16')
  })

  it('filters by what is registered and by what was found (FLT-008)', async () => {
    const names = async (input: object) => (await run(input)).data.rows.map((row) => row.name)
    expect(await names({ type: 'hub' })).toEqual(['hub'])
    expect(await names({ environment: 'lab' })).toEqual(['dead', 'bare'])
    expect(await names({ text: 'us' })).toEqual(['east'])
    expect(await names({ hasGpu: true })).toEqual(['east'])
    expect(await names({ state: 'offline' })).toEqual(['dead'])
    expect(await names({ labelSelector: 'tier=inference' })).toEqual(['east'])
    expect(await names({ text: 'management' })).toEqual(['hub'])
  })

  it('shows an actor its own clusters only, and says when nothing matches', async () => {
    const own = await run({}, fleetContext({ clusters: ['hub'] }))
    expect(own.data.rows.map((row) => row.name)).toEqual(['hub'])
    expect((await run({ text: 'mars' })).empty!.title).toBe('No cluster matches')
  })

  it('works where nothing but the registry is configured', async () => {
    const ctx = testContext({ clients: { fleet: fleetOf([clusterInfo('hub')]) } })
    expect((await run({}, ctx)).data.rows[0]).toMatchObject({ name: 'hub', state: 'unknown' })
  })
})

it('reads as lean lines', async () => {
  const { data } = await run({ clusters: ['east'] })
  const text = listClusters.text(data as never, { shown: 1, total: 1 })
  expect(text).toBe(
    '1 cluster. degraded 1, nodes 2, GPUs 16\ncluster\tstate\tscore\ttype\tenvironment\tregion\tversion\tready\tnodes\tgpus\tmodels\tproblem\n' +
      'east\tdegraded\t80\tspoke\tproduction\tus\tv1.36.2\t1\t2\t16\tNVIDIA H100 80GB HBM3\tprometheus refuses the credentials',
  )
})
