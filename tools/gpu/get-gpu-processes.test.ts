import { describe, expect, it } from 'vitest'
import { getGpuProcesses } from './get-gpu-processes.tool.ts'
import { failures, migXml, newXml } from './smi/testing.ts'
import { dcgm, driverPods, type FleetDraft, gpuFleet } from './testing.ts'

const uuid = 'GPU-00000000-2222-3333-4444-555555555555'
const draft = (stdout: string, labels: Record<string, string> = {}): FleetDraft => ({
  dcgm: dcgm([{ node: 'n1', labels: { UUID: uuid, ...labels } }]),
  nodes: [{ name: 'n1', gpus: 1 }],
  pods: driverPods('n1'),
  exec: () => ({ exitCode: 0, stdout, stderr: '' }),
})
type Data = { rows: { pid: number; type: string; pod?: string; gpu: number; model: string; memoryUsedMib?: number }[] }
const run = async (drafts: Record<string, FleetDraft>, input: object = {}) => {
  const reply = await getGpuProcesses.run(getGpuProcesses.input.parse(input) as never, gpuFleet(drafts))
  return { ...reply, data: reply.data as unknown as Data }
}
const held = { exported_pod: 'qwen-0', exported_namespace: 'inf' }

describe('get_gpu_processes (GPU-004, GPU-007, GPU-013)', () => {
  it('lists processes with their GPU, its name and the pod that alone holds it, greediest first', async () => {
    const { data } = await run({ east: draft(newXml, held) })
    expect(data.rows.map(({ pid, type, pod, gpu, memoryUsedMib }) => [pid, type, pod, gpu, memoryUsedMib])).toEqual([
      [4242, 'compute', 'inf/qwen-0', 0, 70000],
      [18, 'mixed', 'inf/qwen-0', 0, 300],
      [17, 'graphics', 'inf/qwen-0', 0, undefined],
    ])
    expect(data.rows[0]!.model).toBe('NVIDIA H100 80GB HBM3')
    expect(getGpuProcesses.text(data as never, { shown: 3, total: 3 })).toContain('"python3 train.py <x> & co"')
  })

  it('does not guess whose process it is on a shared GPU, and tells instances apart', async () => {
    const shared = draft(newXml)
    const two = [held, { exported_pod: 'qwen-1', exported_namespace: 'inf' }]
    shared.dcgm = dcgm(two.map((labels) => ({ node: 'n1', labels: { UUID: uuid, ...labels } })))
    expect((await run({ east: shared })).data.rows[0]).not.toHaveProperty('pod')
    const mig = draft(migXml)
    mig.dcgm = dcgm(
      ['7', '8'].map((id) => ({
        node: 'n1',
        labels: {
          UUID: uuid,
          GPU_I_ID: id,
          GPU_I_PROFILE: '1g.10gb',
          exported_pod: `pod-${id}`,
          exported_namespace: 'a',
        },
      })),
    )
    expect((await run({ east: mig })).data.rows).toMatchObject([{ pid: 9, pod: 'a/pod-8' }])
  })

  it('says which nodes could not be asked, and of none that it is so', async () => {
    const broken = { ...draft(''), exec: () => ({ exitCode: 9, stdout: failures.driver, stderr: '' }) }
    const { empty } = await run({ east: broken })
    expect(empty).toMatchObject({
      title: 'No GPU node could be asked',
      likely: [expect.stringContaining('driver is not loaded')],
    })
    const idle = newXml.replace(/<processes>[\s\S]*<\/processes>/, '<processes></processes>')
    expect((await run({ east: draft(idle) })).empty!.title).toBe('No process on the GPUs of 1 node')
  })
})
