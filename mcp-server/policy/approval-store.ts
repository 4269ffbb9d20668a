import type { ApprovalPayload, ApprovalState, Plan } from '#contract'
import type { LazyDatabase } from '#db/open.ts'
import type { Actor } from '#define'
import type { Events } from '../events/outbox.ts'

export interface NewApproval {
  tool: string
  title: string
  risk: 'change' | 'danger'
  /** Stored as it will run; never shown */
  input: unknown
  inputDigest: string
  plan: Plan
  planDigest: string
  guardDigest: string
  actor: Actor
  persona?: string
  conversation?: string
  expiresAt: Date
  /** Replaces this pending approval in the same transaction */
  supersedes?: string
  /** What moved since then */
  changes?: string[]
}

export interface ApprovalRow extends Omit<NewApproval, 'expiresAt'> {
  id: string
  state: ApprovalState
  askedAt: string
  expiresAt: string
  decidedBy?: string
  decidedAt?: string
  startedAt?: string
  endedAt?: string
  reason?: string
  supersededBy?: string
  outcome?: Record<string, unknown>
}

export interface ApprovalFilter {
  state?: ApprovalState
  actor?: string
  conversation?: string
  tool?: string
  limit: number
}

export interface ApprovalStore {
  create(approval: NewApproval): Promise<ApprovalRow>
  /** ToolError not-found */
  get(id: string): Promise<ApprovalRow>
  /** Newest first */
  list(filter: ApprovalFilter): Promise<ApprovalRow[]>
  /** pending → running, exactly once. ToolError not-found, approval-used, approval-expired */
  claim(id: string, decision: { by: string }): Promise<ApprovalRow>
  /** pending → denied. The same errors as claim. */
  deny(id: string, decision: { by: string; reason?: string }): Promise<ApprovalRow>
  /** pending → expired for all that are due; answers how many. */
  expireDue(at?: Date): Promise<number>
  /** pending → superseded. The same errors as claim. */
  supersede(id: string, newId: string, changes: string[]): Promise<ApprovalRow>
  /** running → the end. ToolError approval-used when it is not running. */
  finish(
    id: string,
    end: { state: 'succeeded' | 'failed' | 'interrupted'; outcome?: Record<string, unknown>; reason?: string },
  ): Promise<ApprovalRow>
  /** Running since before `startedBefore`: cut off by a crash when nobody can still be working on them. Oldest first. */
  interruptedSince(startedBefore: Date): Promise<ApprovalRow[]>
  /** Takes over an interrupted run: only one process gets it. Undefined when another one did. */
  takeOver(row: ApprovalRow): Promise<ApprovalRow | undefined>
}

export declare function createApprovalStore(options: {
  database: LazyDatabase
  events: Pick<Events, 'commit'>
  now: () => Date
}): ApprovalStore

/** The row as its card shows it: without the stored input and the digests. */
export declare function approvalCard(row: ApprovalRow, url?: string): ApprovalPayload
