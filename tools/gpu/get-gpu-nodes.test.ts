import { describe, expect, it } from 'vitest'
import { getGpuNodes } from './get-gpu-nodes.tool.ts'
import { byTrouble } from './rows.ts'
import { dcgm, gpuContext } from './testing.ts'

const eight = Array.from({ length: 8 }, (_, gpu) => ({ node: 'n1', gpu, util: gpu * 10 }))
const none = { resultType: 'vector' as const, series: [], warnings: [] }
const ctx = gpuContext({
  east: dcgm([
    ...eight,
    { node: 'n2', gpu: 0, xid: 79 },
    { node: 'n2', gpu: 1, temp: 91 },
    { node: 'n3', gpu: 0, util: 1, labels: { pod: 'lazy', namespace: 'lab' } },
  ]),
  west: dcgm([{ node: 'w1', labels: { modelName: 'NVIDIA L4' } }], 'new'),
  cpu: none,
  dead: new Error('refused'),
})
type Data = { title: string; rows: Record<string, unknown>[]; facts: { label: string; value: string }[] }
const run = async (input: object, context = ctx) => {
  const reply = await getGpuNodes.run(getGpuNodes.input.parse(input) as never, context)
  return { ...reply, data: reply.data as unknown as Data }
}

describe('get_gpu_nodes', () => {
  it('sums each node, troubled first, over clusters that measure (GPU-001, GPU-012)', async () => {
    const { data, clusters } = await run({})
    expect(data.rows.map((row) => [row.node, row.gpus, row.utilizationPercent, row.state])).toEqual([
      ['n2', 2, 50, 'GPU 0 XID 79: the GPU has fallen off the bus (not new); GPU 1 hot: 91 °C'],
      ['n1', 8, 35, 'ok'],
      ['n3', 1, 1, 'ok'],
      ['w1', 1, 50, 'ok'],
    ])
    expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'GPUs 12',
      'mean utilisation 35.9 %',
      'idle 2',
      'with XID 1 (0 new)',
      'hot 1',
    ])
    expect(clusters!.map((answer) => answer.status)).toEqual(['success', 'success', 'success', 'error'])
  })

  it('shows single GPUs of a node, or of all, and filters', async () => {
    const rows = async (input: object) => (await run(input)).data.rows.map((row) => row.id)
    expect(await rows({ perGpu: true, problemsOnly: true })).toEqual(['east/n2/GPU-n2-0', 'east/n2/GPU-n2-1'])
    expect(await rows({ gpuModel: 'l4' })).toEqual(['west/w1'])
    expect(await rows({ text: 'lazy' })).toEqual(['east/n3'])
    expect((await run({ node: 'n2' })).data.rows[0]).toMatchObject({ gpu: '0', gpus: 1 })
  })

  it('tells healthy GPUs from none at all', async () => {
    expect((await run({ clusters: ['west'], problemsOnly: true })).empty!.title).toBe(
      'None of 1 GPU has an XID or is hot',
    )
    expect((await run({ clusters: ['cpu'] })).empty!.title).toBe('No GPU telemetry')
    expect((await run({ gpuModel: 'B200' })).empty!.likely[0]).toContain('NVIDIA L4')
  })
})

it('says of how many GPUs the troubled ones are, and which they are', async () => {
  const { data } = await run({ problemsOnly: true })
  const text = getGpuNodes.text(data as never, { shown: 1, total: 1 })
  expect(text).toMatch(/troubled GPUs 2 of \d+/)
  expect(text).toContain('GPU 1 hot: 91 °C')
})

it('counts GPUs of a node by their number, not by their serial', () => {
  const row = (gpu: string, id: string) =>
    ({ id, cluster: 'east', node: 'n1', gpu, model: 'H100', gpus: 1, idle: 0, state: 'ok', stateTone: 'good' }) as const
  const rows = [row('10', 'GPU-a'), row('2', 'GPU-c'), row('0', 'GPU-d'), row('1 1g.10gb', 'GPU-b')]
  expect(rows.sort(byTrouble).map(({ gpu }) => gpu)).toEqual(['0', '1 1g.10gb', '2', '10'])
})

it('reads as lean lines', async () => {
  const { data } = await run({ clusters: ['west'] })
  expect(getGpuNodes.text(data as never, { shown: 1, total: 1 })).toBe(
    '1 GPU node. GPUs 1, mean utilisation 50 %, idle 0, with XID 0, hot 0\n' +
      'cluster\tnode\tgpus\tmodel\tutil%\tmemMiB\tofMiB\tC\tW\tstate\nwest\tw1\t1\tNVIDIA L4\t50\t40000\t80559\t60\t400\tok',
  )
})
