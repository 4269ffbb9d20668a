import type { Cluster } from '../cluster.ts'
import { createCurve } from '../curves.ts'
import { type GpuModel, gpuModel } from '../gpu-models.ts'
import { DRIVER_VERSION, type Gpu } from '../nodes.ts'
import type { GpuHold } from '../placement.ts'
import { noise, unitOf } from '../random.ts'
import type { MetricType, Series } from '../samples.ts'
import { lasts, type Trouble } from '../troubles.ts'
import type { Family, Scene } from './family.ts'

/** How busy a GPU is and who makes it so, at one time. */
interface Reading {
  key: string
  model: GpuModel
  /** 0 to 1. */
  activity: number
  /** Share of the framebuffer in use. */
  memoryShare: number
  hot: boolean
  xid: number
  startMs: number
  atMs: number
}

type Load = 'serving' | 'training' | 'ray' | 'notebook' | 'idle'

function loadOf(hold: GpuHold): Load {
  if (hold.namespace === 'inference') return 'serving'
  if (hold.namespace === 'notebooks') return 'notebook'
  if (/-worker-/.test(hold.pod) && hold.container.startsWith('ray')) return 'ray'
  return hold.namespace === 'research' ? 'training' : 'serving'
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

function activityOf(load: Load, key: string, atMs: number): number {
  switch (load) {
    case 'serving': {
      const base = 0.42 + unitOf(`${key}/base`) * 0.25
      const day = 0.16 * Math.sin((atMs / 86_400_000) * 2 * Math.PI + unitOf(`${key}/phase`))
      return clamp(
        base + day + 0.16 * noise(key, atMs, 420_000) + 0.06 * noise(`${key}/fast`, atMs, 30_000),
        0.02,
        0.99,
      )
    }
    case 'training': {
      // Every half hour the run writes a checkpoint and the GPUs wait for the disk.
      const checkpoint = (atMs + unitOf(key.split('/')[0] ?? key) * 1_800_000) % 1_800_000 < 75_000
      return checkpoint ? 0.06 : clamp(0.955 + 0.04 * noise(key, atMs, 180_000), 0, 1)
    }
    case 'ray':
      return clamp(0.6 + 0.4 * noise(key, atMs, 900_000), 0, 0.98)
    case 'notebook':
      // Some people hold a GPU and do nothing with it.
      return unitOf(`${key}/asleep`) < 0.35 ? 0 : clamp(noise(key, atMs, 2_400_000) * 1.1 - 0.35, 0, 0.8)
    default:
      return 0
  }
}

const MEMORY_SHARE: Record<Load, number> = { serving: 0.915, training: 0.86, ray: 0.62, notebook: 0.14, idle: 0 }

interface Metric {
  name: string
  type: MetricType
  help: string
  value(reading: Reading): number
}

const gauge = (name: string, help: string, value: Metric['value']): Metric => ({
  name: `DCGM_FI_${name}`,
  type: 'gauge',
  help,
  value,
})
const counter = (name: string, help: string, value: Metric['value']): Metric => ({
  name: `DCGM_FI_${name}`,
  type: 'counter',
  help,
  value,
})

const temperature = ({ key, activity, hot, atMs }: Reading) =>
  Math.round(
    hot
      ? 90.5 + 1.5 * noise(`${key}/t`, atMs, 120_000)
      : 29 + 41 * activity + 3 * unitOf(`${key}/t`) + 2 * noise(`${key}/t`, atMs, 120_000),
  )
const power = ({ key, model, activity, hot, atMs }: Reading) =>
  model.idlePowerW +
  (model.powerLimitW - model.idlePowerW) * activity * (hot ? 0.7 : 0.92) +
  2 * noise(`${key}/p`, atMs, 30_000)
const usedMib = ({ model, memoryShare }: Reading) => Math.round(memoryShare > 0 ? model.memoryMib * memoryShare : 4)
const reservedMib = ({ model }: Reading) => Math.round(model.memoryMib * 0.0075)

function smClock({ key, model, activity, hot, atMs }: Reading): number {
  return Math.round(
    activity < 0.01 ? 345 : model.smClockMhz * (hot ? 0.66 : 0.97) + 15 * noise(`${key}/c`, atMs, 60_000),
  )
}

function pcieReplays({ key, startMs, atMs }: Reading): number {
  return unitOf(`${key}/replay`) < 0.05 ? Math.floor((atMs - startMs) / 7_200_000) : 0
}

const METRICS: Metric[] = [
  gauge('DEV_SM_CLOCK', 'SM clock frequency (in MHz).', smClock),
  gauge('DEV_MEM_CLOCK', 'Memory clock frequency (in MHz).', ({ model }) => model.memoryClockMhz),
  gauge('DEV_MEMORY_TEMP', 'Memory temperature (in C).', (reading) => temperature(reading) + 6),
  gauge('DEV_GPU_TEMP', 'GPU temperature (in C).', temperature),
  gauge('DEV_POWER_USAGE', 'Power draw (in W).', (reading) => Math.round(power(reading) * 1000) / 1000),
  counter(
    'DEV_TOTAL_ENERGY_CONSUMPTION',
    'Total energy consumption since boot (in mJ).',
    ({ key, model, startMs, atMs }) =>
      Math.floor(createCurve(`${key}/energy`, model.powerLimitW * 0.55, 0.5).between(startMs, atMs) * 1000),
  ),
  counter('DEV_PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', pcieReplays),
  gauge('DEV_GPU_UTIL', 'GPU utilization (in %).', ({ activity }) => Math.round(activity * 100)),
  gauge('DEV_MEM_COPY_UTIL', 'Memory utilization (in %).', ({ activity }) => Math.round(activity * 46)),
  gauge('DEV_ENC_UTIL', 'Encoder utilization (in %).', () => 0),
  gauge('DEV_DEC_UTIL', 'Decoder utilization (in %).', () => 0),
  gauge('DEV_XID_ERRORS', 'Value of the last XID error encountered.', ({ xid }) => xid),
  gauge(
    'DEV_FB_FREE',
    'Framebuffer memory free (in MiB).',
    (reading) => reading.model.memoryMib - reservedMib(reading) - usedMib(reading),
  ),
  gauge('DEV_FB_USED', 'Framebuffer memory used (in MiB).', usedMib),
  gauge('DEV_FB_RESERVED', 'Framebuffer memory reserved (in MiB).', reservedMib),
  counter(
    'DEV_NVLINK_BANDWIDTH_TOTAL',
    'Total number of NVLink bandwidth counters for all lanes.',
    ({ key, startMs, atMs }) => Math.floor(createCurve(`${key}/nvlink`, 2e6, 0.5).between(startMs, atMs)),
  ),
  gauge('DEV_VGPU_LICENSE_STATUS', 'vGPU License status', () => 0),
  counter('DEV_UNCORRECTABLE_REMAPPED_ROWS', 'Number of remapped rows for uncorrectable errors', ({ xid }) =>
    xid === 94 ? 1 : 0,
  ),
  counter('DEV_CORRECTABLE_REMAPPED_ROWS', 'Number of remapped rows for correctable errors', () => 0),
  gauge('DEV_ROW_REMAP_FAILURE', 'Whether remapping of rows has failed', () => 0),
  gauge('PROF_GR_ENGINE_ACTIVE', 'Ratio of time the graphics engine is active.', ({ activity }) => round4(activity)),
  gauge('PROF_PIPE_TENSOR_ACTIVE', 'Ratio of cycles the tensor (HMMA) pipe is active.', ({ activity }) =>
    round4(activity * 0.48),
  ),
  gauge(
    'PROF_DRAM_ACTIVE',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    ({ activity }) => round4(activity * 0.61),
  ),
  gauge(
    'PROF_PCIE_TX_BYTES',
    'The rate of data transmitted over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    ({ activity }) => Math.round(activity * 2.1e9),
  ),
  gauge(
    'PROF_PCIE_RX_BYTES',
    'The rate of data received over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    ({ activity }) => Math.round(activity * 1.4e9),
  ),
]

function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

/** The series of dcgm-exporter: one per GPU and holder, and one for the times when nobody holds the GPU. */
function gpuSeries(scene: Scene, metric: Metric): Series[] {
  const { cluster, troubles } = scene
  const exporters = exporterPods(scene)
  const holds = new Map<string, GpuHold[]>()
  for (const hold of cluster.placement.holds()) {
    const key = `${hold.node}/${hold.gpuIndex}`
    holds.set(key, [...(holds.get(key) ?? []), hold])
  }
  return cluster.gpus.flatMap((gpu) => {
    const own = holds.get(`${gpu.node}/${gpu.index}`) ?? []
    const sick = troubles.filter(
      (trouble) => trouble.cluster === gpu.cluster && trouble.node === gpu.node && trouble.gpuIndex === gpu.index,
    )
    const base = { __name__: metric.name, ...targetLabels(gpu, exporters), ...gpuLabels(gpu) }
    const startMs = scene.startMs
    const idle: Series = {
      labels: base,
      at: (atMs) =>
        own.some((hold) => covers(hold, atMs)) ? undefined : measure(metric, gpu, { sick, atMs, startMs }),
    }
    const held = own.map((hold) => ({
      labels: {
        ...base,
        exported_namespace: hold.namespace,
        exported_pod: hold.pod,
        exported_container: hold.container,
      },
      at: (atMs: number) => (covers(hold, atMs) ? measure(metric, gpu, { sick, atMs, startMs, hold }) : undefined),
    }))
    return [idle, ...held]
  })
}

function covers(hold: GpuHold, atMs: number): boolean {
  return hold.fromMs <= atMs && (hold.toMs === undefined || atMs < hold.toMs)
}

function measure(
  metric: Metric,
  gpu: Gpu,
  now: { sick: readonly Trouble[]; atMs: number; startMs: number; hold?: GpuHold },
): number | undefined {
  const { atMs, startMs } = now
  if (atMs < startMs) return undefined
  const reading = readingOf(gpu, now)
  // A GPU that fell off the bus answers no query; only the last XID stays.
  if (reading.xid === 79 && metric.name !== 'DCGM_FI_DEV_XID_ERRORS') return undefined
  return metric.value(reading)
}

function readingOf(
  gpu: Gpu,
  { sick, atMs, startMs, hold }: { sick: readonly Trouble[]; atMs: number; startMs: number; hold?: GpuHold },
): Reading {
  const active = sick.filter((trouble) => lasts(trouble, atMs))
  const key = hold ? `${hold.pod}/${gpu.uuid}` : gpu.uuid
  const load = hold ? loadOf(hold) : 'idle'
  const warm = hold ? clamp((atMs - hold.fromMs) / 15_000, 0, 1) : 0
  return {
    key: gpu.uuid,
    model: gpuModel(gpu.modelId),
    activity: warm < 1 ? 0 : activityOf(load, key, atMs),
    memoryShare: MEMORY_SHARE[load] * warm,
    hot: active.some((trouble) => trouble.kind === 'gpu-hot'),
    xid: active.find((trouble) => trouble.kind === 'xid')?.xid ?? 0,
    startMs,
    atMs,
  }
}

/** What one GPU measures at one time, for those who ask the device and not its exporter. */
export interface GpuFigures {
  model: GpuModel
  utilization: number
  memoryUtilization: number
  temperatureC: number
  memoryTemperatureC: number
  powerW: number
  usedMib: number
  reservedMib: number
  smClockMhz: number
  pcieReplays: number
  hot: boolean
  xid: number
  load: Load
  hold?: GpuHold
}

export function gpuFigures(
  cluster: Cluster,
  gpu: Gpu,
  now: { troubles: readonly Trouble[]; atMs: number; startMs: number },
): GpuFigures {
  const { atMs, troubles } = now
  const hold = cluster.placement
    .holds()
    .find((one) => one.node === gpu.node && one.gpuIndex === gpu.index && covers(one, atMs))
  const sick = troubles.filter(
    (trouble) => trouble.cluster === gpu.cluster && trouble.node === gpu.node && trouble.gpuIndex === gpu.index,
  )
  const reading = readingOf(gpu, { sick, atMs, startMs: now.startMs, ...(hold && { hold }) })
  return {
    model: reading.model,
    utilization: Math.round(reading.activity * 100),
    memoryUtilization: Math.round(reading.activity * 46),
    temperatureC: temperature(reading),
    memoryTemperatureC: temperature(reading) + 6,
    powerW: Math.round(power(reading) * 100) / 100,
    usedMib: usedMib(reading),
    reservedMib: reservedMib(reading),
    smClockMhz: smClock(reading),
    pcieReplays: pcieReplays(reading),
    hot: reading.hot,
    xid: reading.xid,
    load: hold ? loadOf(hold) : 'idle',
    ...(hold && { hold }),
  }
}

function gpuLabels(gpu: Gpu): Record<string, string> {
  return {
    gpu: String(gpu.index),
    UUID: gpu.uuid,
    pci_bus_id: gpu.pciBusId,
    device: `nvidia${gpu.index}`,
    modelName: gpuModel(gpu.modelId).modelName,
    Hostname: gpu.node,
    DCGM_FI_DRIVER_VERSION: DRIVER_VERSION,
  }
}

function exporterPods({ history }: Scene): Map<string, { name: string; ip: string }> {
  const pods = new Map<string, { name: string; ip: string }>()
  for (const { pod, endedMs } of history.records()) {
    if (pod.metadata.labels?.app !== 'nvidia-dcgm-exporter' || endedMs !== undefined || !pod.spec.nodeName) continue
    pods.set(pod.spec.nodeName, { name: pod.metadata.name, ip: pod.status.podIP ?? '' })
  }
  return pods
}

function targetLabels(gpu: Gpu, exporters: Map<string, { name: string; ip: string }>): Record<string, string> {
  const exporter = exporters.get(gpu.node)
  return {
    job: 'nvidia-dcgm-exporter',
    instance: `${exporter?.ip ?? '0.0.0.0'}:9400`,
    namespace: 'gpu-operator',
    pod: exporter?.name ?? '',
    container: 'nvidia-dcgm-exporter',
    service: 'nvidia-dcgm-exporter',
    endpoint: 'gpu-metrics',
  }
}

export const GPU_FAMILIES: Family[] = METRICS.map((metric) => ({
  name: metric.name,
  type: metric.type,
  help: metric.help,
  series: (scene) => gpuSeries(scene, metric),
}))
