import { type Answer, type ApprovalPayload, answerLimitBytes, formatMoney } from '#contract'
import type { Answered } from '../call.ts'
import { cutToBytes } from './shrink.ts'

/** The words and the card of a change that waits for a person. */
export function waiting(approval: ApprovalPayload, at: string): { answer: Answer; text: string; status: 202 } {
  const { plan } = approval
  const text = [
    `approval ${approval.id} waits for a person; nothing has been changed. You cannot approve it. Expires ${approval.expiresAt}.`,
    ...(approval.url ? [`A person decides at ${approval.url}`] : ['A person decides on the approvals page.']),
    ...(approval.changes?.length
      ? [`It replaces an older one, because something moved: ${approval.changes.join('; ')}`]
      : []),
    plan.summary,
    ...(plan.costPerHour && !/ an hour/.test(plan.summary)
      ? [`price: ${formatMoney(plan.costPerHour)} an hour in all`]
      : []),
    ...plan.steps.map(({ verb, target, detail }, n) => `${n + 1}. ${verb} ${target}${detail ? ` (${detail})` : ''}`),
    ...plan.checks.map((check) => `${check.state}: ${check.label}${check.detail ? `, ${check.detail}` : ''}`),
  ].join('\n')
  return {
    answer: { card: 'approval', approval, subject: `approvals/${approval.id}`, at },
    text: cutToBytes(text, answerLimitBytes - 500),
    status: 202,
  }
}

/** The words and the card of a change that ran under a grant: nobody was asked again. */
export function granted(approval: ApprovalPayload, ran: Answered, at: string): Answered {
  const text = [
    `approval ${approval.id}: ${approval.state}. A person had allowed this for an hour (${approval.decidedBy}), so nobody was asked again.`,
    approval.plan.summary,
    ran.text,
  ].join('\n')
  return {
    answer: { card: 'approval', approval, subject: `approvals/${approval.id}`, at },
    text: cutToBytes(text, answerLimitBytes - 500),
    status: ran.status,
  }
}
