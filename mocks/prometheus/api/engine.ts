import type { RuleGroup } from '../rules.ts'
import type { Storage } from '../select.ts'
import type { RangeMode, SeriesSource } from '../types.ts'

/** What the endpoints of one mock server share. */
export interface Engine {
  source: SeriesSource
  cluster: string
  /** Milliseconds since the epoch: the world's clock. */
  now(): number
  mode: RangeMode
  startedMs: number
  ruleGroups(): RuleGroup[]
}

/** An answer's `data`, with the warnings that go beside it. */
export interface Reply {
  data: unknown
  warnings?: string[]
}

export type Endpoint = (params: URLSearchParams, engine: Engine) => Reply

export const defaultLookbackMs = 300_000

export const storageOf = (engine: Engine, lookbackMs = defaultLookbackMs): Storage => ({
  source: engine.source,
  cluster: engine.cluster,
  mode: engine.mode,
  nowMs: engine.now(),
  lookbackMs,
})

/** Keeps the first `limit` items; 3.x says so in a warning. */
export function limited<Item>(items: Item[], limit: number | undefined): { items: Item[]; warnings?: string[] } {
  if (!limit || items.length <= limit) return { items }
  return { items: items.slice(0, limit), warnings: ['results truncated due to limit'] }
}
