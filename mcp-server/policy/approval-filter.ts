import type { ApprovalState } from '#contract'
import { and, eq, or, type SQL, sql } from '#db/drizzle.ts'
import { approvals } from '#db/schema/core.ts'

export interface ApprovalFilter {
  state?: ApprovalState | undefined
  /** Id of who asked */
  actor?: string | undefined
  /** A part of the name of who asked or decided */
  person?: string | undefined
  conversation?: string | undefined
  tool?: string | undefined
  cluster?: string | undefined
  /** Stands in the plan, the title or a reason */
  text?: string | undefined
  /** Those that undo this one */
  rollsBack?: string | undefined
  limit: number
}

/** A pattern for LIKE that finds `text` as it stands inside JSON that is kept as text. */
const inside = (text: string, before = '', after = '') =>
  `%${`${before}${JSON.stringify(text).slice(1, -1)}${after}`.replaceAll(/[\\%_]/g, '\\$&')}%`

/** Plans and people are kept as the text of their JSON, which is found in as text. */
export function wanted(filter: Omit<ApprovalFilter, 'limit'>): SQL | undefined {
  const { state, actor, person, conversation, tool, cluster, text, rollsBack } = filter
  const same = <T>(value: T | undefined, of: (value: T) => SQL) => (value === undefined ? undefined : of(value))
  return and(
    same(state, (value) => eq(approvals.state, value)),
    same(actor, (value) => eq(approvals.actorId, value)),
    same(conversation, (value) => eq(approvals.conversation, value)),
    same(tool, (value) => eq(approvals.tool, value)),
    same(rollsBack, (value) => eq(approvals.rollsBack, value)),
    same(cluster, (value) => sql`${approvals.plan} like ${inside(value, '"cluster":"', '"')}`),
    same(
      person,
      (value) =>
        or(
          sql`${approvals.actor} ilike ${inside(value, '"name":"')}`,
          ...[approvals.decidedBy, approvals.firstBy, approvals.cancelledBy].map(
            (column) => sql`${column} ilike ${inside(value)}`,
          ),
        )!,
    ),
    same(
      text,
      (value) =>
        or(
          ...[approvals.title, approvals.plan, approvals.reason].map((column) => sql`${column} ilike ${inside(value)}`),
        )!,
    ),
  )
}
