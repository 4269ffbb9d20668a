import type { Plan } from '#contract'
import type { Actor, Tool } from '#define'
import type { ApprovalParts } from './approval-policy.ts'
import { digest } from './digest.ts'
import { boundPlan } from './plan-checks.ts'

export interface Asking {
  input: unknown
  plan: Plan
  actor: Actor
}

/** What is stored when a change is asked for: the input as it will run, the plan as people see it, and the digests of both. */
export function newApproval(
  parts: Pick<ApprovalParts, 'redactor' | 'secondPerson' | 'ttlMs' | 'now'>,
  tool: Tool,
  asked: Asking,
) {
  const { input, plan, actor } = asked
  const shown = boundPlan(parts.redactor.value(plan))
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
    expiresAt: new Date(parts.now().getTime() + parts.ttlMs),
  }
}
