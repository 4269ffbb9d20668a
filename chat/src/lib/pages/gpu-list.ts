import type { Tone } from '#contract'

/** A row of get_gpu_nodes by GPU, of get_gpu_node, and of their live events. */
export interface GpuRow {
  id: string
  cluster: string
  node: string
  gpu?: string
  uuid?: string
  model: string
  gpus: number
  utilizationPercent?: number
  memoryUsedMib?: number
  memoryTotalMib?: number
  temperatureC?: number
  powerWatts?: number
  powerLimitWatts?: number
  pod?: string
  pods?: string[]
  xid?: number
  ecc?: string
  throttle?: string
  source?: string
  state: string
  stateTone: Tone
}

/** Above these a figure is coloured as a warning (GPU-015, GPU-022). */
export const highPercent = 85
export const hotCelsius = 80

export const isHigh = (percent: number | undefined): boolean => percent !== undefined && percent > highPercent
export const isHot = (celsius: number | undefined): boolean => celsius !== undefined && celsius >= hotCelsius

export interface GpuNode {
  id: string
  cluster: string
  node: string
  model: string
  /** Empty for a node that tells nothing */
  gpus: GpuRow[]
  utilizationPercent: number | undefined
  memoryUsedMib: number | undefined
  memoryTotalMib: number | undefined
  temperatureC: number | undefined
  powerWatts: number | undefined
  powerLimitWatts: number | undefined
  xids: number[]
  state: string
  stateTone: Tone
}

const weight: Record<Tone, number> = { bad: 0, warn: 1, busy: 2, good: 3, neutral: 4 }
const names = new Intl.Collator('en', { numeric: true })

const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined)
const sum = (values: readonly (number | undefined)[]) => {
  const there = known(values)
  return there.length === 0 ? undefined : there.reduce((total, value) => total + value, 0)
}

/** GPUs by node, the troubled first; slices of one GPU count its power and heat once. */
export function nodesOf(rows: readonly GpuRow[]): GpuNode[] {
  const groups = [...Map.groupBy(rows, ({ cluster, node }) => `${cluster}/${node}`)]
  return groups
    .map(([id, own]): GpuNode => {
      const gpus = own
        .filter(({ gpu }) => gpu !== undefined)
        .sort((left, right) => names.compare(left.gpu ?? '', right.gpu ?? ''))
      const whole = gpus.filter(
        ({ gpu }, index) => gpus.findIndex((one) => indexOf(one.gpu) === indexOf(gpu)) === index,
      )
      const [worst] = [...own].sort((left, right) => weight[left.stateTone] - weight[right.stateTone])
      const used = known(gpus.map((gpu) => gpu.utilizationPercent))
      const of = (key: 'memoryUsedMib' | 'memoryTotalMib') => sum(gpus.map((gpu) => gpu[key]))
      const heat = known(whole.map((gpu) => gpu.temperatureC))
      return {
        id,
        cluster: worst!.cluster,
        node: worst!.node,
        model: worst!.model,
        gpus,
        utilizationPercent: used.length > 0 ? used.reduce((total, value) => total + value, 0) / used.length : undefined,
        memoryUsedMib: of('memoryUsedMib'),
        memoryTotalMib: of('memoryTotalMib'),
        temperatureC: heat.length > 0 ? Math.max(...heat) : undefined,
        powerWatts: sum(whole.map((gpu) => gpu.powerWatts)),
        powerLimitWatts: sum(whole.map((gpu) => gpu.powerLimitWatts)),
        xids: [...new Set(known(gpus.map((gpu) => gpu.xid)))],
        state: worst!.state,
        stateTone: worst!.stateTone,
      }
    })
    .sort((left, right) => weight[left.stateTone] - weight[right.stateTone] || names.compare(left.id, right.id))
}

const indexOf = (gpu: string | undefined) => gpu?.split(' ')[0]

/** Live rows over those that were read; what an event leaves out (a power limit of nvidia-smi) stays as it was. */
export function withRows(rows: readonly GpuRow[], upsert: unknown): GpuRow[] {
  if (!Array.isArray(upsert)) return [...rows]
  const changes = new Map((upsert as GpuRow[]).map((row) => [row.id, row]))
  const merged = rows.map((row) => ({ ...row, ...changes.get(row.id) }))
  const there = new Set(rows.map(({ id }) => id))
  return [...merged, ...[...changes.values()].filter(({ id }) => !there.has(id))]
}

export const nodePath = (cluster: string, node: string): string =>
  `/gpus/${encodeURIComponent(cluster)}/${encodeURIComponent(node)}`

/** PromQL for one figure of each GPU of a node, for exporters of both label forms. */
export function historyQuery(metric: string, node: string): string {
  const name = JSON.stringify(node)
  return `max by (gpu) (${metric}{Hostname=${name}} or ${metric}{hostname=${name}})`
}
