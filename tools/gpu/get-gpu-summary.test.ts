import { expect, it } from 'vitest'
import { getGpuSummary } from './get-gpu-summary.tool.ts'
import { dcgm, gpuContext } from './testing.ts'

const ctx = gpuContext({
  east: dcgm([
    { gpu: 0, util: 20 },
    { gpu: 1, util: 40, xid: 31 },
    { node: 'n2', util: 60 },
  ]),
  west: dcgm([{ node: 'w1', util: 80, labels: { modelName: 'NVIDIA L4' } }], 'new'),
  cpu: { resultType: 'vector', series: [], warnings: [] },
})
const run = async (input: object) => getGpuSummary.run(getGpuSummary.input.parse(input) as never, ctx)

it('totals the fleet by cluster and model (GPU-003)', async () => {
  const data = (await run({})).data as unknown as {
    title: string
    rows: object[]
    facts: { label: string; value: string }[]
  }
  expect(data.title).toBe('4 GPUs in 2 clusters')
  expect(data.rows).toMatchObject([
    {
      id: 'east/NVIDIA H100 80GB HBM3',
      nodes: 2,
      gpus: 3,
      utilizationPercent: 40,
      memoryUsedMib: 120_000,
      memoryTotalMib: 241_677,
      withXid: 1,
    },
    { id: 'west/NVIDIA L4', nodes: 1, gpus: 1, utilizationPercent: 80 },
  ])
  expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
    'GPUs 4',
    'nodes 3',
    'clusters with GPUs 2',
    'mean utilisation 50 %',
    'memory 156GiB of 315GiB',
    'with XID 1',
  ])
})

it('says why there is nothing', async () => {
  expect((await run({ clusters: ['cpu'] })).empty!.title).toBe('No GPU telemetry')
})
