import type { ApprovalPayload } from '#contract'
import type { Words } from '../../words/index.ts'
import { duration, formatTime } from '../format.ts'

type Texts = Words['approvals']

const tookSeconds = ({ startedAt, endedAt }: ApprovalPayload): number | undefined =>
  startedAt && endedAt ? Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)) : undefined

/** Who, when, why and with what hash: the lines of a receipt, those that there are. */
export function receiptLines(approval: ApprovalPayload, words: Texts, now: number): [label: string, value: string][] {
  const { askedBy, askedAt, decidedBy, decidedAt, firstBy, reason, planHash, state, outcome } = approval
  // What is followed has only begun with this: its own card knows how it ended.
  const followed = state === 'succeeded' && (outcome?.data as { state?: unknown } | undefined)?.state === 'running'
  const took = tookSeconds(approval)
  // The same name on the receipt that gave the grant and on each that used it
  const grant = approval.grantId ?? approval.grant?.id
  const lines: [string, string | undefined][] = [
    [words.askedBy, `${askedBy}, ${formatTime(askedAt, now, words.locale)}`],
    [words.firstBy, firstBy],
    [words.approvedBy, decidedBy],
    [words.grant, grant && words.grantNamed(grant.slice(0, 8))],
    [words.at, decidedAt && formatTime(decidedAt, now, words.locale)],
    [words.took, took === undefined ? undefined : duration(took)],
    [words.outcome, followed ? words.started : words.states[state]],
    [words.reason.replace(/:$/, ''), reason],
    [words.planHash, planHash?.slice(0, 12)],
  ]
  return lines.filter((line): line is [string, string] => line[1] !== undefined)
}

/** The receipt as Markdown, for a ticket or a log book. */
export function receiptMarkdown(approval: ApprovalPayload, words: Texts, now: number): string {
  const { plan, planHash, url } = approval
  return [
    `### ${plan.summary}`,
    '',
    ...receiptLines({ ...approval, planHash: undefined }, words, now).map(([label, value]) => `- ${label}: ${value}`),
    ...(planHash ? [`- ${words.planHash}: sha256:${planHash}`] : []),
    ...(url ? [`- ${url}`] : []),
    '',
    ...plan.steps.map(({ verb, target, detail }, at) => `${at + 1}. ${verb} ${target}${detail ? ` (${detail})` : ''}`),
    ...(plan.diff ? ['', '```diff', plan.diff, '```'] : []),
  ].join('\n')
}
