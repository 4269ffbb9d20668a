import type { ApprovalPayload, ApprovalScope, ApprovalState, Plan } from '#contract'
import type { Actor, Logger, Tool } from '#define'
import type { Answered } from '../call.ts'
import type { Metrics } from '../record/metrics.ts'
import type { Registry } from '../registry.ts'
import type { ApprovalFilter } from './approval-filter.ts'
import type { Grants, StoredGrant } from './approval-grants.ts'
import type { ApprovalRow, ApprovalStore } from './approval-store.ts'
import type { Redactor } from './redact.ts'

export interface Decision {
  id: string
  approve: boolean
  reason?: string | undefined
  typedName?: string | undefined
  scope?: ApprovalScope | undefined
  actor: Actor
  /** Somebody waits for the outcome on this call: it runs at once, without the time to cancel */
  waits?: boolean | undefined
}

/** What came of asking: it waits, or it ran under a grant; then with the words for a model. */
export interface Asked {
  approval: ApprovalPayload
  ran?: Answered
}

export interface ApprovalPolicy {
  ask(request: { tool: Tool; input: unknown; plan: Plan; actor: Actor }): Promise<Asked>
  /** Deny, or plan again and run the stored input, after the time to cancel. Answers the approval as it stands afterwards. */
  decide(decision: Decision): Promise<ApprovalPayload>
  /** Takes a yes back before its change runs */
  cancel(request: { id: string; actor: Actor }): Promise<ApprovalPayload>
  /** Asks for the change that undoes this one: a new approval */
  rollBack(request: { id: string; actor: Actor }): Promise<ApprovalPayload>
  get(id: string): Promise<ApprovalPayload>
  list(filter: Omit<ApprovalFilter, 'state'> & { state?: string | undefined }): Promise<ApprovalPayload[]>
  counts(filter: Omit<ApprovalFilter, 'state' | 'limit'>): Promise<Partial<Record<ApprovalState, number>>>
  grants: {
    active(filter: { conversation?: string | undefined }): Promise<StoredGrant[]>
    revoke(request: { id: string; actor: Actor }): Promise<StoredGrant>
  }
  /** After a crash: run what was approved and due, run again what is idempotent, mark the rest as interrupted */
  recover(startedBefore: Date): Promise<number>
}

export interface ApprovalParts {
  store: ApprovalStore
  grants: Grants
  registry: Registry
  redactor: Redactor
  metrics: Metrics
  now: () => Date
  log: Logger
  ttlMs: number
  /** Between a yes and its change; 0: none */
  cancelMs: number
  secondPerson: 'off' | 'danger' | 'all'
  /** Does `work` in `ms`, unless the process ends before */
  later: (ms: number, work: () => Promise<unknown>) => void
  /** Where people decide, for example http://localhost:3000 */
  pageUrl: () => string | undefined
  /** Plan again as the one who asked */
  replan(row: Pick<ApprovalRow, 'id' | 'tool' | 'input' | 'actor'>): Promise<Plan & { input?: unknown }>
  /** Run the stored input under this approval */
  execute(row: ApprovalRow): Promise<Answered>
}
