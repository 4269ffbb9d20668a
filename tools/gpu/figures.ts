/** Everything one GPU can tell as a number; each may be absent. Flags are 0 or 1. */
export const figureNames = [
  'utilizationPercent',
  'memoryUsedMib',
  'memoryTotalMib',
  'temperatureC',
  'memoryTemperatureC',
  'powerWatts',
  'powerLimitWatts',
  'fanPercent',
  'smClockMhz',
  'smClockMaxMhz',
  'throttleMask',
  'eccModeOn',
  'eccCorrectedVolatile',
  'eccUncorrectedVolatile',
  'eccCorrectedAggregate',
  'eccUncorrectedAggregate',
  'remappedCorrectable',
  'remappedUncorrectable',
  'remapPending',
  'remapFailed',
  'retiredSingleBit',
  'retiredDoubleBit',
  'retiredPending',
  'pcieReplays',
  'pcieGen',
  'pcieGenMax',
  'pcieWidth',
  'pcieWidthMax',
  'nvlinkErrors',
  'nvlinksDown',
  'persistenceOn',
  'recoveryAction',
] as const
export type Figure = (typeof figureNames)[number]
export type Figures = Partial<Record<Figure, number>>

export type Source = 'dcgm' | 'nvidia-smi' | 'labels'

/** Why clocks are held back, as a bit mask. Source: NVML, nvmlClocksEventReasons. */
const throttleBits: [number, string][] = [
  [0x2, 'application clocks'],
  [0x4, 'power cap'],
  [0x8, 'hardware slowdown'],
  [0x10, 'sync boost'],
  [0x20, 'thermal, by software'],
  [0x40, 'thermal, by hardware'],
  [0x80, 'power brake'],
  [0x100, 'display clocks'],
]
export const throttleBit = { powerCap: 0x4, hardware: 0x8, softThermal: 0x20, hardThermal: 0x40, powerBrake: 0x80 }
export const throttleWords = (mask: number | undefined): string[] =>
  throttleBits.filter(([bit]) => ((mask ?? 0) & bit) !== 0).map(([, words]) => words)

/** Value of `recoveryAction`. Source: NVML, nvmlDeviceGpuRecoveryAction. */
export const recoveryActions = ['none', 'GPU reset', 'node reboot', 'drain P2P', 'drain and reset'] as const

/** What the driver holds by itself differs between sources; less than this is no disagreement. */
const tolerance: Partial<Record<Figure, (one: number, other: number) => boolean>> = {
  memoryTotalMib: (one, other) => Math.abs(one - other) <= Math.max(one, other) * 0.02,
  // They are never read at the same moment.
  memoryUsedMib: (one, other) => Math.abs(one - other) <= Math.max(1024, Math.max(one, other) * 0.1),
  utilizationPercent: (one, other) => Math.abs(one - other) <= 50,
  temperatureC: (one, other) => Math.abs(one - other) <= 10,
  memoryTemperatureC: (one, other) => Math.abs(one - other) <= 10,
  powerWatts: (one, other) => Math.abs(one - other) <= Math.max(50, Math.max(one, other) * 0.4),
  powerLimitWatts: (one, other) => Math.abs(one - other) <= 1,
  // A counter goes on between two readings.
  pcieReplays: (one, other) => Math.abs(one - other) <= 100 + Math.max(one, other) * 0.1,
  smClockMhz: () => true,
  throttleMask: () => true,
  nvlinkErrors: () => true,
  pcieGen: () => true,
}
export const agree = (figure: Figure, one: number, other: number): boolean =>
  tolerance[figure]?.(one, other) ?? one === other
