import type { Answer } from '#contract'
import type { Actor, Tool } from '#define'

/** Where a call came in. */
export type Face = 'mcp' | 'rest' | 'job' | 'system'

export interface Call {
  tool: string
  input: unknown
  actor: Actor
  face: Face
  signal?: AbortSignal | undefined
  traceId?: string | undefined
  conversationClusters?: readonly string[] | undefined
  /** The approval under which the server itself runs a stored change */
  approved?: { id: string } | undefined
}

/** An answer with the words for a model. `status` is what REST answers (206: some clusters did not). */
export interface Answered {
  answer: Answer
  text: string
  status: number
}

/** What the audit needs to know of how far a call came. */
export interface Trail {
  decision: 'denied' | 'allowed' | 'asked' | 'approved'
  risk: Tool['risk']
  input: unknown
  started?: boolean
  approval?: string
  planDigest?: string
  clusters?: string[]
}
