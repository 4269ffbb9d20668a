import { DRIVER_VERSION } from '../world/nodes.ts'
import type { SmiGpu } from './run.ts'

const not = '[N/A]'
type Fields = Record<string, [string, string?]>

/** The fields of `--query-gpu` that this world answers, with their unit. SXM boards have no fan; L4 and L40S have no MIG and no NVLink. */
export function fieldsOf({ gpu, figures }: SmiGpu): Fields {
  const { model } = figures
  const total = model.memoryMib
  const free = total - figures.reservedMib - figures.usedMib
  const isMigCapable = model.family !== 'ada-lovelace'
  const throttled = figures.hot ? 'Active' : 'Not Active'
  const rows = figures.xid === 94 ? '1' : '0'
  return {
    index: [String(gpu.index)],
    uuid: [gpu.uuid],
    name: [model.modelName],
    'pci.bus_id': [gpu.pciBusId],
    driver_version: [DRIVER_VERSION],
    'memory.total': [String(total), 'MiB'],
    'memory.reserved': [String(figures.reservedMib), 'MiB'],
    'memory.used': [String(figures.usedMib), 'MiB'],
    'memory.free': [String(free), 'MiB'],
    'utilization.gpu': [String(figures.utilization), '%'],
    'utilization.memory': [String(figures.memoryUtilization), '%'],
    'temperature.gpu': [String(figures.temperatureC)],
    'temperature.memory': [String(figures.memoryTemperatureC)],
    'power.draw': [figures.powerW.toFixed(2), 'W'],
    'power.limit': [model.powerLimitW.toFixed(2), 'W'],
    'fan.speed': [not, '%'],
    'clocks.sm': [String(figures.smClockMhz), 'MHz'],
    'clocks.max.sm': [String(model.smClockMhz), 'MHz'],
    'clocks_event_reasons.active': [figures.hot ? '0x0000000000000040' : '0x0000000000000000'],
    'clocks_event_reasons.hw_thermal_slowdown': [throttled],
    'ecc.mode.current': ['Enabled'],
    'ecc.errors.corrected.volatile.total': ['0'],
    'ecc.errors.uncorrected.volatile.total': [rows],
    'ecc.errors.corrected.aggregate.total': ['0'],
    'ecc.errors.uncorrected.aggregate.total': [rows],
    'retired_pages.pending': [not],
    'retired_pages.single_bit_ecc.count': [not],
    'retired_pages.double_bit.count': [not],
    'remapped_rows.correctable': ['0'],
    'remapped_rows.uncorrectable': [rows],
    'remapped_rows.pending': ['0'],
    'remapped_rows.failure': ['0'],
    'mig.mode.current': [isMigCapable ? 'Disabled' : not],
    'pcie.link.gen.current': [figures.utilization > 0 ? '5' : '1'],
    'pcie.link.gen.max': ['5'],
    'pcie.link.width.current': ['16'],
    'pcie.link.width.max': ['16'],
    pstate: [figures.utilization > 0 ? 'P0' : 'P8'],
    persistence_mode: ['Enabled'],
    compute_cap: [`${model.computeMajor}.${model.computeMinor}`],
  }
}
