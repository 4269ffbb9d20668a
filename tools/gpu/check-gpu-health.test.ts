import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardData, ToolError } from '#contract'
import { startTestWorld, type TestWorld } from '../testing-whole-world.ts'
import { checkGpuHealth } from './check-gpu-health.tool.ts'
import { csvGpu, failures } from './smi/testing.ts'
import { dcgm, driverPods, type FleetDraft, gpuFleet } from './testing.ts'

type Data = CardData['findings']
const run = async (drafts: Record<string, FleetDraft>, input: object = {}) => {
  const reply = await checkGpuHealth.run(checkGpuHealth.input.parse(input) as never, gpuFleet(drafts))
  const data = reply.data as unknown as Data
  return { ...reply, data, ids: data?.findings.map(({ id }) => id) }
}
const line = (text: string, secondsAgo = 600) => ({
  timestampNs: String(BigInt(Date.parse('2026-11-20T12:00:00Z') - secondsAgo * 1000) * 1_000_000n),
  line: text,
  stream: { node: 'n1', job: 'systemd-journal' },
})
const eight = dcgm(
  Array.from({ length: 8 }, (_, gpu) => ({
    node: 'n1',
    gpu,
    labels: { exported_namespace: 'inf', exported_pod: `p${gpu}`, pci_bus_id: `00000000:${10 + gpu}:00.0` },
  })),
)
const sound: FleetDraft = { dcgm: eight, nodes: [{ name: 'n1' }], pods: driverPods('n1'), logs: [] }

describe('check_gpu_health', () => {
  it('is silent on healthy GPUs, and says what it could not look at', async () => {
    const { data } = await run({ east: sound })
    expect(data).toMatchObject({ verdict: 'healthy, no check found a fault', tone: 'good', findings: [] })
    expect(data.checked).toBeGreaterThan(75)
    expect(data.unknowns).toBeUndefined()
    const { logs: _, ...blind } = sound
    expect((await run({ east: blind })).data.unknowns).toEqual([
      'east: kernel logs (no Loki configured; only DCGM tells XIDs)',
    ])
  })

  it('judges kernel lines, with the GPU found by its PCI address', async () => {
    const logs = [line('NVRM: Xid (PCI:0000:13:00): 95, pid=1, name=p, Uncontained')]
    const { data } = await run({ east: { ...sound, logs } })
    expect(data.findings[0]).toMatchObject({
      id: 'memory-uncontained',
      title: 'XID 95, uncontained memory error: east/n1 GPU 3',
    })
    const text = checkGpuHealth.text(data as never, { shown: 1, total: 1 })
    for (const words of ['critical memory-uncontained', 'do: Stop all work', 'wrong if: ', '"Xid 95: Uncontained"'])
      expect(text).toContain(words)
  })

  it('makes one finding of ten thousand equal lines', async () => {
    const logs = Array.from({ length: 10_000 }, (_, index) =>
      line('NVRM: Xid (PCI:0000:13:00): 95, pid=1, name=p, x', 86_000 - index),
    )
    const { data } = await run({ east: { ...sound, logs } })
    expect(data.findings.map(({ id }) => id)).toEqual(['memory-uncontained'])
    expect(data.findings[0]!.evidence[0]!.text).toContain('10000 times')
  })

  it('asks nvidia-smi where something looks sick, and everywhere when told to', async () => {
    const ran: string[] = []
    const draft: FleetDraft = {
      ...sound,
      dcgm: dcgm([{ node: 'n1', temp: 90 }, { node: 'n2' }]),
      nodes: [
        { name: 'n1', gpus: 1 },
        { name: 'n2', gpus: 1 },
      ],
      pods: driverPods('n1', 'n2'),
      exec: ({ pod }) => {
        ran.push(pod)
        return { exitCode: 9, stdout: failures.driver, stderr: '' }
      },
    }
    expect((await run({ east: draft })).ids).toContain('driver-not-loaded')
    expect(ran).toEqual(['nvidia-driver-daemonset-n1'])
    await run({ east: draft }, { deep: true })
    expect(ran).toHaveLength(3)
  })

  it('keeps to what is asked: severity, node', async () => {
    const logs = [
      line('NVRM: Xid (PCI:0000:13:00): 95, pid=1, name=p, x'),
      line('NVRM: Xid (PCI:0000:14:00): 13, pid=1, name=p, x'),
    ]
    expect((await run({ east: { ...sound, logs } })).ids).toEqual(['memory-uncontained', 'xid-app'])
    expect((await run({ east: { ...sound, logs } }, { severity: 'critical' })).ids).toEqual(['memory-uncontained'])
    const exec = () => ({ exitCode: 0, stdout: csvGpu(0), stderr: '' })
    expect((await run({ east: { ...sound, logs, exec } }, { node: 'n7' })).empty!.title).toBe('No GPU node n7')
  })

  it.each([
    [
      'Prometheus',
      { ...sound, dcgm: new ToolError('cluster-unreachable', 'refused', { next: 'x' }) },
      'DCGM (refused)',
    ],
    [
      'Kubernetes',
      { ...sound, kubernetes: new ToolError('upstream-denied', 'forbidden', { next: 'x' }) },
      'Kubernetes (forbidden)',
    ],
    ['Loki', { ...sound, loki: new ToolError('loki-not-available', 'away', { next: 'x' }) }, 'kernel logs (away)'],
  ])('judges by the rest without %s, and says so', async (_, draft, words) => {
    expect((await run({ east: draft })).data.unknowns!.join()).toContain(words)
  })

  it('is an error where nothing answers, and empty where there are no GPUs', async () => {
    const dead = new ToolError('cluster-unreachable', 'refused', { next: 'x' })
    await expect(run({ east: { dcgm: dead, kubernetes: dead } })).rejects.toMatchObject({ code: 'cluster-unreachable' })
    expect((await run({ cpu: { nodes: [], logs: [] } })).empty!.title).toBe('No GPUs to judge')
  })
})

describe('in the demo world', () => {
  let world: TestWorld
  beforeAll(async () => {
    world = await startTestWorld({ podsPerCluster: { hub: 60, 'gpu-east': 330, 'gpu-west': 330, 'edge-lab': 130 } })
  })
  afterAll(() => world?.close())

  it('finds the two sick GPUs and is silent on the 238 others', async () => {
    const { data } = await world.run<Data>('check_gpu_health', { deep: true })
    expect(data.findings.map(({ id, title }) => `${id}: ${title.split(': ').at(-1)}`).sort()).toEqual([
      'memory-contained: gpu-west/gpu-west-a100-03 GPU 5',
      'node-alarm: gpu-west/gpu-west-a100-03',
      'thermal-slowdown: gpu-east/gpu-east-h100-07 GPU 2',
    ])
    expect(data.unknowns).toBeUndefined()
  })

  it('finds a GPU that falls off the bus, by every source', async () => {
    const fault = world.faults.inject('xid79', { cluster: 'gpu-east', node: 'gpu-east-h100-03', gpu: 1 })
    world.pass(60)
    const { data } = await world.run<Data>('check_gpu_health', { clusters: ['gpu-east'], severity: 'critical' })
    const lost = data.findings.find(({ id }) => id === 'gpu-lost')!
    expect(lost.title).toContain('gpu-east/gpu-east-h100-03 GPU 1')
    expect(data.findings.map(({ id }) => id)).toEqual(expect.arrayContaining(['gpus-unhealthy', 'node-alarm-urgent']))
    world.faults.clear(fault.id)
  })
})
