import { createHmac, timingSafeEqual } from 'node:crypto'
import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { type Answer, type ApprovalPayload, answerLimitBytes, type ErrorCode, ToolError } from '#contract'
import type { Actor } from '#define'
import { footer } from '../answer/bound.ts'
import { parseInput } from '../answer/parse.ts'
import { cutToBytes } from '../answer/shrink.ts'
import type { Answered, Road } from '../call-tool.ts'
import { digest } from '../policy/digest.ts'
import type { Registry } from '../registry.ts'

/** The call that an answer to an elicitation, or a fingerprint, must belong to. */
export interface Asked {
  tool: string
  input: unknown
  actor: Actor
}

export interface Tickets {
  issue(kind: 'elicitation' | 'fingerprint', approval: string, asked: Asked): string
  /** The id of the approval, where the ticket was issued for exactly this call of this caller */
  redeem(kind: 'elicitation' | 'fingerprint', ticket: unknown, asked: Asked): string | undefined
}

/**
 * What a client sends back names an approval and is bound to the tool, the arguments and the caller it was given for:
 * a plan that was shown for one call cannot confirm another one.
 */
export function createTickets(secret: string, registry: Registry): Tickets {
  /** `"2"` and `2` are the same argument */
  const meant = ({ tool, input }: Asked): unknown => {
    try {
      return parseInput(registry.find(tool).tool.input, input)
    } catch {
      return input
    }
  }
  const sign = (kind: string, approval: string, asked: Asked) =>
    createHmac('sha256', secret)
      .update(`mcp:${JSON.stringify([kind, approval, asked.tool, digest(meant(asked)), asked.actor.id])}`)
      .digest('base64url')
  return {
    issue: (kind, approval, asked) => `${approval}.${sign(kind, approval, asked)}`,
    redeem(kind, ticket, asked) {
      const [approval = '', mac = ''] = typeof ticket === 'string' ? ticket.split('.') : []
      const [given, right] = [Buffer.from(mac), Buffer.from(sign(kind, approval, asked))]
      return given.length === right.length && timingSafeEqual(given, right) ? approval : undefined
    },
  }
}

/** The form a client shows its user. */
export function elicitation(approval: ApprovalPayload, requestState: string): InputRequiredResult {
  const { plan } = approval
  const lines = [
    `${plan.verb}? ${plan.summary}`,
    ...(approval.changes?.length ? [`Planned again, because something moved: ${approval.changes.join('; ')}`] : []),
    ...plan.steps.map(({ verb, target }) => `- ${verb} ${target}`),
    ...plan.checks.filter(({ state }) => state !== 'pass').map(({ label, detail }) => `! ${label} ${detail ?? ''}`),
  ]
  const name = plan.typedName
  return inputRequired({
    requestState,
    inputRequests: {
      approval: inputRequired.elicit({
        message: cutToBytes(lines.join('\n'), 4_000),
        requestedSchema: {
          type: 'object',
          properties: {
            decision: { type: 'string', enum: ['approve', 'deny'], title: 'Decision', description: plan.verb },
            reason: { type: 'string', title: 'Reason (optional)', maxLength: 500 },
            ...(name !== undefined && { typedName: { type: 'string' as const, title: `Type ${name} to confirm` } }),
          },
          required: ['decision', ...(name !== undefined ? ['typedName'] : [])],
        },
      }),
    },
  })
}

const reply = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z
    .object({ decision: z.string(), reason: z.string().max(500), typedName: z.string().max(253) })
    .partial()
    .optional(),
})

export interface Verdict {
  approve: boolean
  reason?: string
  typedName?: string
}

/** What the user said; undefined where the form was only closed, or the answer is none. */
export function verdictOf(response: unknown): Verdict | undefined {
  const parsed = reply.safeParse(response)
  if (!parsed.success || parsed.data.action === 'cancel') return undefined
  const { action, content } = parsed.data
  const approve = action === 'accept' && content?.decision === 'approve'
  return {
    approve,
    ...(content?.typedName !== undefined && { typedName: content.typedName }),
    ...((content?.reason || !approve) && { reason: content?.reason || 'declined in the client' }),
  }
}

/** Decides as the person behind the client, down the road like every decision, and says how it ended. */
export async function decide(
  { road, registry }: { road: Road; registry: Registry },
  { id, verdict, actor, traceId }: { id: string; verdict: Verdict; actor: Actor; traceId?: string | undefined },
): Promise<Answered & { approval?: ApprovalPayload }> {
  const answered = await road({
    tool: 'decide_approval',
    input: { id, ...verdict },
    actor: { ...actor, kind: 'human' },
    face: 'mcp',
    traceId,
  })
  if (answered.answer.error) return answered
  const approval = answered.answer.data as ApprovalPayload
  const outcome = approval.outcome as Answer | undefined
  const words = `approval ${approval.id}: ${approval.state}${approval.reason ? ` (${approval.reason})` : ''}`
  if (!outcome) return { ...answered, text: words, approval }
  const text = cutToBytes([words, ...told(registry, approval.tool, outcome)].join('\n'), answerLimitBytes)
  return { answer: outcome, text, status: answered.status, approval }
}

/** The outcome in words: the receipt is kept without them. */
function told(registry: Registry, name: string, outcome: Answer): string[] {
  if (outcome.error) return [`next: ${outcome.error.next}`]
  const { tool } = registry.find(name)
  const page = { shown: outcome.shown ?? 0, total: outcome.total ?? 0 }
  return [outcome.data ? tool.text(outcome.data as never, page) : '', footer(outcome)].filter((line) => line !== '')
}

/** A call that cannot go on, as every other error of the road reads. */
export function refusal(code: ErrorCode, { message, next, at }: { message: string; next: string; at: Date }): Answered {
  const error = new ToolError(code, message, { next, changed: 'nothing' })
  return {
    answer: { card: 'error', error: error.toPayload(), at: at.toISOString() },
    text: `error ${code}: ${message}\nnext: ${next}\nNothing was changed.`,
    status: error.status,
  }
}
