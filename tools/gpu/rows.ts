import * as z from 'zod'
import { type Fact, formatMoney, type Money, tone } from '#contract'
import type { PriceList } from '../clients/index.ts'
import { gpuHourPrice } from '../prices.ts'
import { cell } from '../text.ts'
import { recoveryActions, throttleBit, throttleWords } from './figures.ts'
import type { Gpu } from './gpu.ts'
import { sourceWords } from './join.ts'
import type { GpuNode } from './kube.ts'
import { average, hotCelsius, idlePercent, most, total } from './sums.ts'
import { xidOf } from './xid.ts'

/** A GPU node, or one GPU of it. */
export const gpuRow = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  node: z.string(),
  gpu: z.string().optional().describe('Index, and MIG profile'),
  uuid: z.string().optional(),
  model: z.string(),
  gpus: z.number().int(),
  utilizationPercent: z.number().optional(),
  gpuUse: z.array(z.number()).optional().describe('Of a node: load of each GPU in percent; -1 where not known'),
  memoryUsedMib: z.number().optional(),
  memoryTotalMib: z.number().optional(),
  temperatureC: z.number().optional(),
  powerWatts: z.number().optional(),
  powerLimitWatts: z.number().optional(),
  idle: z.number().int().describe('GPUs below 5 % that hold memory or a pod'),
  idleCost: z.number().int().optional().describe('What the idle ones cost an hour'),
  idleCostCurrency: z.string().optional(),
  pod: z.string().optional(),
  pods: z.array(z.string()).optional().describe('All that share it'),
  xid: z.number().int().optional().describe('Last XID since the driver was loaded'),
  ecc: z.string().optional().describe('Corrected/uncorrected memory errors since the driver was loaded'),
  remappedRows: z.string().optional(),
  nvlinkErrors: z.number().optional(),
  throttle: z.string().optional().describe('Why clocks are held back'),
  recovery: z.string().optional().describe('What the driver asks for'),
  source: z.string().optional().describe('Where the figures come from'),
  disagree: z.string().optional().describe('Figures that DCGM and nvidia-smi tell differently'),
  state: z.string().describe('ok, hot, the XID, or why nothing is known'),
  stateTone: tone,
})
export type GpuRow = z.output<typeof gpuRow>

export const isIdle = (gpu: Gpu): boolean =>
  gpu.utilizationPercent !== undefined &&
  gpu.utilizationPercent < idlePercent &&
  (gpu.pod !== undefined || (gpu.memoryUsedMib ?? 0) > 1024)

export const isHot = (gpu: Gpu): boolean => (gpu.temperatureC ?? 0) >= hotCelsius
/** A GPU that answers nothing any more but its last XID. */
const isLost = (gpu: Gpu) => gpu.xid !== undefined && gpu.temperatureC === undefined && gpu.memoryUsedMib === undefined

type State = Pick<GpuRow, 'state' | 'stateTone'>
const weight = { bad: 0, warn: 1, busy: 2, good: 3, neutral: 4 }

/** Worst thing that is known of one GPU. An XID that is not new is history: it is said and not cried. */
function stateOfGpu(gpu: Gpu): State {
  const recovery = recoveryActions[gpu.recoveryAction ?? 0]
  const xid = gpu.xid === undefined ? undefined : xidOf(gpu.xid)
  const xidWords = xid && `XID ${xid.code}: ${xid.meaning}`
  if (xid && (gpu.xidIsNew || isLost(gpu))) return { state: xidWords!, stateTone: xid.hardware ? 'bad' : 'warn' }
  if (recovery && recovery !== 'none')
    return { state: `needs ${recovery}${xid ? `; last XID ${xid.code}` : ''}`, stateTone: 'bad' }
  if ((gpu.remapFailed ?? 0) > 0) return { state: 'row remapping failed', stateTone: 'bad' }
  if ((gpu.broken ?? []).length > 0)
    return { state: `driver cannot read it: ${gpu.broken![0]!.said}`, stateTone: 'bad' }
  if (isHot(gpu)) return { state: `hot: ${gpu.temperatureC} °C`, stateTone: 'warn' }
  const held = (gpu.throttleMask ?? 0) & (throttleBit.hardware | throttleBit.hardThermal | throttleBit.powerBrake)
  if (held !== 0) return { state: `slowed: ${throttleWords(held).join(', ')}`, stateTone: 'warn' }
  if ((gpu.remapPending ?? 0) > 0) return { state: 'row remapping pending: reset it when idle', stateTone: 'warn' }
  if (xid?.hardware) return { state: `${xidWords} (not new)`, stateTone: 'warn' }
  if (xid) return { state: `ok, last XID ${xid.code}`, stateTone: 'good' }
  return { state: 'ok', stateTone: 'good' }
}

