import type { UIMessage } from 'ai'
import type { Answer, EventEnvelope, Money } from '#contract'
import type { Language } from './words/index.ts'

export type { Answer, EventEnvelope }

/** What one tool call leaves in the conversation: the text the model read and the envelope the card draws. */
export interface ToolOutput {
  text: string
  answer?: Answer
  isError: boolean
  tookMs: number
  /** How the answer's sentences name this call: `e1`, `e2`, … in the order of the calls of a conversation */
  evidence?: string
}

/** One sentence of an answer about the fleet and what it rests on. */
export interface Claim {
  /** Index into the message's parts: a text part */
  part: number
  /** Characters of that part's text */
  start: number
  end: number
  /** Evidence ids of tool calls */
  ids: string[]
  /** `cited`: the model named the call; `found`: its words stand in that call's answer; `unsupported`: in none */
  state: 'cited' | 'found' | 'unsupported'
}

export interface Evidence {
  /** Evidence id → id of the tool call */
  calls: Record<string, string>
  claims: Claim[]
}

/** What a long investigation has done and still has to do, as the model keeps it. */
export interface TodoList {
  items: { text: string; state: 'open' | 'doing' | 'done' | 'dropped' }[]
}

/** Said when earlier turns no longer fit and are replaced by a summary for the model. People still see them. */
export interface Compaction {
  /** How many messages the summary stands for */
  messages: number
  summary: string
}

/** What an answer took. Tokens as the endpoint counted them. */
export interface Usage {
  inputTokens: number
  outputTokens: number
  cachedTokens?: number
  /** Size of the last request, and how large one may be */
  contextTokens?: number
  contextWindow?: number
  /** Time the model worked on it times the GPUs it runs on, where those are known */
  gpuSeconds?: number
  /** In whole cents, where it comes to one */
  cost?: Money
  /** The same in US dollars, exact: one answer often costs less than a cent */
  costUsd?: number
}

/** Said while an answer is being made. */
export interface QueuedMessage {
  id: string
  /** `queue`: asked when the answer is done; `steer`: put in at the next step */
  mode: 'queue' | 'steer'
  text: string
  attachments: string[]
  createdAt: string
}

/** One turn of a conversation as others see it. */
export interface SharedTurn {
  role: 'user' | 'assistant'
  at?: string
  text: string
  notices: string[]
  unsupported: string[]
  files: string[]
  calls: { tool: string; state: 'done' | 'failed'; evidence?: string; answer?: Answer }[]
}

/** A redacted copy of a conversation. */
export interface SharedConversation {
  title: string
  at: string
  by?: string
  hidesNames: boolean
  turns: SharedTurn[]
}

export interface ShareLink {
  id: string
  /** First characters of what stands in the link */
  hint: string
  createdAt: string
  expiresAt: string
  views: number
  revokedAt?: string
}

/** What a person thought of an answer. */
export interface Feedback {
  verdict: 'good' | 'bad'
  reasons: string[]
  comment: string
}

/** A runbook as the composer offers it (an MCP prompt with arguments). */
export interface RunbookChoice {
  id: string
  title: string
  about: string
  arguments: { name: string; title: string; about: string; required: boolean }[]
}

/** Something of the fleet that can be named in a message. */
export interface Mention {
  kind: string
  /** Where it is unique: `cluster/name` */
  value: string
}

/** A file as the thread and the composer show it. */
export interface Attachment {
  id: string
  name: string
  mediaType: string
  size: number
}

/** Something that went wrong with the model or the loop, drawn as a card. Never thrown at the reader. */
export interface Failure {
  code: string
  message: string
  next: string
  /** The model endpoint itself does not answer: tools and pages still work (CHT-054) */
  modelDown?: boolean
  retry?: boolean
  /** Another model endpoint that could be asked instead: its name, as a conversation's `model` */
  tryWith?: string
}

export type RunEnd = 'done' | 'stopped' | 'failed' | 'interrupted' | 'approval'

/** What a message carries beside its parts. */
export interface MessageMeta {
  run?: string
  model?: string
  at?: string
  /** A note for the model that people see only as a line: the outcome of an approval */
  note?: {
    approval: string
    state: string
    /** What it was about, in a line */
    what?: string
    /** It has begun, and goes on */
    begun?: boolean
  }
  end?: RunEnd
  tookMs?: number
  inputTokens?: number
  outputTokens?: number
  usage?: Usage
  /** How long it thought before it spoke */
  thoughtMs?: number
  /** Ids of the messages that stand where this one stands, in the order of writing, itself among them; absent when it is alone */
  alternatives?: string[]
  attachments?: Attachment[]
}

// A type alias and not an interface: the SDK wants an index signature.
export type ChatData = {
  failure: Failure
  notice: { text: string }
  evidence: Evidence
  todo: TodoList
  compaction: Compaction
  /** What a person said into the running answer, at the step where it was heard */
  steered: { id: string; text: string }
}
export type ChatMessage = UIMessage<MessageMeta, ChatData>

/** A conversation as the rail lists it. */
export interface Session {
  id: string
  title: string
  /** A person named it */
  named?: boolean
  pinned?: boolean
  persona: string
  clusters: string[]
  model?: string
  mode: 'ask' | 'read-only'
  messageCount: number
  createdAt: string
  lastActiveAt: string
  expiresAt?: string
  /** In lists: an answer is being made, or the last one waits for a decision */
  doing?: 'answering' | 'waiting'
}

/** A piece of text and which characters of it were looked for: `[from, to)`, in order and apart. */
export interface Marked {
  text: string
  marks: [number, number][]
}

/** One place where it was said, as the search tells it. */
export interface SearchHit {
  conversation: string
  title: Marked
  /** Absent when only the title was hit */
  messageId?: string
  role?: ChatMessage['role']
  /** ISO time of the message, or of the last one for a title */
  at: string
  snippet?: Marked
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

/** A model endpoint as people choose it. `name` is what a conversation's `model` holds. */
export interface EndpointChoice {
  name: string
  /** The model it serves, once that is known */
  model?: string
  demo: boolean
  state: 'up' | 'slow' | 'down' | 'unknown'
  /** Since when it is in that state, ISO 8601 */
  since?: string
  /** Of the last look at it */
  latencyMs?: number
  /** Tokens of one request */
  contextWindow?: number
  /** false: it refused tools not long ago */
  takesTools?: boolean
  /** Why it is down or slow, in words */
  reason?: string
}

/** What the page needs to know about the world around the conversation. */
export interface ChatContext {
  personas: PersonaChoice[]
  clusters: string[]
  /** Those of them that do not answer */
  silentClusters: string[]
  model: ModelInfo
  /** All model endpoints, the first asked first */
  endpoints?: EndpointChoice[]
  /** Tools could be listed */
  toolsReachable: boolean
}

export interface Suggestion {
  text: string
  /** What is asked, where that is not what is read: the demo model understands English only */
  ask?: string
  /** Why it is offered, for example "2 critical alerts" */
  because?: string
  tone?: 'bad' | 'warn' | 'good' | 'neutral'
  /** Page that does it, instead of a question */
  href?: string
}

/** What every page gets from the server before anything else is asked. */
export interface Shell {
  sessions: Session[]
  /** Asks for the conversations after these; absent when there are none */
  moreSessions?: string
  demo: boolean
  demoFleet: boolean
  embeddedStore: boolean
  person: { id: string; name: string; role: string }
  language: Language
}
