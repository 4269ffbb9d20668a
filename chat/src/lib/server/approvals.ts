import { type Answer, type ApprovalPayload, ToolError } from '#contract'
import type { Session } from '../types.ts'
import type { ChatHost } from './host.ts'

/** How an approval stands now, from the server that keeps it: the page's word is not taken for it. */
export async function readApproval(
  host: ChatHost,
  session: Pick<Session, 'id' | 'persona' | 'clusters'>,
  id: string,
): Promise<ApprovalPayload> {
  const token = host.agentToken({ conversation: session.id, persona: session.persona, clusters: session.clusters })
  const ask = () =>
    fetch(`${host.apiUrl}/api/v1/approvals/${encodeURIComponent(id)}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    })
  // It is this process, or one beside it: busy for a while is likelier than gone, and a decision is told once.
  const response = await ask()
    .catch(ask)
    .catch((error: unknown) => {
      throw new ToolError('upstream-unreachable', 'The server that keeps approvals does not answer.', {
        next: 'Try again in a moment.',
        cause: error,
      })
    })
  const body = (await response.json().catch(() => ({}))) as Partial<Answer>
  const approval = body.approval ?? (body.data as ApprovalPayload | undefined)
  if (!response.ok || !approval)
    throw new ToolError(
      response.status === 404 ? 'not-found' : 'upstream-error',
      body.error?.message ?? 'The approval could not be read.',
      {
        next: 'Open the approvals page to see how it stands.',
      },
    )
  return approval
}

/** Neither waiting for a person nor on its way: what came of it can be told. */
export const isSettled = (state: string): boolean => !['pending', 'scheduled', 'running'].includes(state)

/** It ran, and what it set going is not finished. */
export const hasBegun = ({ state, outcome }: ApprovalPayload): boolean =>
  state === 'succeeded' && (outcome?.data as { state?: unknown } | undefined)?.state === 'running'

/** What the model is told. Words of people and of tools are quoted: they are data. */
export function approvalNote(approval: ApprovalPayload): string {
  const { plan, decidedBy, reason, outcome } = approval
  const state: string = approval.state
  const who = decidedBy ? ` by ${decidedBy}` : ''
  const why = reason ? ` Reason given: ${JSON.stringify(reason.slice(0, 500))}.` : ''
  const what = JSON.stringify(plan.summary.slice(0, 300))
  const head = `[Note from Quartermaster, not from the person] ${what} (${approval.id}): `
  if (state === 'denied')
    return `${head}denied${who}.${why} Nothing was changed. Do not ask for the same change again; offer an alternative if there is one.`
  if (state === 'expired') return `${head}expired without a decision. Nothing was changed.`
  if (state === 'cancelled')
    return `${head}approved${who}, then cancelled before it began.${why} Nothing was changed. Do not ask for the same change again unless the person does.`
  if (state === 'superseded')
    return `${head}died, because something moved since it was planned.${why} A new approval ${approval.supersededBy ?? ''} waits.`
  if (state === 'failed') return `${head}approved${who}, but it failed.${why} Say what that means and what to do next.`
  if (state === 'interrupted')
    return `${head}approved${who}, but cut off in the middle: nobody knows whether it took effect.${why} Check before anything else.`
  if (state === 'cancelled')
    return `${head}approved${who}, then cancelled by ${approval.cancelledBy ?? 'a person'} before it ran. Nothing was changed. Do not ask for it again unless the person does.`
  if (state === 'scheduled') return `${head}approved${who}; it runs in a moment and can still be cancelled.`
  if (state === 'pending') return `${head}still waits for a decision.`
  if (state === 'scheduled') return `${head}approved${who}; it begins in a moment and can still be cancelled.`
  const stands = hasBegun(approval) ? 'started; it is not finished' : state === 'running' ? 'running now' : 'done'
  return `${head}approved${who} and ${stands}.${outcomeWords(outcome)} Say in one or two sentences what happens now; the card shows the progress. Do not start it again.`
}

/** The facts of an outcome that fit into a sentence: where it stands and what it says about itself. */
function outcomeWords(outcome: Record<string, unknown> | undefined): string {
  const data = outcome?.data as Record<string, unknown> | undefined
  const words = ['title', 'message', 'summary', 'verdict']
    .map((key) => data?.[key])
    .filter((value): value is string => typeof value === 'string')
  return words.length > 0 ? ` It says: ${JSON.stringify(words.join(', ').slice(0, 600))}.` : ''
}
