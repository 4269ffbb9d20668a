import type { Cluster } from '../world/cluster.ts'
import { type GpuFigures, gpuFigures } from '../world/metrics/gpu.ts'
import type { Gpu } from '../world/nodes.ts'
import { integerOf } from '../world/random.ts'
import { seriesStartMs } from '../world/source.ts'
import type { World } from '../world/world.ts'
import { fieldsOf } from './fields.ts'
import { wholeXml } from './xml.ts'

export interface Printed {
  exitCode: number
  stdout: string
  stderr: string
}

export interface SmiGpu {
  gpu: Gpu
  figures: GpuFigures
  processes: { pid: number; name: string; usedMib: number }[]
}

const programs: Partial<Record<GpuFigures['load'], string>> = {
  serving: 'VLLM::Worker',
  training: '/usr/bin/python3',
  ray: 'ray::Trainer.fit',
  notebook: '/opt/conda/bin/python',
}

function readGpu(world: World, cluster: Cluster, gpu: Gpu): SmiGpu {
  const atMs = world.now()
  const figures = gpuFigures(cluster, gpu, { troubles: world.troubles.all(), atMs, startMs: seriesStartMs(world) })
  const name = programs[figures.load]
  const pid = integerOf(`${figures.hold?.pod}/${gpu.uuid}/pid`, 2000, 900_000)
  return { gpu, figures, processes: name ? [{ pid, name, usedMib: figures.usedMib - 4 }] : [] }
}

/** nvidia-smi of one node of the world, in the forms of the 550 to 580 drivers: CSV queries, `-q -x`, `-L`. */
export function nvidiaSmi(world: World, cluster: Cluster, { node, argv }: { node: string; argv: string[] }): Printed {
  const all = cluster.gpus.filter((gpu) => gpu.node === node).map((gpu) => readGpu(world, cluster, gpu))
  const lost = all.find(({ figures }) => figures.xid === 79)
  if (lost) {
    const { index, pciBusId } = lost.gpu
    const stdout = `Unable to determine the device handle for GPU${index}: ${pciBusId}: GPU is lost. Reboot the system to recover this GPU\n`
    return { exitCode: 15, stdout, stderr: '' }
  }
  const option = (name: string) => argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
  const format = option('format')?.split(',') ?? []
  const query = option('query-gpu')
  if (query !== undefined) return csv(query, format, all)
  const apps = option('query-compute-apps')
  if (apps !== undefined) return computeApps(apps, format, all)
  if (argv.includes('-q') && argv.includes('-x')) return { exitCode: 0, stdout: wholeXml(world, all), stderr: '' }
  if (argv.includes('-L')) {
    const lines = all.map(({ gpu, figures }) => `GPU ${gpu.index}: ${figures.model.modelName} (UUID: ${gpu.uuid})`)
    return { exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: '' }
  }
  return {
    exitCode: 2,
    stdout: `Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n`,
    stderr: '',
  }
}

function csv(query: string, format: string[], all: SmiGpu[]): Printed {
  const names = query.split(',').map((name) => name.trim())
  const rows = all.map((one) => fieldsOf(one))
  const unknown = names.find((name) => rows[0] && !(name in rows[0]))
  if (unknown) return { exitCode: 2, stdout: `Field "${unknown}" is not a valid field to query.\n\n`, stderr: '' }
  return table(names, rows, format)
}

function computeApps(query: string, format: string[], all: SmiGpu[]): Printed {
  const names = query.split(',').map((name) => name.trim())
  const rows = all.flatMap(({ gpu, processes }) =>
    processes.map(({ pid, name, usedMib }): Record<string, [string, string?]> => {
      return {
        pid: [String(pid)],
        process_name: [name],
        name: [name],
        gpu_uuid: [gpu.uuid],
        gpu_bus_id: [gpu.pciBusId],
        used_gpu_memory: [String(usedMib), 'MiB'],
        used_memory: [String(usedMib), 'MiB'],
      }
    }),
  )
  return table(names, rows, format)
}

/** `[N/A]` where a field has no value; the unit in the header, and in every value unless `nounits`. */
function table(names: string[], rows: Record<string, [string, string?]>[], format: string[]): Printed {
  const header = names.map((name) => (rows[0]?.[name]?.[1] ? `${name} [${rows[0][name][1]}]` : name)).join(', ')
  const withUnits = !format.includes('nounits')
  const lines = rows.map((row) =>
    names
      .map((name) => {
        const [value, unit] = row[name] ?? ['[N/A]']
        return withUnits && unit && !value.startsWith('[') ? `${value} ${unit}` : value
      })
      .join(', '),
  )
  const text = [...(format.includes('noheader') ? [] : [header]), ...lines].join('\n')
  return { exitCode: 0, stdout: text === '' ? '' : `${text}\n`, stderr: '' }
}
