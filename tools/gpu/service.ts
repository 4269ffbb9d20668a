import type { PrometheusResult } from '../clients/prometheus/types.ts'
import { cell } from '../text.ts'

export { xidInText, xidOf } from './xid.ts'

/**
 * One GPU, or one MIG slice, as dcgm-exporter tells it. Source: dcgm-exporter's default counters; DCGM 4.6 renamed
 * fields with the same meaning, and both names are met, as are `Hostname` (to 4.5) and `hostname` (since).
 */
export interface Gpu {
  cluster: string
  node: string
  index: number
  uuid?: string
  model: string
  mig?: string
  utilizationPercent?: number
  memoryUsedMib?: number
  memoryTotalMib?: number
  temperatureC?: number
  powerWatts?: number
  powerLimitWatts?: number
  /** The last XID since the driver was loaded: it stays after the fault is gone */
  xid?: number
  pod?: string
}

type Field =
  | 'utilizationPercent'
  | 'engineRatio'
  | 'used'
  | 'free'
  | 'reserved'
  | 'temperatureC'
  | 'powerWatts'
  | 'powerLimitWatts'
  | 'xid'

const fieldOf: Record<string, Field> = {
  DCGM_FI_DEV_GPU_UTIL: 'utilizationPercent',
  DCGM_FI_DEV_GPU_UTIL_RATIO: 'utilizationPercent',
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: 'engineRatio',
  DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO: 'engineRatio',
  DCGM_FI_DEV_FB_USED: 'used',
  DCGM_FI_DEV_FB_FREE: 'free',
  DCGM_FI_DEV_FB_RESERVED: 'reserved',
  DCGM_FI_DEV_GPU_TEMP: 'temperatureC',
  DCGM_FI_DEV_GPU_TEMP_CELSIUS: 'temperatureC',
  DCGM_FI_DEV_POWER_USAGE: 'powerWatts',
  DCGM_FI_DEV_BOARD_POWER_WATTS: 'powerWatts',
  DCGM_FI_DEV_POWER_MGMT_LIMIT: 'powerLimitWatts',
  DCGM_FI_DEV_BOARD_POWER_LIMIT_REQUESTED_WATTS: 'powerLimitWatts',
  DCGM_FI_DEV_XID_ERRORS: 'xid',
  DCGM_FI_DEV_XID_ERROR: 'xid',
}

/** All fields of all GPUs of a cluster in one instant query. */
export const gpuQuery = (node?: string): string => {
  const names = `__name__=~"${Object.keys(fieldOf).join('|')}"`
  if (node === undefined) return `{${names}}`
  const value = JSON.stringify(node)
  return `{${names}, Hostname=${value}} or {${names}, hostname=${value}}`
}

/** One GPU for each device, whichever labels and field names the exporter has. Broken values are left out. */
export function gpusOf(result: PrometheusResult, cluster: string): Gpu[] {
  const found = new Map<string, { gpu: Gpu; fields: Map<Field, number> }>()
  for (const { metric, values } of result.series) {
    const field = fieldOf[metric.__name__ ?? '']
    const value = Number(values.at(-1)?.[1])
    if (!field || !Number.isFinite(value)) continue
    const node = metric.Hostname ?? metric.hostname ?? metric.node ?? metric.instance?.replace(/:\d+$/, '') ?? 'unknown'
    const key = [node, metric.UUID ?? metric.uuid ?? metric.gpu, metric.GPU_I_ID ?? ''].join('|')
    const entry = found.get(key) ?? { gpu: identity(metric, { cluster, node }), fields: new Map() }
    entry.fields.set(field, value)
    const pod = podOf(metric)
    if (pod) entry.gpu.pod = pod
    found.set(key, entry)
  }
  return [...found.values()].map(({ gpu, fields }) => ({ ...gpu, ...measured(fields) }))
}

function identity(metric: Record<string, string>, where: { cluster: string; node: string }): Gpu {
  const uuid = metric.UUID ?? metric.uuid
  const mig = metric.GPU_I_PROFILE
  return {
    cluster: where.cluster,
    node: cell(where.node, 120),
    index: Number.parseInt(metric.gpu ?? '0', 10) || 0,
    model: cell(metric.modelName ?? 'unknown model', 60),
    ...(uuid && { uuid: cell(uuid, 60) }),
    ...(mig && { mig: cell(mig, 20) }),
  }
}

/** A ServiceMonitor without honorLabels renames the workload's labels to exported_*; the plain ones are then the exporter's own. */
function podOf(metric: Record<string, string>): string | undefined {
  const exported = metric.exported_pod !== undefined
  const pod = exported ? metric.exported_pod : metric.pod
  const namespace = exported ? metric.exported_namespace : metric.namespace
  if (!pod || (!exported && /dcgm-exporter/.test(pod))) return undefined
  return cell(namespace ? `${namespace}/${pod}` : pod, 160)
}

function measured(fields: Map<Field, number>): Partial<Gpu> {
  const used = fields.get('used')
  const free = fields.get('free')
  const ratio = fields.get('engineRatio')
  // GPU_UTIL means nothing on a MIG slice; the engine's activity does.
  const utilization = fields.get('utilizationPercent') ?? (ratio === undefined ? undefined : ratio * 100)
  const rounded = (key: keyof Gpu, value: number | undefined) =>
    value === undefined ? {} : { [key]: Math.round(value * 10) / 10 }
  const xid = fields.get('xid')
  return {
    ...rounded('utilizationPercent', utilization),
    ...rounded('memoryUsedMib', used),
    ...(used !== undefined &&
      free !== undefined &&
      rounded('memoryTotalMib', used + free + (fields.get('reserved') ?? 0))),
    ...rounded('temperatureC', fields.get('temperatureC')),
    ...rounded('powerWatts', fields.get('powerWatts')),
    ...rounded('powerLimitWatts', fields.get('powerLimitWatts')),
    ...(xid !== undefined && xid > 0 && { xid }),
  }
}

/** Average of what is there, one decimal; undefined of nothing. */
export function average(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return undefined
  return Math.round((known.reduce((sum, value) => sum + value, 0) / known.length) * 10) / 10
}

export const total = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.round(known.reduce((sum, value) => sum + value, 0))
}

export const most = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** Above this a GPU is shown as hot (GPU-022). */
export const hotCelsius = 80

/** Below this a GPU that holds memory does no work. */
export const idlePercent = 5
