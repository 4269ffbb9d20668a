import { type Answer, type ApprovalPayload, type Plan, ToolError } from '#contract'
import type { Actor, Logger, Tool } from '#define'
import type { Metrics } from '../record/metrics.ts'
import type { Registry } from '../registry.ts'
import { hasRole, roleFor } from './allow.ts'
import { type ApprovalRow, type ApprovalStore, approvalCard } from './approval-store.ts'
import { digest } from './digest.ts'
import type { Redactor } from './redact.ts'

export interface Decision {
  id: string
  approve: boolean
  reason?: string | undefined
  typedName?: string | undefined
  actor: Actor
}

export interface ApprovalPolicy {
  ask(request: { tool: Tool; input: unknown; plan: Plan; actor: Actor }): Promise<ApprovalPayload>
  /** Deny, or plan again and run the stored input. Answers the approval as it stands afterwards. */
  decide(decision: Decision): Promise<ApprovalPayload>
  get(id: string): Promise<ApprovalPayload>
  list(filter: { state?: string | undefined; limit: number }): Promise<ApprovalPayload[]>
  /** After a crash: run again what is idempotent, mark the rest as interrupted */
  recover(startedBefore: Date): Promise<number>
}

export interface ApprovalParts {
  store: ApprovalStore
  registry: Registry
  redactor: Redactor
  metrics: Metrics
  now: () => Date
  log: Logger
  ttlMs: number
  /** Where people decide, for example http://localhost:3000 */
  pageUrl: () => string | undefined
  /** Plan again as the one who asked */
  replan(row: ApprovalRow): Promise<Plan>
  /** Run the stored input under this approval */
  execute(row: ApprovalRow): Promise<Answer>
}

/** A plan whose own checks say that it cannot work bothers nobody. */
function refuseHopeless(plan: Plan): void {
  const failing = plan.checks.filter(({ state }) => state === 'fail')
  if (failing.length === 0) return
  throw new ToolError(
    'does-not-fit',
    failing.map(({ label, detail }) => (detail ? `${label}: ${detail}` : label)).join('; '),
    {
      next: 'Change the request so that these checks pass, then ask again',
      details: { checks: failing },
      changed: 'nothing',
    },
  )
}

/** Changes are approved by people: ask, decide, plan again, run the stored input, once. */
export function createApprovals(parts: ApprovalParts): ApprovalPolicy {
  const { store, registry, redactor, metrics, now } = parts
  const url = (id: string) => {
    const base = parts.pageUrl()
    return base === undefined ? undefined : `${base}/approvals/${id}`
  }
  const card = (row: ApprovalRow) => approvalCard(row, url(row.id))
  const count = (tool: string, decision: string) => metrics.approvals.inc({ tool, decision })

  const newApproval = (tool: Tool, { input, plan, actor }: { input: unknown; plan: Plan; actor: Actor }) => {
    const shown = boundPlan(redactor.value(plan))
    return {
      tool: tool.name,
      title: tool.title,
      risk: tool.risk as 'change' | 'danger',
      input,
      inputDigest: digest(input),
      plan: shown,
      planDigest: digest(plan),
      guardDigest: digest(plan.guard),
      actor,
      ...(actor.persona !== undefined && { persona: actor.persona }),
      ...(actor.conversation !== undefined && { conversation: actor.conversation }),
      expiresAt: new Date(now().getTime() + parts.ttlMs),
    }
  }

  async function ask({ tool, input, plan, actor }: { tool: Tool; input: unknown; plan: Plan; actor: Actor }) {
    refuseHopeless(plan)
    const row = await store.create(newApproval(tool, { input, plan, actor }))
    count(tool.name, 'asked')
    return card(row)
  }

  async function run(row: ApprovalRow): Promise<ApprovalPayload> {
    const answer = await parts.execute(row)
    const failed = answer.error !== undefined
    count(row.tool, failed ? 'failed' : 'succeeded')
    const ended = await store.finish(row.id, {
      state: failed ? 'failed' : 'succeeded',
      outcome: answer,
      ...(answer.error && { reason: answer.error.message }),
    })
    return card(ended)
  }

  /** Something the plan rests on moved: the old approval dies, a new one says what changed. */
  async function replace(row: ApprovalRow, { tool, plan }: { tool: Tool; plan: Plan }): Promise<ApprovalPayload> {
    const changes = guardChanges(row.plan.guard, plan.guard)
    await store.create({
      ...newApproval(tool, { input: row.input, plan, actor: row.actor }),
      supersedes: row.id,
      changes,
    })
    count(row.tool, 'superseded')
    return card(await store.get(row.id))
  }

  async function decide({ id, approve, reason, typedName, actor }: Decision): Promise<ApprovalPayload> {
    if (actor.kind !== 'human')
      throw new ToolError('permission-denied', 'Only a person can decide an approval', {
        next: `A person decides ${url(id) ? `at ${url(id)}` : 'on the approvals page'}`,
        changed: 'nothing',
      })
    const row = await store.get(id)
    const { tool } = registry.find(row.tool)
    const needed = roleFor(tool)
    if (!hasRole(actor, needed))
      throw new ToolError(
        'permission-denied',
        `Deciding on ${row.title} needs the role ${needed}; ${actor.name} is ${actor.role}`,
        {
          next: `Ask someone with the role ${needed}`,
          changed: 'nothing',
        },
      )
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
    if (row.state !== 'pending' || new Date(row.expiresAt) <= now()) {
      // claim knows which of used and expired it is, and says it
      await store.claim(id, { by: actor.name })
    }
    const plan = await parts.replan(row)
    refuseHopeless(plan)
    if (digest(plan.guard) !== row.guardDigest) return replace(row, { tool, plan })
    return run(await store.claim(id, { by: actor.name }))
  }

  async function recover(startedBefore: Date): Promise<number> {
    let healed = 0
    for (const cut of await store.interruptedSince(startedBefore)) {
      const row = await store.takeOver(cut)
      if (!row) continue
      healed++
      const tool = registry.all().find((entry) => entry.tool.name === row.tool)?.tool
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
    recover,
    get: async (id) => card(await store.get(id)),
    list: async ({ state, limit }) => {
      await store.expireDue(now())
      const rows = await store.list({ ...(state !== undefined && { state: state as ApprovalRow['state'] }), limit })
      return rows.map(card)
    },
  }
}

/** A card must fit an answer: long diffs are cut, the digest still covers the whole plan. */
function boundPlan(plan: Plan): Plan {
  const room = 5_000
  return {
    ...plan,
    steps: plan.steps.slice(0, 20),
    checks: plan.checks.slice(0, 20),
    ...(plan.diff !== undefined && {
      diff:
        plan.diff.length <= room
          ? plan.diff
          : `${plan.diff.slice(0, plan.diff.lastIndexOf('\n', room))}\n… cut: ${plan.diff.length} characters in all`,
    }),
  }
}

function guardChanges(before: Record<string, string>, after: Record<string, string>): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}: ${before[key] ?? 'absent'} → ${after[key] ?? 'absent'}`)
}
