import { models } from '../tools/models/catalogue.ts'
import type { Fit } from '../tools/models/fit/fit.ts'
import { placeIn } from '../tools/models/fit/placement.ts'
import { atMost, type Measure, median, rounded, timed } from './measure.ts'

const clusters = 10
const rounds = 21
const kinds: [string, number][] = [
  ['NVIDIA L40S', 46_068],
  ['NVIDIA A100 SXM4 80GB', 81_920],
  ['NVIDIA H100 80GB HBM3', 81_559],
  ['NVIDIA H200', 143_771],
]

/** Sixteen GPU nodes of four kinds, with more or less free. */
const roomsOf = (cluster: number) =>
  Array.from({ length: 16 }, (_, node) => {
    const [gpuModel, gpuMemoryMib] = kinds[node % kinds.length]!
    const free = { cpuCores: 100, memoryBytes: 2 ** 40, gpus: (node * 3 + cluster) % 9 }
    return { name: `node-${cluster}-${node}`, gpuModel, gpuMemoryMib, gpus: 8, gpuOnly: true, free }
  })

export const modelFit: Measure = {
  id: 'model-fit',
  title: 'Fit of 25 models over 10 clusters with four kinds of GPU each, the reading of the clusters left out',
  async run() {
    const wanted = models().slice(-25)
    const fleet = Array.from({ length: clusters }, (_, index) => ({ cluster: `c${index}`, rooms: roomsOf(index) }))
    const prices = {
      source: 'bench',
      asOf: '2026-11-20',
      gpuHourUsdCents: { L40S: 90, A100: 180, H100: 250, H200: 400 },
    }
    let found = 0
    const once = async () => {
      found = 0
      for (const model of wanted) {
        const known = new Map<string, Fit>()
        for (const { cluster, rooms } of fleet)
          found += placeIn(rooms, { cluster, model, prices, known, parallelism: 'auto' })?.placements.length ?? 0
      }
    }
    await once()
    const took: number[] = []
    for (let round = 0; round < rounds; round++) took.push((await timed(once)).tookMs)
    const expected = wanted.length * clusters * kinds.length
    return [
      { name: 'all of them', value: rounded(median(took), 1), unit: 'ms', target: atMost(50) },
      { name: 'placements missing', value: expected - found, target: atMost(0), comparedWith: `${expected} weighed` },
    ]
  },
}
