import type * as z from 'zod'
import type { Caller, CardData, CardKind, ClusterAnswer, EmptyPayload, ErrorPayload, Plan, Risk } from '#contract'
import type { ClientName } from './clients/index.ts'
import type { Context, JobContext } from './context.ts'

export type {
  Actor,
  AuditRow,
  Context,
  FanOut,
  JobContext,
  Logger,
  PersonaInfo,
  ServerServices,
  Store,
  ToolFacts,
} from './context.ts'

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
  /** Why a person who does it themselves is not asked a second time. What an agent asks for waits all the same. */
  byHand?: string
  /**
   * The call that puts it back, from what was approved: the settled input, the guard of its plan and the data of its answer. It is
   * planned and approved like every other change. Undefined where there is no way back from just that.
   */
  undo?: (input: z.output<I>, done: Done) => { tool: string; input: object } | undefined
}

/** A change that succeeded. */
export interface Done {
  guard: Record<string, string>
  /** `data` of its answer */
  outcome: Record<string, unknown>
  /** What its answer is about */
  subject?: string
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
  undo?: (input: never, done: Done) => { tool: string; input: object } | undefined
  withoutApproval?: string
  byHand?: string
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
