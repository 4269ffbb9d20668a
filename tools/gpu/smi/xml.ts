import { type Figure, recoveryActions } from '../figures.ts'
import { readCell, type SmiGpu, type SmiProcess, type SmiReport } from './report.ts'
import { at, type Element, readXml, textAt } from './xml-tree.ts'

/** Paths of each figure, newest driver first. */
const paths: Partial<Record<Figure, string[]>> = {
  utilizationPercent: ['utilization/gpu_util'],
  memoryUsedMib: ['fb_memory_usage/used'],
  memoryTotalMib: ['fb_memory_usage/total'],
  temperatureC: ['temperature/gpu_temp'],
  memoryTemperatureC: ['temperature/memory_temp'],
  powerWatts: [
    'gpu_power_readings/average_power_draw',
    'gpu_power_readings/instant_power_draw',
    'gpu_power_readings/power_draw',
    'power_readings/power_draw',
  ],
  powerLimitWatts: [
    'gpu_power_readings/current_power_limit',
    'power_readings/current_power_limit',
    'power_readings/power_limit',
  ],
  fanPercent: ['fan_speed'],
  smClockMhz: ['clocks/sm_clock'],
  smClockMaxMhz: ['max_clocks/sm_clock'],
  eccModeOn: ['ecc_mode/current_ecc'],
  remappedCorrectable: ['remapped_rows/remapped_row_corr'],
  remappedUncorrectable: ['remapped_rows/remapped_row_unc'],
  remapPending: ['remapped_rows/remapped_row_pending'],
  remapFailed: ['remapped_rows/remapped_row_failure'],
  retiredSingleBit: ['retired_pages/multiple_single_bit_retirement/retired_count'],
  retiredDoubleBit: ['retired_pages/double_bit_retirement/retired_count'],
  retiredPending: ['retired_pages/pending_blacklist', 'retired_pages/pending_retirement'],
  pcieReplays: ['pci/replay_counter'],
  pcieGen: ['pci/pci_gpu_link_info/pcie_gen/current_link_gen'],
  pcieGenMax: ['pci/pci_gpu_link_info/pcie_gen/max_link_gen'],
  pcieWidth: ['pci/pci_gpu_link_info/link_widths/current_link_width'],
  pcieWidthMax: ['pci/pci_gpu_link_info/link_widths/max_link_width'],
  persistenceOn: ['persistence_mode'],
}

/** Members of clocks_event_reasons, with the bit each stands for; before driver 535 they were called throttle reasons. */
const reasons: Record<string, number> = {
  applications_clocks_setting: 0x2,
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal_slowdown: 0x20,
  hw_thermal_slowdown: 0x40,
  hw_power_brake_slowdown: 0x80,
  display_clocks_setting: 0x100,
}

/** `nvidia-smi -q -x`. What broke off is read as far as it goes, and said; undefined where it is not that report at all. */
export function readReportXml(text: string): SmiReport | undefined {
  const read = readXml(text)
  if (read?.root.name !== 'nvidia_smi_log') return undefined
  const { root, whole } = read
  const elements = root.children.filter(({ name }) => name === 'gpu')
  const gpus = elements.map((element, index) => gpuOf(element, index))
  const announced = Number(textAt(root, 'attached_gpus') ?? gpus.length)
  const found = gpus.filter((gpu) => gpu !== undefined)
  const notes = [
    ...(whole ? [] : ['the report broke off']),
    ...(announced > found.length
      ? [`${announced - found.length} of ${announced} attached GPUs are not in the report`]
      : []),
  ]
  const driver = textAt(root, 'driver_version')
  const cuda = textAt(root, 'cuda_version')
  return {
    ...(driver && { driver }),
    ...(cuda && { cuda }),
    gpus: found,
    processes: elements.flatMap((element, index) => processesOf(element, gpus[index])),
    skipped: elements.length - found.length,
    notes,
  }
}

