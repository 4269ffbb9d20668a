import { describe, expect, it } from 'vitest'
import { getGpuWorkloads } from './get-gpu-workloads.tool.ts'
import { dcgm, type FleetDraft, gpuFleet, vector } from './testing.ts'

const prices = { source: 'list', asOf: '2026-11-01', gpuHourUsdCents: { H100: 295 } }
const held = (pod: string, gpu: number, node = 'n1') => ({
  node,
  gpu,
  labels: { exported_namespace: 'inf', exported_pod: pod },
})
const mean = (pod: string, value: number): [Record<string, string>, number] => [
  { exported_namespace: 'inf', exported_pod: pod, pod: 'dcgm-exporter-x', namespace: 'gpu-operator' },
  value,
]
const east: FleetDraft = {
  dcgm: dcgm([held('busy-7d9f8c6b5-abcde', 0), held('lazy-0', 1), held('lazy-0', 2)]),
  answer: (query) =>
    query.startsWith('avg_over_time')
      ? vector(mean('busy-7d9f8c6b5-abcde', 80), mean('lazy-0', 0), mean('lazy-0', 2))
      : undefined,
  nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3', gpus: 8, allocatable: 6 }, { name: 'n4', unschedulable: true }],
  pods: [
    { name: 'busy-7d9f8c6b5-abcde', node: 'n1', gpus: 1, owner: 'ReplicaSet/busy-7d9f8c6b5' },
    { name: 'lazy-0', node: 'n1', gpus: 2, owner: 'StatefulSet/lazy' },
    { name: 'big', node: 'n2', gpus: 6, namespace: 'lab' },
    { name: 'hopes', gpus: 8, phase: 'Pending', namespace: 'lab' },
    { name: 'done', node: 'n2', gpus: 2, phase: 'Succeeded' },
  ],
}
type Data = { rows: Record<string, unknown>[]; facts: { label: string; value: string }[] }
const run = async (input: object, drafts: Record<string, FleetDraft> = { east }, more = { prices }) => {
  const reply = await getGpuWorkloads.run(getGpuWorkloads.input.parse(input) as never, gpuFleet(drafts, more))
  return { ...reply, data: reply.data as unknown as Data }
}

describe('get_gpu_workloads (GPU-014)', () => {
  it('has one row an owner, the idle first with what they cost', async () => {
    const { data } = await run({})
    expect(
      data.rows.map((row) => [row.workload, row.gpus, row.meanUtilizationPercent, row.idle, row.idleCost, row.state]),
    ).toEqual([
      ['StatefulSet lazy', 2, 1, 2, 590, 'idle'],
      ['Pod hopes', 0, undefined, 0, undefined, '1 pod waiting for a GPU'],
      ['Pod big', 6, undefined, 0, undefined, 'not measured'],
      ['Deployment busy', 1, 80, 0, undefined, 'busy'],
    ])
    expect(data.rows[3]).toMatchObject({
      utilizationPercent: 50,
      memoryUsedMib: 40_000,
      model: 'NVIDIA H100 80GB HBM3',
    })
  })

  it('says how the free ones lie: not on nodes that are closed', async () => {
    const facts = (await run({})).data.facts.map(({ label, value }) => `${label}: ${value}`)
    expect(facts).toEqual([
      'GPUs held: 9',
      'idle over 1h: 2 ($5.90 an hour)',
      'pods waiting: 1',
      'free on east, NVIDIA H100 80GB HBM3: 13 on 3 nodes, at most 6 together',
    ])
  })

  it('names no cost without a price list', async () => {
    const { data } = await run({ idleOnly: true }, { east }, {} as never)
    expect(data.rows).toHaveLength(1)
    expect(data.rows[0]).not.toHaveProperty('idleCost')
    expect(getGpuWorkloads.text(data as never, { shown: 1, total: 1 })).not.toContain('$')
  })

  it('explains an empty answer', async () => {
    const calm = { east: { ...east, answer: () => undefined } }
    expect((await run({ idleOnly: true }, calm)).empty!.title).toBe('No idle GPU in 4 workloads')
    expect((await run({}, { cpu: { nodes: [] } })).empty!.title).toBe('No workload holds a GPU')
  })
})
