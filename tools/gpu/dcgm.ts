import type { PrometheusResult } from '../clients/prometheus/types.ts'
import { cell } from '../text.ts'
import type { Figure } from './figures.ts'
import type { Gpu } from './gpu.ts'

type Field =
  | Figure
  | 'engineRatio'
  | 'used'
  | 'free'
  | 'reserved'
  | 'xid'
  | 'xidCount'
  | 'crcFlit'
  | 'crcData'
  | 'replay'
  | 'recovery'

/**
 * Fields by what they mean, each under its name before DCGM 4.6 and since. Source: dcgm-exporter's default-counters.csv and the aliases
 * of NVIDIA/DCGM v4.6.0 (72fa3fe) dcgmlib/dcgm_fields.h, Apache-2.0: the same field, the same value. The exporter exposes the name that
 * its configuration uses, so both are met, and most fields are off by default.
 */
const names: [Field, string, string?][] = [
  ['utilizationPercent', 'DEV_GPU_UTIL', 'DEV_GPU_UTIL_RATIO'],
  ['engineRatio', 'PROF_GR_ENGINE_ACTIVE', 'PROF_GR_ENGINE_UTIL_RATIO'],
  ['used', 'DEV_FB_USED'],
  ['free', 'DEV_FB_FREE'],
  ['reserved', 'DEV_FB_RESERVED'],
  ['memoryTotalMib', 'DEV_FB_TOTAL'],
  ['temperatureC', 'DEV_GPU_TEMP', 'DEV_GPU_TEMP_CELSIUS'],
  ['memoryTemperatureC', 'DEV_MEMORY_TEMP', 'DEV_MEMORY_TEMP_CELSIUS'],
  ['powerWatts', 'DEV_POWER_USAGE', 'DEV_BOARD_POWER_WATTS'],
  ['powerLimitWatts', 'DEV_POWER_MGMT_LIMIT', 'DEV_BOARD_POWER_LIMIT_REQUESTED_WATTS'],
  ['fanPercent', 'DEV_FAN_SPEED'],
  ['smClockMhz', 'DEV_SM_CLOCK'],
  ['smClockMaxMhz', 'DEV_MAX_SM_CLOCK'],
  ['throttleMask', 'DEV_CLOCK_THROTTLE_REASONS', 'DEV_CLOCKS_EVENT_REASONS'],
  ['xid', 'DEV_XID_ERRORS', 'DEV_XID_ERROR'],
  ['eccModeOn', 'DEV_ECC_CURRENT', 'DEV_ECC_MODE'],
  ['eccCorrectedVolatile', 'DEV_ECC_SBE_VOL_TOTAL'],
  ['eccUncorrectedVolatile', 'DEV_ECC_DBE_VOL_TOTAL'],
  ['eccCorrectedAggregate', 'DEV_ECC_SBE_AGG_TOTAL'],
  ['eccUncorrectedAggregate', 'DEV_ECC_DBE_AGG_TOTAL'],
  ['remappedCorrectable', 'DEV_CORRECTABLE_REMAPPED_ROWS', 'DEV_ROW_REMAP_CORRECTABLE_TOTAL'],
  ['remappedUncorrectable', 'DEV_UNCORRECTABLE_REMAPPED_ROWS', 'DEV_ROW_REMAP_UNCORRECTABLE_TOTAL'],
  ['remapFailed', 'DEV_ROW_REMAP_FAILURE', 'DEV_ROW_REMAP_FAILED'],
  ['remapPending', 'DEV_ROW_REMAP_PENDING'],
  ['retiredSingleBit', 'DEV_RETIRED_SBE', 'DEV_PAGE_RETIRED_SBE_TOTAL'],
  ['retiredDoubleBit', 'DEV_RETIRED_DBE', 'DEV_PAGE_RETIRED_DBE_TOTAL'],
  ['retiredPending', 'DEV_RETIRED_PENDING', 'DEV_PAGE_RETIRED_PENDING'],
  ['pcieReplays', 'DEV_PCIE_REPLAY_COUNTER', 'DEV_PCIE_REPLAY_TOTAL'],
  ['pcieGen', 'DEV_PCIE_LINK_GEN'],
  ['pcieGenMax', 'DEV_PCIE_MAX_LINK_GEN'],
  ['pcieWidth', 'DEV_PCIE_LINK_WIDTH'],
  ['pcieWidthMax', 'DEV_PCIE_MAX_LINK_WIDTH'],
  ['crcFlit', 'DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL', 'DEV_NVLINK_CRC_FLIT_ERROR_TOTAL'],
  ['crcData', 'DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL', 'DEV_NVLINK_CRC_DATA_ERROR_TOTAL'],
  ['replay', 'DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL', 'DEV_NVLINK_REPLAY_ERROR_TOTAL'],
  ['recovery', 'DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL', 'DEV_NVLINK_RECOVERY_ERROR_TOTAL'],
  ['recoveryAction', 'DEV_GET_GPU_RECOVERY_ACTION', 'DEV_GPU_RECOVERY_ACTION'],
]
const fieldOf = new Map<string, Field>([
  ...names.flatMap(([field, old, renamed]): [string, Field][] => [
    [`DCGM_FI_${old}`, field],
    ...(renamed ? [[`DCGM_FI_${renamed}`, field] as [string, Field]] : []),
  ]),
  ['DCGM_EXP_XID_ERRORS_COUNT', 'xidCount'],
])