function gpuOf(element: Element, position: number): SmiGpu | undefined {
  const uuid = textAt(element, 'uuid')
  if (!uuid?.startsWith('GPU-')) return undefined
  const device = element.id ?? textAt(element, 'pci/pci_bus_id')
  const gpu: SmiGpu = {
    // The order of the report is the order of indexes; the minor number need not be.
    index: position,
    uuid,
    model: textAt(element, 'product_name') ?? '',
    figures: {},
    migs: migsOf(element),
    broken: [],
    ...(device && { device }),
  }
  for (const [figure, where] of Object.entries(paths) as [Figure, string[]][]) {
    const cell = readCell(textAt(element, ...where))
    if ('value' in cell) gpu.figures[figure] = cell.value
    else if ('broken' in cell) gpu.broken.push({ field: where[0]!.split('/').at(-1)!, said: cell.broken })
  }
  const mask = throttleMask(element)
  if (mask !== undefined) gpu.figures.throttleMask = mask
  Object.assign(gpu.figures, eccOf(element))
  const mig = textAt(element, 'mig_mode/current_mig')
  if (mig === 'Enabled' || mig === 'Disabled') gpu.migOn = mig === 'Enabled'
  const recovery = textAt(element, 'gpu_recovery_action', 'gpu_reset_status/reset_required')
  if (recovery !== undefined) gpu.figures.recoveryAction = recoveryOf(recovery)
  return gpu
}

/** `None`, `Reset`, `Reboot`, `Drain P2P`, `Drain and Reset`; drivers before it say only whether a reset is required. */
function recoveryOf(said: string): number {
  const words = said.toLowerCase()
  if (/drain and reset/.test(words)) return recoveryActions.indexOf('drain and reset')
  if (/drain/.test(words)) return recoveryActions.indexOf('drain P2P')
  if (/reboot/.test(words)) return recoveryActions.indexOf('node reboot')
  return /reset|yes/.test(words) ? recoveryActions.indexOf('GPU reset') : 0
}

function throttleMask(element: Element): number | undefined {
  const list = at(element, 'clocks_event_reasons') ?? at(element, 'clocks_throttle_reasons')
  if (!list) return undefined
  return list.children.reduce((mask, { name, text }) => {
    const bit = reasons[name.replace(/^clocks_(event|throttle)_reason_/, '')]
    return bit && text === 'Active' ? mask | bit : mask
  }, 0)
}

/** Sums of what the report counts by place; older drivers give a total. */
function eccOf(element: Element) {
  const sum = (part: string, kind: RegExp, old: string) => {
    const children = at(element, 'ecc_errors', part)?.children ?? []
    const counted = children.filter(({ name }) => kind.test(name)).map(({ text }) => readCell(text))
    const values = counted.flatMap((cell) => ('value' in cell ? [cell.value] : []))
    if (values.length > 0) return values.reduce((total, value) => total + value, 0)
    const total = readCell(textAt(element, `ecc_errors/${part}/${old}/total`))
    return 'value' in total ? total.value : undefined
  }
  const entries = {
    eccCorrectedVolatile: sum('volatile', /_correctable/, 'single_bit'),
    eccUncorrectedVolatile: sum('volatile', /_uncorrectable/, 'double_bit'),
    eccCorrectedAggregate: sum('aggregate', /_correctable/, 'single_bit'),
    eccUncorrectedAggregate: sum('aggregate', /_uncorrectable/, 'double_bit'),
  }
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}

function migsOf(element: Element): SmiGpu['migs'] {
  const devices = at(element, 'mig_devices')?.children.filter(({ name }) => name === 'mig_device') ?? []
  return devices.map((device) => {
    const number = (path: string) => {
      const cell = readCell(textAt(device, path))
      return 'value' in cell ? cell.value : undefined
    }
    const used = number('fb_memory_usage/used')
    const total = number('fb_memory_usage/total')
    const profile = textAt(device, 'profile', 'device_attributes/profile')
    return {
      id: textAt(device, 'gpu_instance_id') ?? '',
      ...(profile && { profile }),
      ...(used !== undefined && { memoryUsedMib: used }),
      ...(total !== undefined && { memoryTotalMib: total }),
    }
  })
}

const types: Record<string, SmiProcess['type']> = { C: 'compute', G: 'graphics', 'C+G': 'mixed', 'M+C': 'compute' }

function processesOf(element: Element, gpu: SmiGpu | undefined): SmiProcess[] {
  if (!gpu) return []
  const list = at(element, 'processes')?.children.filter(({ name }) => name === 'process_info') ?? []
  return list.flatMap((one): SmiProcess[] => {
    const pid = Number(textAt(one, 'pid'))
    if (!Number.isInteger(pid) || pid <= 0) return []
    const memory = readCell(textAt(one, 'used_memory'))
    const migId = textAt(one, 'gpu_instance_id')
    return [
      {
        pid,
        name: textAt(one, 'process_name') ?? '',
        uuid: gpu.uuid,
        gpuIndex: gpu.index,
        type: types[textAt(one, 'type') ?? 'C'] ?? 'compute',
        ...('value' in memory && { memoryUsedMib: memory.value }),
        ...(migId && /^\d+$/.test(migId) && { migId }),
      },
    ]
  })
}
