import type { ErrorCode, Risk } from '#contract'
import type { LazyDatabase } from '#db/open.ts'
import type { Actor, AuditRow } from '#define'

export type Decision = 'allowed' | 'denied' | 'asked' | 'approved'

/** One call as it is remembered. `input` is redacted and bounded by the caller. */
export interface AuditEntry {
  at: Date
  actor: Pick<Actor, 'id' | 'name' | 'kind' | 'role'>
  persona?: string
  client?: string
  conversation?: string
  tool: string
  risk: Risk
  inputDigest: string
  input?: unknown
  planDigest?: string
  decision: Decision
  outcome: 'ok' | ErrorCode
  durationMs: number
  approval?: string
  traceId?: string
  clusters?: readonly string[]
}

export interface AuditFilter {
  tool?: string
  actor?: string
  since?: Date
  limit: number
}

export interface Audit {
  /** Resolves when the entry is safe in the chain, or in the spool while the embedded database was never opened. */
  append(entry: AuditEntry): Promise<void>
  /** Newest first */
  list(filter: AuditFilter): Promise<AuditRow[]>
  /** Recomputes the chain; `brokenAt` is the first sequence number that does not fit. */
  verify(): Promise<{ ok: boolean; brokenAt?: number }>
  /** Moves spooled entries (own and those of processes that ended) into the chain; answers how many. */
  drain(): Promise<number>
}

export declare function createAudit(options: { database: LazyDatabase; spoolFile?: string; now: () => Date }): Audit
