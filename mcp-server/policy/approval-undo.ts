import { type Answer, ToolError } from '#contract'
import type { Tool } from '#define'
import type { ApprovalRow } from './approval-row.ts'

export interface Undo {
  tool: string
  input: unknown
}

/** The call that undoes a change that succeeded, where its tool knows one and it was not undone yet. */
export function undoOf(row: ApprovalRow, tool: Tool | undefined): Undo | undefined {
  if (row.state !== 'succeeded' || row.rolledBackBy !== undefined || tool?.undo === undefined) return undefined
  const outcome = row.outcome as Answer | undefined
  return tool.undo(row.input as never, {
    guard: row.plan.guard,
    outcome: outcome?.data ?? {},
    ...(outcome?.subject !== undefined && { subject: outcome.subject }),
  })
}

/** Whether it may still run. */
export const isOpen = ({ state, expiresAt }: ApprovalRow, now: Date): boolean =>
  state === 'scheduled' || state === 'running' || (state === 'pending' && new Date(expiresAt) > now)

export function cannotUndo(row: ApprovalRow): ToolError {
  const why =
    row.rolledBackBy !== undefined
      ? 'it was rolled back already'
      : row.state === 'succeeded'
        ? 'its tool knows no single way back'
        : `it is ${row.state}`
  return new ToolError('conflict', `"${row.title}" cannot be rolled back: ${why}`, {
    next: row.plan.rollback ?? 'Ask for the change that puts it back.',
    changed: 'nothing',
  })
}
