import type { Figure } from '../figures.ts'

/** The fixed argument lists that are run in driver pods. Nothing of a caller goes into them. */

/** The thirteen columns of GPU-006, in its order: every driver since 418 knows them. */
const contracted = [
  'index',
  'uuid',
  'name',
  'driver_version',
  'memory.total',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'utilization.memory',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'fan.speed',
] as const

/** What else is worth one call. A driver that knows one of them not refuses the whole query. */
export const moreColumns: Record<string, Figure | 'mig' | 'bus'> = {
  'pci.bus_id': 'bus',
  'temperature.memory': 'memoryTemperatureC',
  'clocks.sm': 'smClockMhz',
  'clocks.max.sm': 'smClockMaxMhz',
  'clocks_event_reasons.active': 'throttleMask',
  'ecc.mode.current': 'eccModeOn',
  'ecc.errors.corrected.volatile.total': 'eccCorrectedVolatile',
  'ecc.errors.uncorrected.volatile.total': 'eccUncorrectedVolatile',
  'ecc.errors.corrected.aggregate.total': 'eccCorrectedAggregate',
  'ecc.errors.uncorrected.aggregate.total': 'eccUncorrectedAggregate',
  'remapped_rows.correctable': 'remappedCorrectable',
  'remapped_rows.uncorrectable': 'remappedUncorrectable',
  'remapped_rows.pending': 'remapPending',
  'remapped_rows.failure': 'remapFailed',
  'retired_pages.single_bit_ecc.count': 'retiredSingleBit',
  'retired_pages.double_bit.count': 'retiredDoubleBit',
  'retired_pages.pending': 'retiredPending',
  'pcie.link.gen.current': 'pcieGen',
  'pcie.link.gen.max': 'pcieGenMax',
  'pcie.link.width.current': 'pcieWidth',
  'pcie.link.width.max': 'pcieWidthMax',
  persistence_mode: 'persistenceOn',
  'mig.mode.current': 'mig',
}

export const fewColumns: readonly string[] = contracted
export const allColumns: readonly string[] = [...contracted, ...Object.keys(moreColumns)]
export const appColumns = ['gpu_uuid', 'pid', 'process_name', 'used_gpu_memory'] as const

const format = '--format=csv,noheader,nounits'
export const commands = {
  all: ['nvidia-smi', `--query-gpu=${allColumns.join(',')}`, format],
  few: ['nvidia-smi', `--query-gpu=${fewColumns.join(',')}`, format],
  apps: ['nvidia-smi', `--query-compute-apps=${appColumns.join(',')}`, format],
  xml: ['nvidia-smi', '-q', '-x'],
} as const
