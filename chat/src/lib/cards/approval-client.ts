import type { Answer, ApprovalPayload } from '#contract'
import { approvalOf } from './merge.ts'

type Body = Partial<Answer> & { error?: { message: string; next?: string } }

async function read(response: Response): Promise<Body> {
  return (await response.json().catch(() => ({}))) as Body
}

/** How an approval stands; undefined where it cannot be read. */
export async function fetchApproval(id: string): Promise<ApprovalPayload | undefined> {
  try {
    const response = await fetch(`/api/v1/approvals/${encodeURIComponent(id)}`)
    return response.ok ? approvalOf((await read(response)) as Answer) : undefined
  } catch {
    return undefined
  }
}

/** A person's decision. The custom header cannot be sent by a form or a page of another site. */
export async function decide(
  id: string,
  decision: { approve: boolean; reason?: string; typedName?: string },
): Promise<{ approval?: ApprovalPayload; problem?: string }> {
  try {
    const response = await fetch(`/api/v1/approvals/${encodeURIComponent(id)}/decision`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify(decision),
    })
    const body = await read(response)
    if (body.error) return { problem: [body.error.message, body.error.next].filter(Boolean).join(' ') }
    if (!response.ok) return { problem: `The server answered ${response.status}. Try again.` }
    return { approval: approvalOf(body as Answer) }
  } catch {
    return { problem: 'The server does not answer, so nothing was decided. Try again.' }
  }
}

export interface ApprovalRow {
  id: string
  summary: string
  state: string
  risk: string
  askedBy: string
  askedAt: string
  expiresAt: string
  decidedBy?: string
}

/** Approvals, newest first; undefined where the server does not answer. */
export async function listApprovals(state?: 'pending'): Promise<ApprovalRow[] | undefined> {
  try {
    const response = await fetch(`/api/v1/approvals?limit=100${state ? `&state=${state}` : ''}`)
    if (!response.ok) return undefined
    const rows = (await read(response)).data?.rows
    return Array.isArray(rows) ? (rows as ApprovalRow[]) : []
  } catch {
    return undefined
  }
}