/** The worst of a node, with the GPUs that it is of. */
function stateOfNode(gpus: readonly Gpu[]): State {
  const states = gpus
    .map((gpu) => ({ ...stateOfGpu(gpu), index: gpu.index }))
    .sort((left, right) => weight[left.stateTone] - weight[right.stateTone])
  const { state, stateTone } = states[0]!
  if (stateTone === 'good') return { state, stateTone }
  const alike = Map.groupBy(
    states.filter((one) => one.stateTone === stateTone),
    (one) => one.state,
  )
  const words = [...alike].map(([said, own]) => {
    const indices = [...new Set(own.map(({ index }) => index))].sort((left, right) => left - right)
    return `GPU ${indices.join(', ')} ${said}`
  })
  return { state: cell(words.join('; '), 200), stateTone }
}

const filled = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as Partial<T>

function idleCostOf(
  gpus: readonly Gpu[],
  prices: PriceList | undefined,
): Pick<GpuRow, 'idleCost' | 'idleCostCurrency'> {
  const costs = gpus.filter(isIdle).flatMap((gpu) => (gpu.mig ? [] : (gpuHourPrice(prices, gpu.model) ?? [])))
  if (costs.length === 0) return {}
  return { idleCost: costs.reduce((sum, { amount }) => sum + amount, 0), idleCostCurrency: costs[0]!.currency }
}

const pair = (one: number | undefined, other: number | undefined) =>
  one === undefined && other === undefined ? undefined : `${one ?? '?'}/${other ?? '?'}`

const rowsWords = (gpu: Gpu): string | undefined => {
  const { remappedCorrectable: corrected, remappedUncorrectable: uncorrected } = gpu
  const counts = pair(corrected, uncorrected)
  const more = [(gpu.remapPending ?? 0) > 0 && 'pending', (gpu.remapFailed ?? 0) > 0 && 'failed'].filter((word) => word)
  return counts && [`${counts}`, ...more].join(' ')
}

const disagreeWords = (gpu: Gpu) =>
  gpu.disagreements?.map(({ figure, dcgm, smi }) => `${figure} ${dcgm} (dcgm), ${smi} (nvidia-smi)`).join('; ')

export function rowOfGpu(gpu: Gpu, prices?: PriceList): GpuRow {
  const { cluster, node, model, index, mig, uuid, pod, pods, xid } = gpu
  const { utilizationPercent, memoryUsedMib, memoryTotalMib, temperatureC, powerWatts, powerLimitWatts } = gpu
  return {
    id: `${cluster}/${node}/${uuid ?? index}${mig ? `/${gpu.migId ?? mig}` : ''}`,
    cluster,
    node,
    gpu: mig ? `${index} ${mig}` : String(index),
    model,
    gpus: 1,
    ...filled({ uuid, utilizationPercent, memoryUsedMib, memoryTotalMib, temperatureC, powerWatts, powerLimitWatts }),
    idle: isIdle(gpu) ? 1 : 0,
    ...idleCostOf([gpu], prices),
    ...filled({
      pod,
      pods: pods && pods.length > 1 ? pods : undefined,
      xid,
      ecc: pair(gpu.eccCorrectedVolatile, gpu.eccUncorrectedVolatile),
      remappedRows: rowsWords(gpu),
      nvlinkErrors: gpu.nvlinkErrors,
      throttle: throttleWords(gpu.throttleMask).join(', '),
      recovery: gpu.recoveryAction ? recoveryActions[gpu.recoveryAction] : undefined,
      source: sourceWords(gpu),
      disagree: disagreeWords(gpu),
    }),
    ...stateOfGpu(gpu),
  }
}

/** By index, where every GPU is one row; of GPUs in slices the node's average says more. */
function useOf(gpus: readonly Gpu[]): Pick<GpuRow, 'gpuUse'> {
  if (gpus.length > 16 || gpus.some(({ mig }) => mig) || gpus.every((gpu) => gpu.utilizationPercent === undefined))
    return {}
  const inOrder = [...gpus].sort((left, right) => left.index - right.index)
  return { gpuUse: inOrder.map(({ utilizationPercent }) => Math.round(utilizationPercent ?? -1)) }
}

/** One row a node. */
export function rowsOfNodes(gpus: readonly Gpu[], prices?: PriceList): GpuRow[] {
  return [...Map.groupBy(gpus, (gpu) => `${gpu.cluster}/${gpu.node}`)].map(([id, own]) => ({
    id,
    cluster: own[0]!.cluster,
    node: own[0]!.node,
    model: [...new Set(own.map((gpu) => gpu.model))].join(', '),
    gpus: new Set(own.map((gpu) => gpu.index)).size,
    ...filled({
      utilizationPercent: average(own.map((gpu) => gpu.utilizationPercent)),
      memoryUsedMib: total(own.map((gpu) => gpu.memoryUsedMib)),
      memoryTotalMib: total(own.map((gpu) => gpu.memoryTotalMib)),
      temperatureC: most(own.map((gpu) => gpu.temperatureC)),
      powerWatts: total(own.map((gpu) => gpu.powerWatts)),
      powerLimitWatts: total(own.map((gpu) => gpu.powerLimitWatts)),
    }),
    ...useOf(own),
    idle: own.filter(isIdle).length,
    ...idleCostOf(own, prices),
    ...filled({ source: [...new Set(own.map((gpu) => sourceWords(gpu).split('; ')[0]!))].join(', ') }),
    ...stateOfNode(own),
  }))
}

