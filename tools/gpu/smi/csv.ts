import type { Figure } from '../figures.ts'
import { allColumns, appColumns, fewColumns, moreColumns } from './commands.ts'
import { readCell, type SmiGpu, type SmiProcess } from './report.ts'

const figureOf: Record<string, Figure> = {
  'memory.total': 'memoryTotalMib',
  'memory.used': 'memoryUsedMib',
  'utilization.gpu': 'utilizationPercent',
  'temperature.gpu': 'temperatureC',
  'power.draw': 'powerWatts',
  'power.limit': 'powerLimitWatts',
  'fan.speed': 'fanPercent',
}

/** Cells of a line. Names can hold a comma, so a separator is a comma and a space, which numbers of no locale have. */
const cellsOf = (line: string) => line.split(', ').map((cell) => cell.trim())
const linesOf = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== '')

/**
 * Rows of `--query-gpu` in CSV without header. A row with fewer fields than asked for is skipped (GPU-008), as is one without an index
 * and a UUID; a value the device does not have is absent, a fan of a passively cooled board too.
 */
export function readGpuCsv(text: string, columns: readonly string[] = allColumns): { gpus: SmiGpu[]; skipped: number } {
  const gpus: SmiGpu[] = []
  let skipped = 0
  for (const line of linesOf(text)) {
    const cells = cellsOf(line)
    // A header is no row: somebody's wrapper may have put it back.
    if (cells[0] === 'index') continue
    const gpu = cells.length < Math.max(columns.length, fewColumns.length) ? undefined : gpuOf(cells, columns)
    if (gpu) gpus.push(gpu)
    else skipped++
  }
  return { gpus, skipped }
}

function gpuOf(cells: string[], columns: readonly string[]): SmiGpu | undefined {
  const cell = (name: string) => cells[columns.indexOf(name)]
  const index = cell('index') ?? ''
  const uuid = cell('uuid') ?? ''
  if (!/^\d+$/.test(index) || !/^GPU-/.test(uuid)) return undefined
  const gpu: SmiGpu = { index: Number(index), uuid, model: cell('name') ?? '', figures: {}, migs: [], broken: [] }
  const driver = cell('driver_version')
  if (driver && /^\d/.test(driver)) gpu.driver = driver
  const device = cell('pci.bus_id')
  if (device?.includes(':')) gpu.device = device
  const mig = cell('mig.mode.current')
  if (mig === 'Enabled' || mig === 'Disabled') gpu.migOn = mig === 'Enabled'
  for (const name of columns) {
    const more = moreColumns[name]
    const figure = figureOf[name] ?? (more === 'mig' || more === 'bus' ? undefined : more)
    if (!figure) continue
    const read = readCell(cell(name))
    if ('value' in read) gpu.figures[figure] = read.value
    else if ('broken' in read) gpu.broken.push({ field: name, said: read.broken })
  }
  return gpu
}

/** Rows of `--query-compute-apps` with the UUID of their GPU (GPU-007). All of them compute. */
export function readAppsCsv(text: string, indexOf: ReadonlyMap<string, number>): SmiProcess[] {
  return linesOf(text).flatMap((line): SmiProcess[] => {
    const cells = cellsOf(line)
    const [uuid = '', pid = ''] = cells
    if (cells.length < appColumns.length || !/^\d+$/.test(pid) || !/^(GPU|MIG)-/.test(uuid)) return []
    // The name is the one column that may hold separators.
    const name = cells.slice(2, -1).join(', ')
    const memory = readCell(cells.at(-1))
    const gpuIndex = indexOf.get(uuid)
    if (gpuIndex === undefined) return []
    return [
      {
        pid: Number(pid),
        name,
        uuid,
        gpuIndex,
        type: 'compute',
        ...('value' in memory && { memoryUsedMib: memory.value }),
      },
    ]
  })
}
