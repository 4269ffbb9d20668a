import { type Answer, type ApprovalPayload, isToolError, type Plan, ToolError } from '#contract'
import type { Actor, Tool } from '#define'
import type { Answered } from '../call.ts'
import type { ApprovalFilter } from './approval-filter.ts'
import type { NewGrant, StoredGrant } from './approval-grants.ts'
import type { ApprovalParts, ApprovalPolicy, Decision } from './approval-policy.ts'
import { checkDecider } from './approval-rights.ts'
import { secondRefusal } from './approval-row.ts'
import { type ApprovalRow, approvalCard, type Yes } from './approval-store.ts'
import { targetOf } from './approval-target.ts'
import { cannotUndo, isOpen, undoOf } from './approval-undo.ts'
import { digest } from './digest.ts'
import { boundPlan, guardChanges, refuseHopeless } from './plan-checks.ts'

export type { ApprovalPolicy } from './approval-policy.ts'

/** Changes are approved by people: ask, decide, plan again, run the stored input, once. */
export function createApprovals(parts: ApprovalParts): ApprovalPolicy {
  const { store, grants, registry, redactor, metrics, now } = parts
  const url = (id: string) => {
    const base = parts.pageUrl()
    return base === undefined ? undefined : `${base}/approvals/${id}`
  }
  const toolOf = (row: ApprovalRow) => registry.all().find(({ tool }) => tool.name === row.tool)?.tool
  const count = (tool: string, decision: string) => metrics.approvals.inc({ tool, decision })

  /** What a yes for an hour would cover; undefined where only this once is possible. */
  function coverable(row: ApprovalRow) {
    const tool = toolOf(row)
    const isAgents = row.actor.kind === 'agent' && row.conversation !== undefined
    return tool && isAgents && !row.needsSecond && row.rollsBack === undefined ? targetOf(tool, row) : undefined
  }

  function card(row: ApprovalRow, grant?: StoredGrant): ApprovalPayload {
    const target = row.state === 'pending' ? coverable(row)?.words : undefined
    return {
      ...approvalCard(row, url(row.id)),
      ...(target !== undefined && { target }),
      ...(undoOf(row, toolOf(row)) && { canRollBack: true }),
      ...(grant && { grant: grantCard(grant) }),
    }
  }
  const fullCard = async (row: ApprovalRow) => card(row, await grants.givenWith(row.id))

  const newApproval = (tool: Tool, { input, plan, actor }: { input: unknown; plan: Plan; actor: Actor }) => {
    const shown = boundPlan(redactor.value(plan))
    const risk = tool.risk as 'change' | 'danger'
    return {
      ...{ tool: tool.name, title: tool.title, risk, input, actor },
      inputDigest: digest(input),
      plan: shown,
      planDigest: digest(plan),
      guardDigest: digest(plan.guard),
      ...(actor.persona !== undefined && { persona: actor.persona }),
      ...(actor.conversation !== undefined && { conversation: actor.conversation }),
      needsSecond: parts.secondPerson === 'all' || parts.secondPerson === risk,
      expiresAt: new Date(now().getTime() + parts.ttlMs),
    }
  }

  async function ask({ tool, input, plan, actor }: { tool: Tool; input: unknown; plan: Plan; actor: Actor }) {
    refuseHopeless(plan)
    const asked = newApproval(tool, { input, plan, actor })
    const granted = await underGrant(tool, asked)
    if (granted) {
      const ran = await run(granted)
      return { approval: card(ran.row), ran: ran.answered }
    }
    const row = await store.create(asked)
    count(tool.name, 'asked')
    return { approval: card(row) }
  }

  async function underGrant(tool: Tool, asked: ReturnType<typeof newApproval>): Promise<ApprovalRow | undefined> {
    const { actor, conversation, plan, input } = asked
    if (actor.kind !== 'agent' || conversation === undefined || asked.needsSecond) return undefined
    const target = targetOf(tool, { input, plan })
    if (!target) return undefined
    const use = { actorId: actor.id, conversation, tool: tool.name, targetDigest: target.digest }
    const row = await store.createGranted(asked, use)
    if (row) count(tool.name, 'granted')
    return row
  }

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
      ...newApproval(tool, { input: row.input, plan, actor: row.actor }),
      ...(row.rollsBack !== undefined && { rollsBack: row.rollsBack }),
      supersedes: row.id,
      changes,
    })
    count(row.tool, 'superseded')
    return store.get(row.id)
  }

  const hasMoved = (row: ApprovalRow, plan: Plan) => digest(plan.guard) !== row.guardDigest
  const isAltered = (row: ApprovalRow) => digest(row.input) !== row.inputDigest

  async function found(id: string, actor: Actor) {
    checkDecider(actor, { risk: 'read' }, { title: 'it', url: url(id) })
    const row = await store.get(id)
    const { tool } = registry.find(row.tool)
    checkDecider(actor, tool, { title: row.title, url: url(id) })
    return { row, tool }
  }

  function grantFor(row: ApprovalRow, actor: Actor): NewGrant {
    const target = coverable(row)
    if (target) return { ...target, grantedById: actor.id, grantedBy: actor.name }
    throw new ToolError('invalid-input', 'This change can only be approved once', {
      field: 'scope',
      next: 'Send scope: "once". Danger, money, credentials and what names no single object are always asked.',
      changed: 'nothing',
    })
  }

  async function decide(decision: Decision): Promise<ApprovalPayload> {
    const { id, approve, reason, typedName, scope, actor, waits } = decision
    const { row, tool } = await found(id, actor)
    if (!approve) {
      const denied = await store.deny(id, { by: actor.name, ...(reason !== undefined && { reason }) })
      count(row.tool, 'denied')
      return card(denied)
    }
    const expected = row.plan.typedName
    if (expected !== undefined && typedName !== expected)
      throw new ToolError('invalid-input', `Type the name ${expected} to approve this`, {
        field: 'typedName',
        next: `Send typedName: "${expected}"`,
        changed: 'nothing',
      })
    const yes: Yes = {
      by: actor.name,
      byId: actor.id,
      ...(scope === 'target-hour' && { grant: grantFor(row, actor) }),
    }
    if (row.state !== 'pending' || new Date(row.expiresAt) <= now()) {
      // claim knows which of used and expired it is, and says it
      await store.claim(id, yes)
    }
    refuseAltered(row)
    if (row.needsSecond && row.firstById === undefined) {
      const first = await store
        .first(id, yes)
        .catch((error) =>
          isToolError(error) && error.code === 'permission-denied' ? undefined : Promise.reject(error),
        )
      if (first) count(row.tool, 'first')
      // somebody else was first at the same moment: this is the second yes
      return first ? card(first) : decide(decision)
    }
    if (row.needsSecond && row.firstById === actor.id) throw secondRefusal(row, actor.name)
    const plan = await planned(row)
    if (hasMoved(row, plan)) return fullCard(await replace(row, { tool, plan }))
    if (parts.cancelMs === 0 || waits) return fullCard((await run(await store.claim(id, yes))).row)
    const scheduled = await store.schedule(id, yes, parts.cancelMs)
    parts.later(parts.cancelMs, () => applyNow(scheduled))
    return fullCard(scheduled)
  }

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

  async function cancel({ id, actor }: { id: string; actor: Actor }): Promise<ApprovalPayload> {
    const { row } = await found(id, actor)
    if (row.state === 'pending')
      throw new ToolError('conflict', 'It was not approved yet, so there is nothing to cancel', {
        next: 'Deny it: decide_approval with approve: false.',
        changed: 'nothing',
      })
    const cancelled = await store.cancel(id, { by: actor.name })
    count(row.tool, 'cancelled')
    return fullCard(cancelled)
  }

  async function rollBack({ id, actor }: { id: string; actor: Actor }): Promise<ApprovalPayload> {
    const { row, tool: done } = await found(id, actor)
    const undo = undoOf(row, done)
    if (!undo) throw cannotUndo(row)
    const open = (await store.list({ rollsBack: id, limit: 10 })).find((one) => isOpen(one, now()))
    if (open) return card(open)
    const { tool } = registry.find(undo.tool)
    checkDecider(actor, tool, { title: tool.title })
    const asker: Actor = { ...actor, ...(row.conversation !== undefined && { conversation: row.conversation }) }
    const input = tool.input.parse(undo.input)
    const { input: settled = input, ...plan } = await parts.replan({ tool: tool.name, input, actor: asker, id })
    refuseHopeless(plan)
    const asked = await store.create({ ...newApproval(tool, { input: settled, plan, actor: asker }), rollsBack: id })
    count(tool.name, 'asked')
    return card(asked)
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
      const tool = toolOf(row)
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

  return {
    ask,
    decide,
    cancel,
    rollBack,
    recover,
    get: async (id) => fullCard(await store.get(id)),
    list: async (filter) => {
      await store.expireDue(now())
      const rows = await store.list(filter as ApprovalFilter)
      return rows.map((row) => card(row))
    },
    counts: (filter) => store.counts(filter),
    grants: {
      active: (filter) => grants.active(filter),
      revoke: async ({ id, actor }) => {
        checkDecider(actor, { risk: 'change' }, { title: 'a grant', url: url('') })
        return grants.revoke(id, actor.name)
      },
    },
  }
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

const grantCard = ({ id, target, expiresAt, revokedAt }: StoredGrant) => ({
  id,
  target,
  until: expiresAt.toISOString(),
  ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
})
