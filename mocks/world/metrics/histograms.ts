import { logNormal } from '../curves.ts'
import type { Series } from '../samples.ts'
import type { ServingInfo } from '../serving-info.ts'
import { type Family, histogramNames } from './family.ts'
import { alive, type Kind, pick, type Server } from './servers.ts'

/** Tokens of a typical request. */
export const OUTPUT_TOKENS = 260
export const INPUT_TOKENS = 1150

export interface Shape {
  help: string
  buckets: number[]
  /** Median of ordinary values, how many per request, and how much slower slow and stalled ones are. */
  median: (info: ServingInfo) => number
  perRequest?: number
  slowFactor: number
  stalledFactor: number
  /** How the exporter writes whole bounds: Python's clients say "1.0", Rust's say "1". */
  wholeBounds: 'float' | 'integer'
}

export function histogram(kind: Kind, name: string, shape: Shape): Family {
  return {
    name,
    type: 'histogram',
    help: shape.help,
    names: histogramNames(name),
    series: (scene, wanted) =>
      pick(scene, kind).flatMap((server) =>
        histogramSeries(server, { name, wanted, shape, labels: kind.labelsOf(server) }),
      ),
  }
}

function histogramSeries(
  server: Server,
  { name, wanted, shape, labels }: { name: string; wanted: string; shape: Shape; labels: Record<string, string> },
): Series[] {
  const median = shape.median(server.info)
  const parts = [
    logNormal(median, 0.45),
    logNormal(median * shape.slowFactor, 0.6),
    logNormal(median * shape.stalledFactor, 0.5),
  ] as const
  const per = shape.perRequest ?? 1
  const counts = (atMs: number) => {
    const { quick, slow, stalled } = server.requests(atMs)
    return [quick * per, slow * per, stalled * per] as const
  }
  const sum = (atMs: number, weigh: (part: (typeof parts)[number]) => number) => {
    const [quick, slow, stalled] = counts(atMs)
    return quick * weigh(parts[0]) + slow * weigh(parts[1]) + stalled * weigh(parts[2])
  }
  if (wanted === `${name}_sum`)
    return [{ labels: { __name__: wanted, ...labels }, at: alive(server, (atMs) => sum(atMs, (part) => part.mean)) }]
  if (wanted === `${name}_count`)
    return [{ labels: { __name__: wanted, ...labels }, at: alive(server, (atMs) => Math.floor(sum(atMs, () => 1))) }]
  return [...shape.buckets, Number.POSITIVE_INFINITY].map((bound) => {
    const weights = parts.map((part) => (bound === Number.POSITIVE_INFINITY ? 1 : part.below(bound)))
    return {
      labels: { __name__: wanted, ...labels, le: boundText(bound, shape.wholeBounds) },
      at: alive(server, (atMs) => {
        const { quick, slow, stalled } = server.requests(atMs)
        return Math.floor(per * (quick * weights[0]! + slow * weights[1]! + stalled * weights[2]!))
      }),
    }
  })
}

function boundText(bound: number, whole: Shape['wholeBounds']): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isInteger(bound) && whole === 'float' ? `${bound}.0` : String(bound)
}

const TTFT_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const ITL_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]
const E2E_BUCKETS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]
const TOKEN_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]

export const ttft = (whole: Shape['wholeBounds'], help: string): Shape => ({
  help,
  buckets: TTFT_BUCKETS,
  median: (info) => info.ttftSeconds,
  slowFactor: 3.2,
  stalledFactor: 28,
  wholeBounds: whole,
})
export const itl = (whole: Shape['wholeBounds'], help: string): Shape => ({
  help,
  buckets: ITL_BUCKETS,
  median: (info) => info.itlSeconds,
  perRequest: OUTPUT_TOKENS,
  slowFactor: 1.7,
  stalledFactor: 3,
  wholeBounds: whole,
})
export const e2e = (whole: Shape['wholeBounds'], help: string): Shape => ({
  help,
  buckets: E2E_BUCKETS,
  median: (info) => info.ttftSeconds + info.itlSeconds * OUTPUT_TOKENS,
  slowFactor: 1.9,
  stalledFactor: 5,
  wholeBounds: whole,
})
export const tokens = (help: string, count: number): Shape => ({
  help,
  buckets: TOKEN_BUCKETS,
  median: () => count * 0.8,
  slowFactor: 1.4,
  stalledFactor: 1,
  wholeBounds: 'integer',
})
