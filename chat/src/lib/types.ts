import type { UIMessage } from 'ai'
import type { Answer, EventEnvelope } from '#contract'

export type { Answer, EventEnvelope }

/** What one tool call leaves in the conversation: the text the model read and the envelope the card draws. */
export interface ToolOutput {
  text: string
  answer?: Answer
  isError: boolean
  tookMs: number
}

/** Something that went wrong with the model or the loop, drawn as a card. Never thrown at the reader. */
export interface Failure {
  code: string
  message: string
  next: string
  /** The model endpoint itself does not answer: tools and pages still work (CHT-054) */
  modelDown?: boolean
  retry?: boolean
}

export type RunEnd = 'done' | 'stopped' | 'failed' | 'interrupted' | 'approval'

/** What a message carries beside its parts. */
export interface MessageMeta {
  run?: string
  model?: string
  at?: string
  /** A note for the model that people see only as a line: the outcome of an approval */
  note?: { approval: string; state: string }
  end?: RunEnd
  tookMs?: number
  inputTokens?: number
  outputTokens?: number
}

// A type alias and not an interface: the SDK wants an index signature.
export type ChatData = { failure: Failure; notice: { text: string } }
export type ChatMessage = UIMessage<MessageMeta, ChatData>

/** A conversation as the rail lists it. */
export interface Session {
  id: string
  title: string
  persona: string
  clusters: string[]
  model?: string
  messageCount: number
  createdAt: string
  lastActiveAt: string
  expiresAt?: string
}

export interface PersonaChoice {
  id: string
  name: string
  description: string
}

export interface ModelInfo {
  name: string
  demo: boolean
  reachable: boolean
  /** Why it is not reachable, in words */
  reason?: string
}

/** What the page needs to know about the world around the conversation. */
export interface ChatContext {
  personas: PersonaChoice[]
  clusters: string[]
  /** Those of them that do not answer */
  silentClusters: string[]
  model: ModelInfo
  /** Tools could be listed */
  toolsReachable: boolean
}

export interface Suggestion {
  text: string
  /** Why it is offered, for example "2 critical alerts" */
  because?: string
  tone?: 'bad' | 'warn' | 'good' | 'neutral'
}

/** What every page gets from the server before anything else is asked. */
export interface Shell {
  sessions: Session[]
  demo: boolean
  demoFleet: boolean
  embeddedStore: boolean
  person: { id: string; name: string; role: string }
}
