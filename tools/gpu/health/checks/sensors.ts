import { throttleBit, throttleWords } from '../../figures.ts'
import { hotCelsius } from '../../sums.ts'
import { type GpuCheck, gpuName, perGpu } from '../facts.ts'
import { devicesOf, has, hitOf } from '../faults.ts'

const slowing = throttleBit.hardThermal | throttleBit.softThermal
const bits = (mask: number | undefined, wanted: number) => ((mask ?? 0) & wanted) !== 0

/** Heat, power, clocks, PCIe and NVLink. */
export const sensorChecks: readonly GpuCheck[] = [
  {
    id: 'thermal-slowdown',
    severity: 'critical',
    title: 'Slowed down by heat',
    cause: 'The GPU holds its clocks back because it is too hot: jobs over several GPUs wait for this one.',
    remedy: 'Check fans, airflow and coolant of the node and its neighbours; move work away until it is cool.',
    falsifier: 'The thermal reasons of nvidia-smi -q -d PERFORMANCE are Not Active.',
    reads: 'nvidia-smi and DCGM clock reasons (off by default in DCGM)',
    look: perGpu((gpu) =>
      bits(gpu.throttleMask, slowing)
        ? {
            text: `${throttleWords(gpu.throttleMask! & slowing).join(', ')}${gpu.temperatureC === undefined ? '' : ` at ${gpu.temperatureC} °C`}`,
            figure: 'throttleMask',
          }
        : undefined,
    ),
  },
  {
    id: 'gpu-hot',
    severity: 'warning',
    title: `At ${hotCelsius} °C or more`,
    cause: 'Hotter than its peers under like load is cooling; hot like its peers is the room.',
    remedy: 'Compare with the other GPUs of the node: one hot is its cooler, all hot is air or coolant.',
    falsifier: 'It cools down under the same load, or this model may run that hot.',
    reads: 'DCGM and nvidia-smi temperature',
    look: perGpu((gpu, { gpus }) => {
      if ((gpu.temperatureC ?? 0) < hotCelsius || bits(gpu.throttleMask, slowing)) return undefined
      const peers = gpus.filter(
        (other) => other.node === gpu.node && other.index !== gpu.index && other.temperatureC !== undefined,
      )
      const median = peers.map((other) => other.temperatureC!).sort((left, right) => left - right)[
        Math.floor(peers.length / 2)
      ]
      return {
        text: `${gpu.temperatureC} °C${median === undefined ? '' : `, its neighbours ${median} °C`}${gpu.powerWatts === undefined ? '' : `, ${gpu.powerWatts} W`}`,
        figure: 'temperatureC',
      }
    }),
  },
  {
    id: 'memory-hot',
    severity: 'warning',
    title: 'Memory at 95 °C or more',
    cause: 'HBM ages and errs at such heat.',
    remedy: 'As for a hot GPU: cooling first.',
    falsifier: 'The vendor allows more for this memory.',
    reads: 'DCGM and nvidia-smi memory temperature',
    look: perGpu((gpu) =>
      (gpu.memoryTemperatureC ?? 0) >= 95 && (gpu.temperatureC ?? 0) < hotCelsius
        ? { text: `memory ${gpu.memoryTemperatureC} °C`, figure: 'memoryTemperatureC' }
        : undefined,
    ),
  },
  {
    id: 'power-brake',
    severity: 'critical',
    title: 'Power brake is on',
    cause: 'The power supply of the node asks the GPUs to slow down: a supply failed or the rack is at its limit.',
    remedy: 'Check the power supplies and the rack’s limit.',
    falsifier: 'HW Power Brake is Not Active in nvidia-smi -q -d PERFORMANCE.',
    reads: 'nvidia-smi and DCGM clock reasons',
    look: perGpu((gpu) =>
      bits(gpu.throttleMask, throttleBit.powerBrake)
        ? { text: 'HW power brake active', figure: 'throttleMask' }
        : undefined,
    ),
  },
  {
    id: 'hardware-slowdown',
    severity: 'warning',
    title: 'Hardware slowdown without a named reason',
    cause: 'The board slows itself down, and neither heat nor power brake explains it.',
    remedy: 'Check power cabling and the board’s supply.',
    falsifier: 'HW Slowdown is Not Active a minute later.',
    reads: 'nvidia-smi and DCGM clock reasons',
    look: perGpu((gpu) =>
      bits(gpu.throttleMask, throttleBit.hardware) && !bits(gpu.throttleMask, slowing | throttleBit.powerBrake)
        ? { text: 'HW slowdown active', figure: 'throttleMask' }
        : undefined,
    ),
  },
  {
    id: 'clock-low',
    severity: 'warning',
    title: 'Clocks far below their best under load',
    cause: 'Busy at less than 60 % of its clock: capped power, an application clock left behind, or a fault.',
    remedy: 'Look at power limit and application clocks (nvidia-smi -q -d CLOCK,POWER) and reset them.',
    falsifier: 'Its peers run at the same clock under the same load.',
    reads: 'DCGM and nvidia-smi clocks',
    look: perGpu((gpu, { gpus }) => {
      const { smClockMhz, utilizationPercent = 0 } = gpu
      const peers = gpus.filter(
        (other) => other.model === gpu.model && (other.utilizationPercent ?? 0) >= 50 && other.smClockMhz !== undefined,
      )
      const best =
        gpu.smClockMaxMhz ?? (peers.length >= 4 ? Math.max(...peers.map((other) => other.smClockMhz!)) : undefined)
      if (smClockMhz === undefined || best === undefined || utilizationPercent < 50 || smClockMhz >= best * 0.6)
        return undefined
      // Heat and the power brake say it themselves.
      if (bits(gpu.throttleMask, slowing | throttleBit.powerBrake)) return undefined
      return {
        text: `${smClockMhz} of ${best} MHz at ${utilizationPercent} % load${throttleWords(gpu.throttleMask).length > 0 ? `: ${throttleWords(gpu.throttleMask).join(', ')}` : ''}`,
        figure: 'smClockMhz',
      }
    }),
  },
  {
    id: 'pcie-width',
    severity: 'warning',
    title: 'PCIe link narrower than it could be',
    cause: 'Lanes are lost: a bad contact, riser or slot. Copies to and from the host are slower by as much.',
    remedy: 'Reseat the board or its riser at the next occasion; check the slot.',
    falsifier: 'The slot has no more lanes (compare with the other GPUs of the node).',
    reads: 'nvidia-smi and DCGM PCIe link',
    look: perGpu((gpu) =>
      gpu.pcieWidth !== undefined && gpu.pcieWidthMax !== undefined && gpu.pcieWidth < gpu.pcieWidthMax
        ? { text: `x${gpu.pcieWidth} of x${gpu.pcieWidthMax}`, figure: 'pcieWidth' }
        : undefined,
    ),
  },
  {
    id: 'pcie-generation',
    severity: 'warning',
    title: 'PCIe link slower than it could be, under load',
    cause: 'An idle link slows down on purpose; a busy one should not.',
    remedy: 'Reseat the board or its riser; check the BIOS setting of the slot.',
    falsifier: 'The slot is of an older generation (compare with the other GPUs of the node).',
    reads: 'nvidia-smi and DCGM PCIe link, utilisation',
    look: perGpu((gpu) =>
      gpu.pcieGen !== undefined &&
      gpu.pcieGenMax !== undefined &&
      gpu.pcieGen < gpu.pcieGenMax &&
      (gpu.utilizationPercent ?? 0) >= 20
        ? {
            text: `generation ${gpu.pcieGen} of ${gpu.pcieGenMax} at ${gpu.utilizationPercent} % load`,
            figure: 'pcieGen',
          }
        : undefined,
    ),
  },
  {
    id: 'pcie-replays',
    severity: 'warning',
    title: 'PCIe replays grow',
    cause: 'Packets are sent again and again: the link is electrically bad.',
    remedy: 'Reseat the board or its riser; if it stays, swap boards to tell slot from board.',
    falsifier: 'The counter stands still in the next hour.',
    reads: 'DCGM PCIe replay counter, growth in an hour',
    look: perGpu((gpu, { growth }) => {
      const grown = growth.pcieReplays.get(`${gpu.cluster}/${gpu.uuid}`) ?? 0
      return grown >= 60 ? { text: `${Math.round(grown)} replays in the last hour`, figure: 'pcieReplays' } : undefined
    }),
  },
  {
    id: 'nvlink-errors',
    severity: 'warning',
    title: 'NVLink errors grow',
    cause: 'CRC errors, replays or recoveries of a link: bandwidth between GPUs suffers before the link goes down.',
    remedy: 'Look at nvidia-smi nvlink -e for the link; check cabling or reseat.',
    falsifier: 'The counters stand still in the next hour.',
    reads: 'DCGM NVLink error counters (off by default), growth in an hour',
    look: perGpu((gpu, { growth }) => {
      const grown = growth.nvlinkErrors.get(`${gpu.cluster}/${gpu.uuid}`) ?? 0
      return grown >= 100
        ? { text: `${Math.round(grown)} link errors in the last hour`, figure: 'nvlinkErrors' }
        : undefined
    }),
  },
  {
    id: 'nvlink-error',
    severity: 'critical',
    title: 'XID 74, NVLink error',
    cause: 'A link to another GPU or to an NVSwitch failed.',
    remedy:
      'Decode the registers of the line (workflow of XID 74): reset the GPU, and have the link checked if it comes back.',
    falsifier: 'All links are up (nvidia-smi nvlink -s) and NCCL reaches its bandwidth.',
    reads: 'kernel log, DCGM XID',
    look: (facts) =>
      devicesOf(facts).flatMap((device) => (has(device, 74).length > 0 ? [hitOf(device, has(device, 74))] : [])),
  },
  ...nvlink5Checks(),
  {
    id: 'figures-disagree',
    severity: 'info',
    title: 'DCGM and nvidia-smi disagree',
    cause:
      'Two sources tell one figure differently by more than time explains: an exporter that is stuck, or GPUs mixed up.',
    remedy: 'Trust nvidia-smi; restart dcgm-exporter on that node.',
    falsifier: 'They agree when asked again.',
    reads: 'DCGM beside nvidia-smi',
    look: (facts) =>
      facts.gpus.flatMap((gpu) => {
        const { cluster, node, index, disagreements = [] } = gpu
        if (disagreements.length === 0) return []
        const text = disagreements
          .map(({ figure, dcgm, smi }) => `${figure}: ${dcgm} by DCGM, ${smi} by nvidia-smi`)
          .join('; ')
        return [{ cluster, node, gpu: index, evidence: [{ source: `dcgm and nvidia-smi, ${gpuName(gpu)}`, text }] }]
      }),
  },
]

