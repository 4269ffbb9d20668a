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
  'denied',
  'expired',
  'superseded',
  'running',
  'succeeded',
  'failed',
  'interrupted',
])
export type ApprovalState = z.output<typeof approvalState>

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
  }),
  patch: z.strictObject({
    state: approvalState.optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.string().optional(),
    reason: z.string().optional(),
    supersededBy: z.string().optional(),
    outcome: z.record(z.string(), z.unknown()).optional(),
  }),
})
export type ApprovalPayload = z.output<typeof approval.payload>
