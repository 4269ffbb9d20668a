import type { ErrorPayload, EventEnvelope, NewEvent } from '#contract'
import type { Db } from '#db/open.ts'

export interface ChatLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** One place that a model answers at. The first of a list is asked first, the others stand in for it, in their order. */
export interface ModelEndpoint {
  /** What people and conversations call it */
  name: string
  /** OpenAI-compatible, ends with /v1 */
  baseUrl: string
  /** Default: the first one that it lists */
  model?: string
  apiKey?: string
  /** The built-in model that follows rules */
  demo: boolean
  /** Tokens; default: what it says itself, else 32,768 */
  contextWindow?: number
  /** How many GPUs one request of it keeps busy */
  gpus?: number
  /** It sees pictures */
  vision?: boolean
  /** US dollars */
  costPerMillionTokens?: { input: number; output: number }
}

export interface TokenUsage {
  model: string
  /** Tokens read and written */
  input: number
  output: number
  tookMs: number
}

/**
 * What the chat needs of the process it runs in. `start.ts` puts one on each Node request as `req.quartermaster`;
 * a chat that runs alone builds it from its environment (standalone.ts).
 */
export interface ChatHost {
  db(): Promise<Db>
  /** Streamable HTTP endpoint of the MCP server */
  mcpUrl: string
  /** Origin of the REST face, without a trailing slash; paths start with /api/v1 */
  apiUrl: string
  llm: { baseUrl: string; model?: string; apiKey?: string; demo: boolean }
  /** All of them, `llm` first; absent: only `llm` */
  endpoints?: ModelEndpoint[]
  /** A short-lived token for the agent of one conversation. It can ask for changes and never approve them. */
  agentToken(claims: { conversation: string; persona: string; clusters: string[]; mode?: 'ask' | 'read-only' }): string
  person: { id: string; name: string; role: string }
  log: ChatLog
  /** Counts a message of this person (CHT-019); why it is refused, if it is */
  messageRefusal?(): ErrorPayload | undefined
  /** Tells every reader of live events what happened; never rejects */
  emit?(event: NewEvent): Promise<void>
  /** Takes out what is secret, as at every other way out of the server */
  redact?<T>(value: T): T
  onTokens?(usage: TokenUsage): void
  /** The same object for every host of a process; absent where the chat runs alone */
  process?: ChatProcess
  /** PGlite: survives a crash, not a power cut */
  embeddedStore: boolean
  /** The fleet is the built-in simulation */
  demoFleet?: boolean
  limits?: Partial<AgentLimits>
}

/** What the process offers to the chat itself, beside the requests of people. */
export interface ChatProcess {
  /** Of this server, and the folder it is installed in */
  version?: string
  folder?: string
  /** From which the key for push is made, and the `mailto:` or https address that push services are told */
  push?: { secret: string; contact: string }
  /** Events of all processes from now on. `pattern` is a subject, or ends in `/*` */
  onEvent(pattern: string, handler: (event: EventEnvelope) => void): () => void
  /** A host for what the chat does in a person's conversation without their request */
  hostOf(person: ChatHost['person']): ChatHost
  /** For whom the agent asked, and where; undefined when the approval is not known */
  approvalAsker(id: string): Promise<{ person: ChatHost['person']; conversation?: string } | undefined>
}

/** Bounds of one run. All times in milliseconds. */
export interface AgentLimits {
  steps: number
  /** Read and written in all steps of a run together */
  tokens: number
  /** Waiting for the first byte of the model's answer */
  firstTokenMs: number
  /** Silence between two pieces of the answer */
  silenceMs: number
  stepMs: number
  toolMs: number
  totalMs: number
}

export const defaultLimits: AgentLimits = {
  steps: 12,
  tokens: 600_000,
  firstTokenMs: 60_000,
  silenceMs: 60_000,
  stepMs: 180_000,
  toolMs: 60_000,
  totalMs: 600_000,
}

/** Where models are asked, in the order of asking. */
export const endpointsOf = ({ llm, endpoints }: Pick<ChatHost, 'llm' | 'endpoints'>): ModelEndpoint[] =>
  endpoints?.length ? endpoints : [{ name: llm.demo ? 'demo' : 'default', ...llm }]