/** A node that has GPUs by its labels and from which nothing is heard. */
export function rowOfSilent(node: GpuNode, why: string): GpuRow {
  return {
    id: `${node.cluster}/${node.node}`,
    cluster: node.cluster,
    node: node.node,
    model: node.model ?? 'unknown model',
    gpus: node.physical ?? node.capacity,
    idle: 0,
    source: 'labels',
    state: `no telemetry: ${cell(why, 120)}`,
    stateTone: 'warn',
  }
}

/** Cluster, node, then the number of the GPU: ids begin with its serial, which says nothing. */
const placeOf = ({ cluster, node, gpu, id }: GpuRow) => [cluster, node, gpu ?? '', id].join('/')

export const byTrouble = (left: GpuRow, right: GpuRow): number =>
  weight[left.stateTone] - weight[right.stateTone] ||
  placeOf(left).localeCompare(placeOf(right), 'en', { numeric: true })

const deviceCount = (gpus: readonly Gpu[]) => new Set(gpus.map((gpu) => `${gpu.cluster}/${gpu.node}/${gpu.index}`)).size

/** Totals of what is measured; the cost of what is idle where prices are configured. */
export function gpuFacts(
  gpus: readonly Gpu[],
  { prices, silent = 0 }: { prices?: PriceList | undefined; silent?: number },
): Fact[] {
  const mean = average(gpus.map((gpu) => gpu.utilizationPercent))
  const sick = gpus.filter((gpu) => gpu.xid !== undefined).length
  const fresh = gpus.filter((gpu) => gpu.xid !== undefined && (gpu.xidIsNew || isLost(gpu))).length
  const hot = gpus.filter(isHot).length
  const { idleCost, idleCostCurrency } = idleCostOf(gpus, prices)
  const money = idleCost === undefined ? undefined : ({ amount: idleCost, currency: idleCostCurrency } as Money)
  return [
    { label: 'GPUs', value: String(deviceCount(gpus)) },
    ...(mean === undefined ? [] : [{ label: 'mean utilisation', value: `${mean} %` }]),
    { label: 'idle', value: `${gpus.filter(isIdle).length}${money ? ` (${formatMoney(money)} an hour)` : ''}` },
    {
      label: 'with XID',
      value: sick === fresh ? String(sick) : `${sick} (${fresh} new)`,
      tone: fresh > 0 ? 'bad' : sick > 0 ? 'warn' : 'good',
    },
    { label: 'hot', value: String(hot), tone: hot > 0 ? 'warn' : 'good' },
    ...(silent > 0 ? [{ label: 'nodes without telemetry', value: String(silent), tone: 'warn' as const }] : []),
  ]
}

const column = (key: string, label: string, type: 'text' | 'number' | 'state' | 'percent' | 'money') => ({
  key,
  label,
  type,
})

export const gpuColumns = (perGpu: boolean) => [
  column('node', 'Node', 'text'),
  perGpu ? column('gpu', 'GPU', 'text') : column('gpus', 'GPUs', 'number'),
  column('state', 'State', 'state'),
  column('model', 'Model', 'text'),
  column('utilizationPercent', 'Utilisation', 'percent'),
  column('memoryUsedMib', 'Memory MiB', 'number'),
  column('memoryTotalMib', 'of MiB', 'number'),
  column('temperatureC', '°C', 'number'),
  column('powerWatts', 'W', 'number'),
  ...(perGpu
    ? [column('powerLimitWatts', 'of W', 'number'), column('pod', 'Pod', 'text')]
    : [column('idle', 'Idle', 'number')]),
  column('idleCost', 'Idle, an hour', 'money'),
  column('cluster', 'Cluster', 'text'),
]

export const gpuHeader = [
  'cluster',
  'node',
  'gpu',
  'gpus',
  'model',
  'util%',
  'memMiB',
  'ofMiB',
  'C',
  'W',
  'ofW',
  'idle',
  'state',
  'pod',
  'ecc',
  'rows',
  'nvlinkErr',
  'throttle',
  'source',
  'disagree',
]
export const gpuCells = (one: GpuRow) => [
  one.cluster,
  one.node,
  one.gpu,
  one.gpu === undefined ? one.gpus : undefined,
  one.model,
  one.utilizationPercent,
  one.memoryUsedMib,
  one.memoryTotalMib,
  one.temperatureC,
  one.powerWatts,
  one.powerLimitWatts,
  one.idle || undefined,
  one.state,
  one.pods?.join(' ') ?? one.pod,
  one.ecc === '0/0' ? undefined : one.ecc,
  one.remappedRows === '0/0' ? undefined : one.remappedRows,
  one.nvlinkErrors || undefined,
  one.throttle,
  one.source === 'dcgm' ? undefined : one.source,
  one.disagree,
]
