import type * as z from 'zod'
import type {
  Answer,
  Caller,
  CardData,
  CardKind,
  ClusterAnswer,
  EmptyPayload,
  ErrorPayload,
  NewEvent,
  Plan,
  Risk,
  Role,
} from '#contract'
import type { Db, Tx } from '#db/open.ts'
import type { ClientName, Clients } from './clients/index.ts'

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
    list(filter: { state?: string | undefined; limit: number }): Promise<CardData['approval'][]>
    decide(decision: {
      id: string
      approve: boolean
      reason?: string | undefined
      typedName?: string | undefined
    }): Promise<CardData['approval']>
  }
  audit(filter: {
    tool?: string | undefined
    actor?: string | undefined
    since?: Date | undefined
    limit: number
  }): Promise<AuditRow[]>
  personas(): PersonaInfo[]
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
  tools: string[]
  suggestions: string[]
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

/** What a handler answers. `empty` instead of items says why there is nothing. */
export interface Reply<D> {
  data?: D
  empty?: EmptyPayload
  clusters?: ClusterAnswer[]
  subject?: string
  next?: string[]
  /** Items there are, where the handler itself left some out (a limit at the source) */
  total?: number
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** below /api/v1, for example /clusters/{cluster} */
  path: string
  /** The argument that gets the whole JSON body, whatever it is: for what another system sends in its own format */
  body?: string
  /** Arguments that the address stands for (`/metrics/series` shows series); what the caller gives comes before them */
  with?: Record<string, unknown>
}

/** Kubernetes rights a tool uses, with those of the job that follows it; turned into the Role we ship, and proven by running it. */
export interface Access {
  verbs: ('get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete')[]
  /** '' for the core group */
  group: string
  /** Plural, or `pods/eviction`; `*` only with a reason */
  resource: string
  /** Why no list of kinds is enough */
  unbounded?: string
}

interface Common<
  N extends string,
  I extends z.ZodObject,
  O extends z.ZodObject,
  C extends ClientName,
  U extends ClientName,
> {
  name: N
  title: string
  /** When to use it and when to use another; people and the model read this */
  about: string
  /** Default: agent and human */
  audience?: readonly Caller[]
  needs: readonly C[]
  /** Clients it asks too where they are configured; the tool is there without them */
  uses?: readonly U[]
  input: I
  output: O
  /** What the model reads back: lean, whole, the same facts as the card */
  text: (data: z.output<O>, page: { shown: number; total: number }) => string
  examples: readonly z.input<I>[]
  route?: Route
  /** Further routes to the same */
  alsoAt?: readonly Route[]
  /** The input holds secrets: of it only these members may be recorded anywhere */
  publicInput?: readonly (keyof z.input<I> & string)[]
  access?: readonly Access[]
  timeoutMs?: number
  run: (input: z.output<I>, ctx: Context<C, U>) => Promise<Reply<z.output<O>>>
}

interface Read {
  risk: 'read'
  plan?: never
}

/** A plan, and the input it settled on where it chose what the caller left open: that input is what a person approves and the server runs. */
export type Planning<I> = Plan & { input?: I }

interface Planned<I extends z.ZodObject, C extends ClientName, U extends ClientName> {
  risk: 'change' | 'danger'
  /** Read-only dry run. It throws where the change cannot work, before a person is bothered. */
  plan: (input: z.output<I>, ctx: Context<C, U>) => Promise<Planning<z.output<I>>>
  /** After a crash between acting and recording: run again (idempotent) or report that nobody knows */
  afterCrash: 'rerun' | 'report'
}

/** A change that asks nobody: machine entries, what changes nothing outside, and what must not wait in a table in clear. */
interface Unattended {
  risk: 'change' | 'danger'
  plan?: never
  withoutApproval: string
}

type CardPromise<O extends z.ZodObject, K extends CardKind | 'any'> = K extends CardKind
  ? z.output<O> extends CardData[K]
    ? K
    : `the output does not fit the card ${K}`
  : K

/** One tool as its file writes it. */
export type ToolSpec<
  N extends string,
  I extends z.ZodObject,
  O extends z.ZodObject,
  K extends CardKind | 'any',
  C extends ClientName,
  U extends ClientName = never,
> = Common<N, I, O, C, U> & { card: K & CardPromise<O, K> } & (Read | Planned<I, C, U> | Unattended)

/** One tool as the server sees it: types erased, promises kept. */
export interface Tool {
  name: string
  title: string
  about: string
  risk: Risk
  audience: readonly Caller[]
  card: CardKind | 'any'
  needs: readonly ClientName[]
  uses: readonly ClientName[]
  input: z.ZodObject
  output: z.ZodObject
  text: (data: never, page: { shown: number; total: number }) => string
  examples: readonly unknown[]
  route?: Route
  alsoAt: readonly Route[]
  publicInput?: readonly string[]
  access: readonly Access[]
  timeoutMs: number
  plan?: (input: never, ctx: Context<ClientName>) => Promise<Planning<Record<string, unknown>>>
  afterCrash?: 'rerun' | 'report'
  withoutApproval?: string
  run: (input: never, ctx: Context<ClientName>) => Promise<Reply<Record<string, unknown>>>
}

/** Declare a tool. The types hold what the law book cannot: card and output fit, a planned change has a plan, `ctx.clients` has only `needs`. */
export function defineTool<
  const N extends string,
  I extends z.ZodObject,
  O extends z.ZodObject,
  const K extends CardKind | 'any',
  const C extends ClientName = never,
  const U extends ClientName = never,
>(spec: ToolSpec<N, I, O, K, C, U>): Tool & { name: N } {
  const {
    audience = ['agent', 'human'],
    uses = [],
    access = [],
    alsoAt = [],
    timeoutMs = 30_000,
    ...rest
  } = spec as unknown as Tool
  return { ...rest, audience, uses, access, alsoAt, timeoutMs } as Tool & { name: N }
}

/** Background work of a domain; runs on one replica at a time. */
export interface Job {
  name: string
  everyMs: number
  needs: readonly ClientName[]
  /** Where it asks Kubernetes for more than the tools of its domain do */
  access?: readonly Access[]
  run(ctx: JobContext): Promise<void>
}
export const defineJob = (job: Job): Job => job

export interface Domain {
  name: string
  about: string
  tools: readonly Tool[]
  jobs: readonly Job[]
  /** name → schema of `data` */
  events: Record<string, z.ZodObject>
}

export function defineDomain(domain: {
  name: string
  about: string
  tools: readonly Tool[]
  jobs?: readonly Job[]
  events?: Record<string, z.ZodObject>
}): Domain {
  return { jobs: [], events: {}, ...domain }
}

export type { ErrorPayload }
