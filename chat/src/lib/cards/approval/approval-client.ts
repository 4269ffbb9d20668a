import type { Answer, ApprovalPayload, ApprovalScope } from '#contract'
import type { Words } from '../../words/index.ts'
import { approvalOf } from '../merge.ts'

type Body = Partial<Answer> & { error?: { message: string; next?: string } }
type Texts = Pick<Words['approvals'], 'answered' | 'notDecided' | 'notDone'>

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

interface Sent {
  approval?: ApprovalPayload
  problem?: string
}

/** What a person does. The custom header cannot be sent by a form or a page of another site. */
async function act(path: string, { method, body, words, silent }: Act): Promise<Sent> {
  try {
    const response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = await read(response)
    if (answer.error) return { problem: [answer.error.message, answer.error.next].filter(Boolean).join(' ') }
    if (!response.ok) return { problem: words.answered(response.status) }
    const approval = approvalOf(answer as Answer)
    return approval ? { approval } : {}
  } catch {
    return { problem: silent }
  }
}
interface Act {
  method: 'POST' | 'DELETE'
  body?: object
  words: Texts
  /** What is said when nobody answers */
  silent: string
}

const at = (id: string, verb: string) => `approvals/${encodeURIComponent(id)}/${verb}`

export const decide = (
  id: string,
  decision: { approve: boolean; reason?: string; typedName?: string; scope?: ApprovalScope },
  words: Texts,
) => act(at(id, 'decision'), { method: 'POST', body: decision, words, silent: words.notDecided })

/** Takes a yes back before its change runs. */
export const cancelApproval = (id: string, words: Texts) =>
  act(at(id, 'cancel'), { method: 'POST', body: {}, words, silent: words.notDone })

/** Asks for the change that undoes it: a new approval. */
export const rollBack = (id: string, words: Texts) =>
  act(at(id, 'rollback'), { method: 'POST', body: {}, words, silent: words.notDone })

export const revokeGrant = (id: string, words: Texts) =>
  act(`approval-grants/${encodeURIComponent(id)}`, { method: 'DELETE', words, silent: words.notDone })

export interface ApprovalRow {
  id: string
  tool: string
  summary: string
  state: string
  risk: string
  askedBy: string
  askedAt: string
  expiresAt: string
  decidedBy?: string
  endedAt?: string
  cluster?: string
  reason?: string
  persona?: string
  conversation?: string
  needsSecond?: boolean
  firstBy?: string
  /** It ran under a grant, without a question */
  granted?: boolean
  rolledBack?: boolean
}

async function rowsAt<T>(address: string): Promise<T[] | undefined> {
  try {
    const response = await fetch(address)
    if (!response.ok) return undefined
    const rows = (await read(response)).data?.rows
    return Array.isArray(rows) ? (rows as T[]) : []
  } catch {
    return undefined
  }
}

export type ApprovalFilters = Partial<Record<'state' | 'tool' | 'cluster' | 'person' | 'text', string>>

/** Approvals, newest first; undefined where the server does not answer. */
export const listApprovals = (filters: ApprovalFilters | 'pending' = {}) => {
  const given = filters === 'pending' ? { state: filters } : filters
  const named = Object.entries(given).filter(([, value]) => value)
  return rowsAt<ApprovalRow>(`/api/v1/approvals?${new URLSearchParams([['limit', '100'], ...named] as string[][])}`)
}

export interface GrantRow {
  id: string
  target: string
  grantedBy: string
  until: string
  uses: number
}

/** What is allowed for an hour now; undefined where the server does not answer. */
export const listGrants = (conversation?: string) =>
  rowsAt<GrantRow>(`/api/v1/approval-grants${conversation ? `?conversation=${encodeURIComponent(conversation)}` : ''}`)
