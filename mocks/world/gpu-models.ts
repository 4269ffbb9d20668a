/** A GPU as the exporters name it. Memory is what DCGM reports as the framebuffer total. */
export interface GpuModel {
  id: string
  /** `modelName` of dcgm-exporter; the GFD product label is the same with dashes for spaces. */
  modelName: string
  memoryMib: number
  powerLimitW: number
  idlePowerW: number
  smClockMhz: number
  memoryClockMhz: number
  family: string
  computeMajor: number
  computeMinor: number
  machine: string
  /** Reference price, US cents per GPU hour. */
  hourUsdCents: number
}

const MODELS = [
  ['h100-sxm', 'NVIDIA H100 80GB HBM3', 81559, 700, 71, 1980, 2619, 'hopper', 9, 0, 'DGXH100', 295],
  ['h200-sxm', 'NVIDIA H200', 143771, 700, 76, 1980, 3201, 'hopper', 9, 0, 'HGX-H200', 379],
  ['a100-sxm-80', 'NVIDIA A100-SXM4-80GB', 81920, 400, 62, 1410, 1593, 'ampere', 8, 0, 'DGXA100-920-23687', 179],
  ['l40s', 'NVIDIA L40S', 46068, 350, 34, 2520, 9001, 'ada-lovelace', 8, 9, 'PowerEdge-R760xa', 99],
  ['l4', 'NVIDIA L4', 23034, 72, 17, 2040, 6251, 'ada-lovelace', 8, 9, 'PowerEdge-XR8620t', 49],
] as const

export const GPU_MODELS: readonly GpuModel[] = MODELS.map((row) => ({
  id: row[0],
  modelName: row[1],
  memoryMib: row[2],
  powerLimitW: row[3],
  idlePowerW: row[4],
  smClockMhz: row[5],
  memoryClockMhz: row[6],
  family: row[7],
  computeMajor: row[8],
  computeMinor: row[9],
  machine: row[10],
  hourUsdCents: row[11],
}))

export function gpuModel(id: string): GpuModel {
  const model = GPU_MODELS.find((candidate) => candidate.id === id)
  if (!model) throw new Error(`no GPU model ${id}`)
  return model
}

export function gfdProduct(model: GpuModel): string {
  return model.modelName.replaceAll(' ', '-')
}
