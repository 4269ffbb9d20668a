import { readFileSync } from 'node:fs'
import * as z from 'zod'

const file = z.object({
  gpus: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      sm: z.number().nullable(),
      fbTotalMiBTypical: z.number().nullable(),
      memBandwidthGBs: z.number().nullable(),
      gfdProductExample: z.string().nullish(),
    }),
  ),
})

/** What is known of a kind of GPU without asking one. */
export interface GpuFacts {
  id: string
  name: string
  /** As nvidia-smi tells it */
  memoryBytes?: number
  bandwidthBytes?: number
  /** Compute capability times ten: 90 for Hopper */
  computeCapability?: number
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
let byProduct: Map<string, GpuFacts> | undefined

function read(): Map<string, GpuFacts> {
  const text = readFileSync(new URL('../data/gpus.json', import.meta.url), 'utf8')
  return new Map(
    file.parse(JSON.parse(text)).gpus.flatMap((gpu): [string, GpuFacts][] => {
      if (!gpu.gfdProductExample) return []
      const { id, name, sm, fbTotalMiBTypical, memBandwidthGBs } = gpu
      const facts = {
        id,
        name,
        ...(fbTotalMiBTypical && { memoryBytes: fbTotalMiBTypical * 1024 ** 2 }),
        ...(memBandwidthGBs && { bandwidthBytes: memBandwidthGBs * 1e9 }),
        ...(sm && { computeCapability: sm }),
      }
      return [[plain(gpu.gfdProductExample), facts]]
    }),
  )
}

/** By the name its feature discovery gives; undefined for unknown ones. */
export function gpuFacts(gpuModel: string): GpuFacts | undefined {
  byProduct ??= read()
  return byProduct.get(plain(gpuModel))
}

/** Kinds that a sizing shows: each common one once. */
export const commonGpus = (): GpuFacts[] => {
  byProduct ??= read()
  const wanted = ['l4', 'l40s', 'a100-sxm-80', 'h100-sxm', 'h200-sxm', 'b200-sxm', 'b300-sxm']
  return wanted.map((id) => [...byProduct!.values()].find((gpu) => gpu.id === id)!)
}

/** Memory of one GPU whose node does not say it. */
export const gpuMemoryBytes = (gpuModel: string): number | undefined => gpuFacts(gpuModel)?.memoryBytes

/** A slice of a GPU: slices do not talk to each other, so a model must fit on one. */
export const isSlice = (gpuModel: string): boolean => /\bMIG\b/i.test(gpuModel)

/** Kinds of GPU a person may mean by `H100` or `L40S`, the one with the least memory first; empty where none is called so. */
export const gpusCalled = (text: string): GpuFacts[] => {
  byProduct ??= read()
  const wanted = plain(text.replace(/nvidia/i, ''))
  const all = [...byProduct.entries()].filter(([product, { id }]) => product.includes(wanted) || plain(id) === wanted)
  const exact = all.filter(([product, { id }]) => plain(id) === wanted || product === `nvidia${wanted}`)
  const meant = wanted === '' ? [] : exact.length > 0 ? exact : all
  return meant.map(([, gpu]) => gpu).sort((a, b) => (a.memoryBytes ?? 0) - (b.memoryBytes ?? 0))
}

/** Names for a person to choose from. */
export const gpuNames = (): string[] => {
  byProduct ??= read()
  return [...byProduct.values()].map(({ name }) => name)
}