/** XID 144 to 150: the text decides, not the code. */
function nvlink5Checks(): GpuCheck[] {
  const look =
    (fatal: boolean | undefined): GpuCheck['look'] =>
    (facts) =>
      devicesOf(facts).flatMap((device) => {
        const found = has(device, 144, 145, 146, 147, 148, 149, 150).filter((fault) => fault.fatal === fatal)
        return found.length > 0 ? [hitOf(device, found)] : []
      })
  const reads = 'kernel log (text of XID 144 to 150)'
  return [
    {
      id: 'nvlink5-fatal',
      severity: 'critical',
      title: 'Fatal error of NVLink 5',
      cause: 'The link hardware stopped: programs over this link fail.',
      remedy: 'Drain the node and reset the GPUs of the domain; contact the vendor if it comes back.',
      falsifier: 'The line says Nonfatal, or the links are up after a reset.',
      reads,
      look: look(true),
    },
    {
      id: 'nvlink5-nonfatal',
      severity: 'info',
      title: 'Non-fatal error of NVLink 5',
      cause: 'The link went on by itself: the codes 144 to 150 are an alarm only where their text says Fatal.',
      remedy: 'Nothing, unless they come often.',
      falsifier: 'A Fatal line of the same link follows.',
      reads,
      look: look(false),
    },
    {
      id: 'nvlink5-unread',
      severity: 'warning',
      title: 'Error of NVLink 5 of unknown weight',
      cause: 'Code 144 to 150 without its text: only the text tells fatal from non-fatal.',
      remedy: 'Read the line in the kernel log of the node (dmesg | grep Xid).',
      falsifier: 'The line says Nonfatal.',
      reads: 'DCGM XID, kernel log',
      look: look(undefined),
    },
  ]
}
