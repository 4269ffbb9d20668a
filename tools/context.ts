import type { Answer, ApprovalScope, Caller, CardData, ClusterAnswer, NewEvent, Risk, Role } from '#contract'
import type { Db, Tx } from '#db/open.ts'
import type { ClientName, Clients } from './clients/index.ts'
import type { Reply } from './define.ts'

/** Who calls, as the road sees it. */
export interface Actor {
  id: string
  name: string
  role: Role
  /** '*' or the names of the clusters this actor may see */
  clusters: '*' | readonly string[]
  /** `agent`: a model on behalf of this person; it can ask for changes and never approve them */
  kind: Caller
  persona?: string
  conversation?: string
  /** Its conversation may look and not ask for changes */
  readOnly?: boolean
  /** Program that called: claude-desktop, chat, curl … */
  client?: string
}

export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** State and event in one transaction. `db` is opened when first asked for. */
export interface Store {
  db(): Promise<Db>
  /** The database where reading it costs nothing more: it is open already, or PostgreSQL. For what can also be found out without it. */
  openDb(): Promise<Db | undefined>
  commit<T>(work: (tx: Tx) => Promise<{ value: T; events: NewEvent[] }>): Promise<T>
}

/** One fan-out: what came back, and how each cluster did. */
export interface FanOut<T> {
  values: { cluster: string; value: T }[]
  clusters: ClusterAnswer[]
}

/** What the system tools need of the server that runs them. */
export interface ServerServices {
  searchTools(
    query: string,
    limit: number,
  ): {
    name: string
    domain: string
    title: string
    about: string
    risk: Risk
    input: object
    /** The caller's persona lists it: its model has name and arguments before it */
    listed?: boolean
  }[]
  call(name: string, input: unknown): Promise<Answer & { text: string }>
  /** A page of a kept result, filtered and sorted, or groups over all of it */
  page(query: {
    result: string
    cursor?: string | undefined
    limit?: number | undefined
    /** `field=value`, with = != > >= < <= or ~ (contains) */
    where?: readonly string[] | undefined
    groupBy?: readonly string[] | undefined
    /** `sum field`, with sum, avg, min or max */
    aggregate?: readonly string[] | undefined
    /** `field`, or `-field` for descending */
    sort?: string | undefined
  }): Promise<Answer & { text: string }>
  approvals: {
    get(id: string): Promise<CardData['approval']>
    list(filter: ApprovalQuery & { state?: string | undefined; limit: number }): Promise<CardData['approval'][]>
    /** How many there are in each state */
    counts(filter: ApprovalQuery): Promise<Record<string, number>>
    decide(decision: {
      id: string
      approve: boolean
      reason?: string | undefined
      typedName?: string | undefined
      scope?: ApprovalScope | undefined
    }): Promise<CardData['approval']>
    cancel(id: string): Promise<CardData['approval']>
    rollBack(id: string): Promise<CardData['approval']>
    grants(filter: { conversation?: string | undefined }): Promise<GrantInfo[]>
    revoke(grant: string): Promise<GrantInfo>
  }
  audit(filter: {
    tool?: string | undefined
    actor?: string | undefined
    since?: Date | undefined
    limit: number
  }): Promise<AuditRow[]>
  personas(): PersonaInfo[]
  /** The system prompt of a persona. ToolError persona-not-found */
  personaPrompt(id: string): string
  /** What the table of personas holds now counts from here on */
  reloadPersonas(): Promise<void>
  /** Every tool that a persona can name, whether or not it is configured here */
  toolsForPersonas(): ToolFacts[]
}

/** A tool as somebody chooses it for a persona. */
export interface ToolFacts {
  name: string
  domain: string
  title: string
  about: string
  risk: Risk
  /** What a model reads of it: name, description and arguments */
  characters: number
}

/** Which approvals are meant. */
export interface ApprovalQuery {
  tool?: string | undefined
  cluster?: string | undefined
  /** A part of the name of who asked or decided */
  person?: string | undefined
  conversation?: string | undefined
  text?: string | undefined
}

/** What a person allowed for an hour. */
export interface GrantInfo {
  id: string
  approval: string
  conversation: string
  tool: string
  target: string
  grantedBy: string
  grantedAt: Date
  expiresAt: Date
  uses: number
  revokedAt: Date | null
}

export interface AuditRow {
  seq: number
  at: string
  actor: string
  kind: Caller
  persona?: string
  tool: string
  risk: Risk
  inputDigest: string
  decision: string
  outcome: string
  durationMs: number
  approval?: string
  hash: string
}

export interface PersonaInfo {
  id: string
  name: string
  description: string
  icon: string
  /** Listed directly to its model, with the common ones; those that exist */
  tools: string[]
  /** As it was written down (PER-004) */
  capabilities: string[]
  /** What run_tool may call besides */
  reach: string[]
  suggestions: string[]
  isBuiltin: boolean
  createdBy: string
}

interface BaseContext extends Store {
  now(): Date
  /** Without its secrets, as the output boundary does it: for a handler that shows a part of a whole, where the part alone does not tell what it is */
  redact<T>(value: T): T
  signal: AbortSignal
  log: Logger
  /**
   * Hands events to whoever listens now, on every replica: not stored and not sent again, for telemetry that the next one replaces.
   * `data` is the whole row. State that somebody could miss goes through `commit`.
   */
  announce(events: readonly NewEvent[]): Promise<void>
  /** Run `task` on each cluster: in parallel under a limit, each with its own time-out, longer once it has `begun`. Never throws for one cluster. */
  fanOut<T>(
    clusters: readonly string[],
    task: (cluster: string, signal: AbortSignal, begun: () => void) => Promise<T>,
    options?: { timeoutMs?: number; concurrency?: number },
  ): Promise<FanOut<T>>
}

/** What a handler gets. `clients` holds what the tool named in `needs`, what of `uses` is configured, and nothing else. */
export interface Context<C extends ClientName = never, U extends ClientName = never> extends BaseContext {
  actor: Actor
  clients: Pick<Clients, C> & Partial<Pick<Clients, U>>
  /** The clusters meant: those named, else the conversation's, else all; only those the actor may see. Unknown names are refused. */
  scope(requested?: readonly string[]): string[]
  /** The same for an upstream that not every cluster has */
  scopeOf<T extends { names(): string[] }>(upstream: T, requested?: readonly string[]): string[]
  /**
   * What there is to see while the call still runs: an approved change shows it in its approval until its own answer is there. With a
   * `subject` it stays live by announced events. Not stored; nothing happens where nobody could look.
   */
  show(reply: Reply<Record<string, unknown>>): Promise<void>
  /** Stable over retries of the same approved change */
  idempotencyKey: string
  server: ServerServices
}

export interface JobContext extends BaseContext {
  clients: Partial<Clients>
  /**
   * Whether anybody is subscribed to this subject or one below it (`gpu/node/*`), or to events of this name. Of other replicas it is
   * known a moment later: ask at each run.
   */
  watched(subject: string, name?: string): boolean
}
