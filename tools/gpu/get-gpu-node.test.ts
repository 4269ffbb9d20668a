import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { getGpuNode } from './get-gpu-node.tool.ts'
import type { GpuRow } from './rows.ts'
import { failures, newXml } from './smi/testing.ts'
import { dcgm, driverPods, type FleetDraft, gpuFleet } from './testing.ts'

const uuid = 'GPU-00000000-2222-3333-4444-555555555555'
const measured = dcgm([
  { node: 'n1', used: 40_000, free: 41_559, labels: { UUID: uuid, exported_pod: 'qwen-0', exported_namespace: 'inf' } },
])
const sound: FleetDraft = {
  dcgm: measured,
  nodes: [{ name: 'n1', gpus: 1 }],
  pods: driverPods('n1'),
  exec: () => ({ exitCode: 0, stdout: newXml, stderr: '' }),
}
const run = async (draft: FleetDraft, input: object = { cluster: 'east', node: 'n1' }) => {
  const reply = await getGpuNode.run(getGpuNode.input.parse(input) as never, gpuFleet({ east: draft }))
  const data = getGpuNode.output.parse(reply.data) as unknown as {
    rows: GpuRow[]
    facts: { label: string; value: string }[]
  }
  return { ...reply, data, fact: (label: string) => data.facts.find((one) => one.label === label)?.value }
}

describe('get_gpu_node (GPU-002, GPU-005)', () => {
  it('joins DCGM and nvidia-smi by UUID, says the source, and shows both where they disagree', async () => {
    const { data, fact } = await run(sound)
    expect(data.rows).toHaveLength(1)
    expect(data.rows[0]).toMatchObject({
      id: `east/n1/${uuid}`,
      pod: 'inf/qwen-0',
      memoryUsedMib: 74627,
      temperatureC: 61,
      powerLimitWatts: 700,
      ecc: '3/4',
      remappedRows: '0/2 pending',
      throttle: 'power cap, hardware slowdown, thermal, by hardware',
      recovery: 'drain and reset',
      source: 'nvidia-smi',
      disagree: expect.stringContaining('memoryUsedMib 40000 (dcgm), 74627 (nvidia-smi)'),
      state: 'needs drain and reset',
      stateTone: 'bad',
    })
    expect([fact('driver'), fact('CUDA'), fact('allocatable')]).toEqual([
      '580.95.05',
      '13.0',
      '1 of 1, 1 in the machine',
    ])
  })

  it('has DCGM alone where nvidia-smi may not be run, and says so', async () => {
    const denied = new ToolError('upstream-denied', 'pods/exec is forbidden', { next: 'Grant it.' })
    const { data, fact } = await run({ ...sound, exec: () => Promise.reject(denied) })
    expect(data.rows[0]).toMatchObject({ memoryUsedMib: 40_000, source: 'dcgm', state: 'ok' })
    expect(fact('not looked at')).toContain('create on pods/exec')
  })

  it('has nvidia-smi alone where no exporter is', async () => {
    const { data } = await run({ ...sound, dcgm: dcgm([]) })
    expect(data.rows[0]).toMatchObject({ memoryUsedMib: 74627, source: 'nvidia-smi' })
  })

  it('shows a node that tells nothing with what its labels say', async () => {
    const exec = () => ({ exitCode: 9, stdout: failures.driver, stderr: '' })
    const { data } = await run({ ...sound, dcgm: dcgm([]), exec })
    expect(data.rows[0]).toMatchObject({
      id: 'east/n1',
      model: 'NVIDIA H100 80GB HBM3',
      source: 'labels',
      state: 'no telemetry: no dcgm-exporter runs there; the NVIDIA driver is not loaded',
    })
  })

  it('is not-found for a node without GPUs, with those that have some', async () => {
    const failed = await run(sound, { cluster: 'east', node: 'n9' }).catch((error: ToolError) => error)
    expect(failed).toMatchObject({ code: 'not-found', options: { details: { reason: 'NO_GPU_NODES', known: ['n1'] } } })
  })
})
