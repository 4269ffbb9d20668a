import * as z from 'zod'
import { money } from '../money.ts'
import { defineCard } from './card.ts'
import { fact } from './shared.ts'

/** What a change would do, found out without doing it. */
export const plan = z.strictObject({
  summary: z.string().describe('One sentence: what will happen, where'),
  verb: z.string().describe('What the approve button says, for example "Deploy Qwen3-8B"'),
  steps: z.array(z.strictObject({ verb: z.string(), target: z.string(), detail: z.string().optional() })),
  diff: z.string().optional().describe('Unified diff of what changes outside'),
  checks: z.array(
    z.strictObject({ label: z.string(), state: z.enum(['pass', 'warn', 'fail']), detail: z.string().optional() }),
  ),
  impact: z.array(fact).describe('Blast radius: pods, GPUs, users, replicas'),
  costPerHour: money.optional(),
  rollback: z.string().optional().describe('How to undo it'),
  guard: z
    .record(z.string(), z.string())
    .describe('Facts the plan rests on; when one moved before the approval, the approval dies'),
  typedName: z.string().optional().describe('danger only: the name the approver must type'),
  cluster: z.string().optional(),
})
export type Plan = z.output<typeof plan>

export const approvalState = z.enum([
  'pending',
  'scheduled',
  'cancelled',
  'denied',
  'expired',
  'superseded',
  'running',
  'succeeded',
  'failed',
  'interrupted',
])
export type ApprovalState = z.output<typeof approvalState>

/** How far a yes reaches: this change, or the same change of the same target in the same conversation for an hour. */
export const approvalScope = z.enum(['once', 'target-hour'])
export type ApprovalScope = z.output<typeof approvalScope>

/** What a person allowed beyond one change. */
export const approvalGrant = z.strictObject({
  id: z.string(),
  target: z.string().describe('Tool and target, in words'),
  until: z.string(),
  revokedAt: z.string().optional(),
})

/** A change that waits for a person, and afterwards its receipt. */
export const approval = defineCard({
  kind: 'approval',
  payload: z.strictObject({
    id: z.string(),
    tool: z.string(),
    title: z.string(),
    risk: z.enum(['change', 'danger']),
    state: approvalState,
    plan,
    askedBy: z.string(),
    askedAt: z.string(),
    expiresAt: z.string(),
    persona: z.string().optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.string().optional(),
    reason: z.string().optional().describe('Why it was denied, superseded or failed'),
    supersedes: z.string().optional().describe('The approval this one replaces because something moved'),
    supersededBy: z.string().optional(),
    changes: z.array(z.string()).optional().describe('What moved since the plan it supersedes'),
    outcome: z.record(z.string(), z.unknown()).optional().describe('The answer of the tool after it ran'),
    url: z.string().optional().describe('Where a person decides'),
    conversation: z.string().optional().describe('Where it was asked for'),
    planHash: z.string().optional().describe('sha256 of the whole plan; the audit log has the same'),
    applyAt: z.string().optional().describe('scheduled: until then it can be cancelled'),
    cancelledBy: z.string().optional(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    needsSecond: z.boolean().optional().describe('Two people must say yes'),
    firstBy: z.string().optional().describe('Who said yes first'),
    firstAt: z.string().optional(),
    target: z
      .string()
      .optional()
      .describe('What a yes for an hour would cover; absent where only this once is possible'),
    grant: approvalGrant.optional().describe('Given with this approval'),
    grantId: z.string().optional().describe('The grant under which it ran without being asked again'),
    canRollBack: z.boolean().optional().describe('It can be undone by another approval'),
    rollsBack: z.string().optional().describe('The approval this one undoes'),
    rolledBackBy: z.string().optional().describe('The approval that undid it'),
  }),
  patch: z.strictObject({
    state: approvalState.optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.string().optional(),
    reason: z.string().optional(),
    supersededBy: z.string().optional(),
    outcome: z.record(z.string(), z.unknown()).optional(),
    applyAt: z.string().optional(),
    cancelledBy: z.string().optional(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    expiresAt: z.string().optional(),
    firstBy: z.string().optional(),
    firstAt: z.string().optional(),
    grant: approvalGrant.optional(),
    rolledBackBy: z.string().optional(),
  }),
})
export type ApprovalPayload = z.output<typeof approval.payload>
