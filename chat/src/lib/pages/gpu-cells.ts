import { type GpuRow, isHigh, nodesOf } from './gpu-list.ts'

export type Load = 'unknown' | 'idle' | 'light' | 'busy' | 'high'

/** One square of the map. */
export interface GpuCell {
  id: string
  cluster: string
  node: string
  model: string
  /** `GPU 3`; `GPU` of a node that does not tell which it has */
  name: string
  percent: number | undefined
  load: Load
  state: string
  troubled: boolean
}

export interface HeatCluster {
  name: string
  /** Busy percent over the GPUs that are measured */
  mean: number | undefined
  nodes: { id: string; cells: GpuCell[] }[]
  count: number
}

/** The word for a load in percent; the number stands beside it, so the limits may be coarse. */
export function loadOf(percent: number | undefined): Load {
  if (percent === undefined || !Number.isFinite(percent) || percent < 0) return 'unknown'
  if (isHigh(percent)) return 'high'
  return percent < 5 ? 'idle' : percent < 50 ? 'light' : 'busy'
}

const names = new Intl.Collator('en', { numeric: true })

/** GPUs by cluster and node, in the order of their names: a place on the map stays where it is while loads change. */
export function heatOf(rows: readonly GpuRow[], mostCells: number): { clusters: HeatCluster[]; left: number } {
  let drawn = 0
  let all = 0
  const groups = Map.groupBy(rows, ({ cluster }) => cluster)
  const clusters = [...groups.keys()].sort(names.compare).flatMap((name): HeatCluster[] => {
    const nodes = nodesOf(groups.get(name)!)
      .sort((left, right) => names.compare(left.id, right.id))
      .map(({ id }) => {
        const own = groups.get(name)!.filter((row) => `${row.cluster}/${row.node}` === id)
        const cells = own.sort((left, right) => names.compare(left.gpu ?? '', right.gpu ?? '')).flatMap(cellsOf)
        return { id, cells }
      })
    const measured = nodes.flatMap(({ cells }) => cells).flatMap(({ percent }) => percent ?? [])
    const count = nodes.reduce((sum, { cells }) => sum + cells.length, 0)
    all += count
    const fitting = nodes.flatMap(({ id, cells }) => {
      const kept = cells.slice(0, Math.max(0, mostCells - drawn))
      drawn += kept.length
      return kept.length > 0 ? [{ id, cells: kept }] : []
    })
    const mean = measured.length > 0 ? measured.reduce((sum, one) => sum + one, 0) / measured.length : undefined
    return fitting.length > 0 ? [{ name, mean, nodes: fitting, count }] : []
  })
  return { clusters, left: all - drawn }
}

/** A node that tells nothing still has its GPUs: they are on the map, as not measured. */
function cellsOf(row: GpuRow): GpuCell[] {
  const { cluster, node, model, state, stateTone } = row
  const percent = loadOf(row.utilizationPercent) === 'unknown' ? undefined : row.utilizationPercent
  const cell = { cluster, node, model, state, percent, load: loadOf(percent), troubled: stateTone === 'bad' }
  if (row.gpu !== undefined) return [{ ...cell, id: row.id, name: `GPU ${row.gpu}` }]
  return Array.from({ length: Math.max(1, row.gpus) }, (_, index) => ({
    ...cell,
    id: `${row.id} ${index}`,
    name: 'GPU',
  }))
}
