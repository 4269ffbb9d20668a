import type { CardKind } from '#contract'
import type { LazyDatabase } from '#db/open.ts'

export interface NewResult {
  owner: string
  tool: string
  card: CardKind
  data: Record<string, unknown>
  /** When the facts were read, ISO 8601 */
  at: string
}

export interface StoredResult extends NewResult {
  id: string
  expiresAt: string
}

export interface Results {
  /** ToolError payload-too-large above `maxBytes` of JSON */
  put(result: NewResult): Promise<string>
  /** ToolError result-expired, the same for unknown ids, other owners and results past their time */
  get(id: string, owner: string): Promise<StoredResult>
  /** Deletes what is past its time; answers how many. */
  prune(): Promise<number>
}

export declare function createResults(options: {
  database: LazyDatabase
  now: () => Date
  ttlMs?: number
  /** Largest single result, default 8 MiB */
  maxBytes?: number
  /** Bound of the memory store, default 64 MiB */
  memoryBytes?: number
}): Results
