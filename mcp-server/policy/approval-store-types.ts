import type { ApprovalState } from '#contract'
import type { ApprovalFilter } from './approval-filter.ts'
import type { GrantUse, NewGrant } from './approval-grants.ts'
import type { ApprovalRow, NewApproval } from './approval-row.ts'

/** A person's yes. */
export interface Yes {
  by: string
  /** Id of the person; two with one name are two. Default: the name */
  byId?: string
  /** Allows the same again for an hour */
  grant?: NewGrant
}

export interface ApprovalStore {
  /** Errors: those of supersede, when it replaces another one */
  create(approval: NewApproval): Promise<ApprovalRow>
  /** ToolError not-found */
  get(id: string): Promise<ApprovalRow>
  /** Runs at once under a grant that covers it, recorded like every other: → running. Undefined where none does. */
  createGranted(approval: NewApproval, use: GrantUse): Promise<ApprovalRow | undefined>
  /** Newest first */
  list(filter: ApprovalFilter): Promise<ApprovalRow[]>
  /** How many there are in each state, whatever state the filter names */
  counts(filter: Omit<ApprovalFilter, 'limit' | 'state'>): Promise<Partial<Record<ApprovalState, number>>>
  /** Notes the first yes of two. ToolError as claim, permission-denied for the same person again */
  first(id: string, yes: Yes): Promise<ApprovalRow>
  /** pending → running, exactly once. ToolError not-found, approval-used, approval-expired, permission-denied without another person's yes where two are needed */
  claim(id: string, yes: Yes): Promise<ApprovalRow>
  /** pending → scheduled: it runs in `waitMs`, and can be cancelled until it does. The same errors as claim. */
  schedule(id: string, yes: Yes, waitMs: number): Promise<ApprovalRow>
  /** scheduled → running, exactly once and not before its time. The same errors as claim. */
  start(id: string): Promise<ApprovalRow>
  /** scheduled → cancelled. The same errors as claim. */
  cancel(id: string, decision: { by: string }): Promise<ApprovalRow>
  /** Scheduled ones whose time has come, oldest first */
  due(): Promise<ApprovalRow[]>
  /** pending → denied. The same errors as claim. */
  deny(id: string, decision: { by: string; reason?: string }): Promise<ApprovalRow>
  /** pending or scheduled → expired for all whose time is over; answers how many. */
  expireDue(at?: Date): Promise<number>
  /** pending or scheduled → superseded. The same errors as claim. */
  supersede(id: string, newId: string, changes: string[]): Promise<ApprovalRow>
  /** running → the end. ToolError not-found, approval-used when it is not running */
  finish(
    id: string,
    end: { state: 'succeeded' | 'failed' | 'interrupted'; outcome?: Record<string, unknown>; reason?: string },
  ): Promise<ApprovalRow>
  /** Running since before `startedBefore`: cut off by a crash when nobody can still be working on them. Oldest first. */
  interruptedSince(startedBefore: Date): Promise<ApprovalRow[]>
  /** Takes over an interrupted run: only one process gets it. Undefined when another one did. */
  takeOver(row: ApprovalRow): Promise<ApprovalRow | undefined>
}
