import { type Answer, isToolError, type Plan, ToolError } from '#contract'
import type { Tool } from '#define'
import type { Answered } from '../call.ts'
import { newApproval } from './approval-new.ts'
import type { ApprovalParts } from './approval-policy.ts'
import type { ApprovalRow } from './approval-store.ts'
import { digest } from './digest.ts'
import { guardChanges, refuseHopeless } from './plan-checks.ts'

/** From a yes to an outcome: plan again, refuse what moved or was altered, run once, and heal what a crash cut off. */
export function createRuns(parts: ApprovalParts) {
  const { store, registry, redactor, metrics, now } = parts
  const count = (tool: string, decision: string) => metrics.approvals.inc({ tool, decision })

  async function run(row: ApprovalRow): Promise<{ row: ApprovalRow; answered: Answered }> {
    const answered = await parts.execute(row)
    return { row: await end(row, answered.answer), answered }
  }

  function end(row: ApprovalRow, answer: Answer): Promise<ApprovalRow> {
    const failed = answer.error !== undefined
    count(row.tool, failed ? 'failed' : 'succeeded')
    return store.finish(row.id, {
      state: failed ? 'failed' : 'succeeded',
      outcome: answer,
      ...(answer.error && { reason: answer.error.message }),
    })
  }

  /** Something the plan rests on moved: the old approval dies, a new one says what changed. */
  async function replace(row: ApprovalRow, { tool, plan }: { tool: Tool; plan: Plan }): Promise<ApprovalRow> {
    const changes = guardChanges(row.plan.guard, plan.guard)
    await store.create({
      ...newApproval(parts, tool, { input: row.input, plan, actor: row.actor }),
      ...(row.rollsBack !== undefined && { rollsBack: row.rollsBack }),
      supersedes: row.id,
      changes,
    })
    count(row.tool, 'superseded')
    return store.get(row.id)
  }

  const hasMoved = (row: ApprovalRow, plan: Plan) => digest(plan.guard) !== row.guardDigest
  const isAltered = (row: ApprovalRow) => digest(row.input) !== row.inputDigest

  /** As it would be planned now. @throws where it cannot work any more */
  async function planned(row: ApprovalRow): Promise<Plan> {
    const { input: _, ...plan } = await parts.replan(row)
    refuseHopeless(plan)
    return plan
  }

  /** The row that would run is not the one that was asked for: somebody wrote into the table. */
  function refuseAltered(row: ApprovalRow): void {
    if (!isAltered(row)) return
    throw new ToolError('approval-stale', 'What is stored is not what was planned: it is not run', {
      next: 'Ask for the change again, and look who can write to the database.',
      changed: 'nothing',
    })
  }

  /** The time to cancel is over: plan once more, and run what still stands. Never throws: nobody waits for it. */
  async function applyNow({ id }: ApprovalRow): Promise<boolean> {
    try {
      const row = await store.get(id)
      if (row.state !== 'scheduled') return false
      const { tool } = registry.find(row.tool)
      let plan: Plan
      try {
        refuseAltered(row)
        plan = await planned(row)
      } catch (error) {
        await end(await store.start(id), redactor.value(failedBefore(error, now())))
        return true
      }
      if (hasMoved(row, plan)) await replace(row, { tool, plan })
      else await run(await store.start(id))
      return true
    } catch (error) {
      // cancelled at the last moment, or another process has it
      if (!isToolError(error)) parts.log.error({ error, approval: id }, 'an approved change could not be run')
      return false
    }
  }

  /** Approved, and nobody ran it when its time came. */
  async function applyDue(): Promise<number> {
    let applied = 0
    for (const row of await store.due()) if (await applyNow(row)) applied++
    return applied
  }

  async function recover(startedBefore: Date): Promise<number> {
    let healed = await applyDue()
    for (const cut of await store.interruptedSince(startedBefore)) {
      const row = await store.takeOver(cut)
      if (!row) continue
      healed++
      const tool = registry.all().find((one) => one.tool.name === row.tool)?.tool
      parts.log.warn(
        { approval: row.id, tool: row.tool, again: tool?.afterCrash === 'rerun' },
        'a change was cut off by a crash',
      )
      if (tool?.afterCrash === 'rerun') await run(row)
      else
        await store.finish(row.id, {
          state: 'interrupted',
          reason: 'The server stopped between acting and recording: look at the target before asking again',
        })
    }
    return healed
  }

  return { run, replace, hasMoved, planned, refuseAltered, applyNow, recover }
}

/** Why a change that was approved did not run after all. */
function failedBefore(error: unknown, at: Date): Answer {
  const told = isToolError(error)
    ? new ToolError(error.code, `${error.message}. Found right before it would have run`, error.options)
    : new ToolError('internal', 'It could not be planned again right before it would have run', {
        next: 'Ask for the change again.',
      })
  return { card: 'error', error: { ...told.toPayload(), changed: 'nothing' }, at: at.toISOString() }
}
