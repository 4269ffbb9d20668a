import { type ApprovalPayload, isToolError, type Plan, ToolError } from '#contract'
import type { Actor, Tool } from '#define'
import type { ApprovalFilter } from './approval-filter.ts'
import type { NewGrant } from './approval-grants.ts'
import { newApproval } from './approval-new.ts'
import type { ApprovalParts, ApprovalPolicy, Decision } from './approval-policy.ts'
import { checkDecider } from './approval-rights.ts'
import { secondRefusal } from './approval-row.ts'
import { createRuns } from './approval-run.ts'
import { createShown } from './approval-shown.ts'
import type { ApprovalRow, Yes } from './approval-store.ts'
import { targetOf } from './approval-target.ts'
import { cannotUndo, isOpen, undoOf } from './approval-undo.ts'
import { refuseHopeless } from './plan-checks.ts'

export type { ApprovalPolicy } from './approval-policy.ts'

/** Changes are approved by people: ask, decide, take back, undo. What runs, and when: `approval-run.ts`. */
export function createApprovals(parts: ApprovalParts): ApprovalPolicy {
  const { store, grants, registry, metrics, now } = parts
  const { card, fullCard, coverable, url } = createShown(parts)
  const { run, replace, hasMoved, planned, refuseAltered, applyNow, recover } = createRuns(parts)
  const count = (tool: string, decision: string) => metrics.approvals.inc({ tool, decision })

  async function ask({ tool, input, plan, actor }: { tool: Tool; input: unknown; plan: Plan; actor: Actor }) {
    refuseHopeless(plan)
    const asked = newApproval(parts, tool, { input, plan, actor })
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
    const asked = await store.create({
      ...newApproval(parts, tool, { input: settled, plan, actor: asker }),
      rollsBack: id,
    })
    count(tool.name, 'asked')
    return card(asked)
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
