import { createFold, type Fault } from '../fold.ts'
import type { Gpu } from '../gpu.ts'
import type { Agent, GpuNode, GpuPod } from '../kube.ts'
import type { SmiFailureKind } from '../smi/failure.ts'
import type { HealthFacts } from './facts.ts'

export const now = new Date('2026-11-20T12:00:00Z')
const buses = ['18', '2a', '3a', '5d', '9a', 'ab', 'ba', 'db']

/** A GPU that is well and busy. */
export const gpuOf = (node: string, index: number, more: Partial<Gpu> = {}): Gpu => ({
  cluster: 'east',
  node,
  index,
  uuid: `GPU-${node}-${index}`,
  device: `00000000:${buses[index]}:00.0`,
  model: 'NVIDIA H100 80GB HBM3',
  utilizationPercent: 90,
  memoryUsedMib: 70_000,
  memoryTotalMib: 81_559,
  temperatureC: 62,
  memoryTemperatureC: 70,
  powerWatts: 600,
  powerLimitWatts: 700,
  smClockMhz: 1900,
  smClockMaxMhz: 1980,
  throttleMask: 0x4,
  eccModeOn: 1,
  eccCorrectedVolatile: 3,
  eccUncorrectedVolatile: 0,
  remapPending: 0,
  remapFailed: 0,
  pcieGen: 5,
  pcieGenMax: 5,
  pcieWidth: 16,
  pcieWidthMax: 16,
  persistenceOn: 1,
  recoveryAction: 0,
  driver: '580.95.05',
  pod: `inf/pod-${node}-${index}`,
  ...more,
})

export const nodeOf = (node: string, more: Partial<GpuNode> = {}): GpuNode => ({
  cluster: 'east',
  node,
  model: 'NVIDIA H100 80GB HBM3',
  physical: 8,
  capacity: 8,
  allocatable: 8,
  resources: { 'nvidia.com/gpu': { capacity: 8, allocatable: 8 } },
  replicas: 1,
  driver: '580.95.05',
  ready: true,
  cordoned: false,
  alarms: [],
  verdicts: {},
  labels: {},
  ...more,
})

export const podOf = (name: string, more: Partial<GpuPod> = {}): GpuPod => ({
  cluster: 'east',
  namespace: 'inf',
  name,
  node: 'n1',
  phase: 'Running',
  gpus: 8,
  resources: { 'nvidia.com/gpu': 8 },
  uuids: [],
  claims: [],
  ...more,
})

const agentsOf = (node: string): Agent[] =>
  (['driver', 'device-plugin', 'dcgm-exporter'] as const).map((component) => ({
    namespace: 'gpu-operator',
    pod: `nvidia-${component}-${node}`,
    node,
    component,
    ready: true,
  }))

const names = ['n1', 'n2', 'n3', 'n4', 'n5']

/** Five nodes of eight GPUs, all well; a test says what is not. */
export const factsOf = (more: Partial<HealthFacts> = {}): HealthFacts => ({
  now,
  window: '24h',
  gpus: names.flatMap((node) => buses.map((_, index) => gpuOf(node, index))),
  faults: [],
  nodes: names.map((node) => nodeOf(node)),
  pods: names.map((node) => podOf(`pod-${node}`, { node })),
  agents: names.flatMap(agentsOf),
  claims: [],
  withComputeDomain: new Set(),
  smi: [],
  silent: [],
  growth: { pcieReplays: new Map(), nvlinkErrors: new Map() },
  ...more,
})

/** The same with one GPU (n1, 0) changed. */
export const withGpu = (more: Partial<Gpu>): Partial<HealthFacts> => {
  const { gpus } = factsOf()
  return { gpus: gpus.map((gpu, index) => (index === 0 ? { ...gpu, ...more } : gpu)) }
}
export const withNode = (more: Partial<GpuNode>): Partial<HealthFacts> => ({
  nodes: factsOf().nodes.map((node, index) => (index === 0 ? { ...node, ...more } : node)),
})

export const withSmi = (kind: SmiFailureKind, said = 'it says so'): Partial<HealthFacts> => ({
  smi: [{ cluster: 'east', node: 'n1', answer: { failure: { kind, said, meaning: said } } }],
})

/** Kernel lines as the fold gives them: `text` of n1, or `[text, node, minutes ago]`. */
export function faultsOf(...lines: (string | [text: string, node: string, minutesAgo?: number])[]): Fault[] {
  const fold = createFold()
  for (const one of lines) {
    const [text, node, minutesAgo = 60] = typeof one === 'string' ? [one, 'n1'] : one
    fold.add({ cluster: 'east', node, at: new Date(now.getTime() - minutesAgo * 60_000).toISOString(), line: text })
  }
  return fold.result().faults
}
/** A line about the GPU with this index of its node. */
export const xid = (code: number, text = 'x', { gpu = 0, pid = 1 } = {}): string =>
  `NVRM: Xid (PCI:0000:${buses[gpu]}:00): ${code}, pid=${pid}, name=p, ${text}`