/** Those of every-day rows; health asks for all. */
const everyDay = /UTIL|ENGINE|FB_|TEMP|POWER|XID_ERRORS?$|REMAP|RECOVERY_ACTION/
/** What a list of nodes says besides */
const ofNodes = /ECC_DBE_VOL/

/** Fields of all GPUs of a cluster, or of one node, in one instant query. */
export const gpuQuery = (node?: string, which: 'everyday' | 'nodes' | 'all' = 'everyday'): string => {
  const wanted = [...fieldOf.keys()].filter(
    (name) => which === 'all' || everyDay.test(name) || (which === 'nodes' && ofNodes.test(name)),
  )
  const metrics = `__name__=~"${wanted.join('|')}"`
  if (node === undefined) return `{${metrics}}`
  const value = JSON.stringify(node)
  return `{${metrics}, Hostname=${value}} or {${metrics}, hostname=${value}}`
}

/**
 * Which of these GPUs had a new XID in a time: the gauge alone keeps the last one until the driver is loaded again. Asked only of those
 * that show one, as a range over every GPU is dear.
 */
export function xidChangesQuery(window: string, gpus: readonly Gpu[]): string | undefined {
  const uuids = [...new Set(gpus.flatMap((gpu) => (gpu.xid === undefined || !gpu.uuid ? [] : gpu.uuid)))].slice(0, 200)
  if (uuids.length === 0) return undefined
  const matcher = JSON.stringify(uuids.map((uuid) => uuid.replace(/[^\w-]/g, '.')).join('|'))
  return ['DCGM_FI_DEV_XID_ERRORS', 'DCGM_FI_DEV_XID_ERROR']
    .map((name) => `changes(${name}{UUID=~${matcher}}[${window}]) > 0`)
    .join(' or ')
}

const nodeOf = (metric: Record<string, string>) =>
  metric.Hostname ?? metric.hostname ?? metric.node ?? metric.instance?.replace(/:\d+$/, '') ?? 'unknown'
const uuidOf = (metric: Record<string, string>) => metric.UUID ?? metric.uuid ?? metric.gpu_uuid
const keyOf = (metric: Record<string, string>) =>
  [nodeOf(metric), uuidOf(metric) ?? metric.gpu, metric.GPU_I_ID ?? ''].join('|')

/** Node and UUID of the GPUs whose XID gauge moved. */
export const changedOf = (result: PrometheusResult): { node: string; uuid?: string; index: number }[] =>
  result.series.map(({ metric }) => ({
    node: nodeOf(metric),
    index: Number.parseInt(metric.gpu ?? '0', 10) || 0,
    ...(uuidOf(metric) && { uuid: uuidOf(metric)! }),
  }))

/** One GPU for each device, whichever labels and field names the exporter has. Broken values are left out. */
export function gpusOf(result: PrometheusResult, cluster: string): Gpu[] {
  const found = new Map<string, { gpu: Gpu; fields: Map<Field, number>; stampOf: Map<Field, number> }>()
  for (const { metric, values } of result.series) {
    const field = fieldOf.get(metric.__name__ ?? '')
    const [stamp, text] = values.at(-1) ?? [0, 'NaN']
    const value = Number(text)
    if (!field || !Number.isFinite(value)) continue
    const key = keyOf(metric)
    const entry = found.get(key) ?? {
      gpu: identity(metric, { cluster, node: nodeOf(metric) }),
      fields: new Map(),
      stampOf: new Map(),
    }
    found.set(key, entry)
    const pod = podOf(metric)
    if (pod) addPod(entry.gpu, pod)
    if (field === 'xidCount') {
      const code = metric.err_code ?? metric.xid
      if (code && value > 0) entry.gpu.xidCounts = { ...entry.gpu.xidCounts, [code]: value }
      continue
    }
    // Shared GPUs have a series for each pod with the same value; a pod that went leaves one that is older.
    if ((entry.stampOf.get(field) ?? 0) > stamp) continue
    entry.stampOf.set(field, stamp)
    entry.fields.set(field, value)
  }
  return [...found.values()].map(({ gpu, fields }) => ({ ...gpu, ...measured(fields) }))
}

function addPod(gpu: Gpu, pod: string): void {
  gpu.pod ??= pod
  if (gpu.pod === pod || gpu.pods?.includes(pod)) return
  gpu.pods = [...(gpu.pods ?? [gpu.pod]), pod]
}

function identity(metric: Record<string, string>, where: { cluster: string; node: string }): Gpu {
  const uuid = uuidOf(metric)
  const mig = metric.GPU_I_PROFILE
  const driver = metric.DCGM_FI_DRIVER_VERSION
  return {
    cluster: where.cluster,
    node: cell(where.node, 120),
    index: Number.parseInt(metric.gpu ?? '0', 10) || 0,
    model: cell(metric.modelName ?? metric.model_name ?? 'unknown model', 60),
    ...(uuid && { uuid: cell(uuid, 60) }),
    ...(metric.pci_bus_id && { device: cell(metric.pci_bus_id, 30) }),
    ...(mig && { mig: cell(mig, 20) }),
    ...(metric.GPU_I_ID && { migId: cell(metric.GPU_I_ID, 6) }),
    ...(driver && { driver: cell(driver, 20) }),
  }
}

/** Mean utilisation of each pod's GPUs over a time, by `namespace/pod`. */
export const meanUtilizationQuery = (window: string): string =>
  ['DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_GPU_UTIL_RATIO']
    .map((name) => `avg_over_time(${name}[${window}])`)
    .concat(
      ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO'].map(
        (name) => `100 * avg_over_time(${name}{GPU_I_ID!=""}[${window}])`,
      ),
    )
    .join(' or ')

/** Answers of `meanUtilizationQuery`, every GPU or instance of a pod by itself. */
export function meansByPod(result: PrometheusResult): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { metric, values } of result.series) {
    const pod = podOf(metric)
    const value = Number(values.at(-1)?.[1])
    if (pod && Number.isFinite(value)) found.set(pod, [...(found.get(pod) ?? []), value])
  }
  return found
}

/** A ServiceMonitor without honorLabels renames the workload's labels to exported_*; the plain ones are then the exporter's own. */
function podOf(metric: Record<string, string>): string | undefined {
  const exported = metric.exported_pod !== undefined
  const pod = exported ? metric.exported_pod : metric.pod
  const namespace = exported ? metric.exported_namespace : metric.namespace
  if (!pod || (!exported && /dcgm-exporter/.test(pod))) return undefined
  return cell(namespace ? `${namespace}/${pod}` : pod, 160)
}

const tenth = (value: number) => Math.round(value * 10) / 10

function measured(fields: Map<Field, number>): Partial<Gpu> {
  const used = fields.get('used')
  const free = fields.get('free')
  const ratio = fields.get('engineRatio')
  const xid = fields.get('xid')
  const linkErrors = (['crcFlit', 'crcData', 'replay', 'recovery'] as const).flatMap((name) => fields.get(name) ?? [])
  const out: Partial<Gpu> = {}
  for (const [field, value] of fields)
    if (!['used', 'free', 'reserved', 'engineRatio', 'xid', 'crcFlit', 'crcData', 'replay', 'recovery'].includes(field))
      out[field as Figure] = tenth(value)
  // GPU_UTIL means nothing on a MIG instance; the engine's activity does.
  if (out.utilizationPercent === undefined && ratio !== undefined) out.utilizationPercent = tenth(ratio * 100)
  if (used !== undefined) out.memoryUsedMib = tenth(used)
  // There is no total by default: it is the sum of its parts.
  if (out.memoryTotalMib === undefined && used !== undefined && free !== undefined)
    out.memoryTotalMib = tenth(used + free + (fields.get('reserved') ?? 0))
  if (linkErrors.length > 0) out.nvlinkErrors = linkErrors.reduce((sum, value) => sum + value, 0)
  if (xid !== undefined && xid > 0) out.xid = xid
  return out
}
