import {
  type Answer,
  answerLimitBytes,
  type CardKind,
  type ClusterAnswer,
  type ErrorCode,
  errorStatus,
  isToolError,
  ToolError,
} from '#contract'
import { databaseFailure } from '#db/open.ts'
import type { Actor, Reply, ServerServices, Tool } from '#define'
import { asFarAsAnswered } from './answer/as-far-as-answered.ts'
import { bound, boundClusters, footer } from './answer/bound.ts'
import { parseInput, refuseDeep } from './answer/parse.ts'
import { cutToBytes, shrink } from './answer/shrink.ts'
import { waiting } from './answer/waiting.ts'
import { type ContextParts, createContext } from './context.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { allow } from './policy/allow.ts'
import type { ApprovalPolicy } from './policy/approvals.ts'
import { digest } from './policy/digest.ts'
import type { PersonaList } from './policy/persona-list.ts'
import type { RateLimits } from './policy/rate-limits.ts'
import type { Audit } from './record/audit.ts'
import type { Metrics } from './record/metrics.ts'
import { currentTraceId, newTraceId, traced } from './record/trace.ts'
import type { Registry } from './registry.ts'
import type { Results } from './results/store.ts'

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

export interface RoadParts extends ContextParts {
  registry: Registry
  personas: PersonaList
  audit: Audit
  results: Results
  metrics: Metrics
  approvals: ApprovalPolicy
  services: (call: Call) => ServerServices
  rateLimits: RateLimits
}

export type Road = (call: Call) => Promise<Answered>

/**
 * The one road every call takes, whatever face it came in by:
 * parse → allow → approve → run (deadline, abort) → check output → redact → bound → record → answer.
 * Never throws: every failure is an answer with a code and a next step.
 */
export function createRoad(parts: RoadParts): Road {
  return async (call) => {
    const startedMs = parts.now().getTime()
    const traceId = call.traceId ?? currentTraceId() ?? newTraceId()
    const trail: Trail = { decision: 'denied', risk: 'read', input: undefined }
    let answered: Answered
    try {
      answered = await traced(traceId, () => go(parts, { ...call, traceId }, trail))
    } catch (error) {
      answered = failed(parts, { error, call, traceId, trail })
    }
    answered = limited(answered, call.face === 'rest' ? restLimitBytes : answerLimitBytes)
    await record(parts, { call, traceId, trail, answered, durationMs: parts.now().getTime() - startedMs })
    return answered
  }
}

/** A page of a kept result over REST goes to a program or a card and not to a model (see the services of the core). */
const restLimitBytes = 510_000

/** The last word on size: whatever a tool, a plan or an error holds, both channels keep the limit. */
function limited(answered: Answered, maxBytes: number): Answered {
  const { answer, text } = answered
  const fits = Buffer.byteLength(JSON.stringify(answer)) <= maxBytes
  return { ...answered, ...(!fits && { answer: shrink(answer, maxBytes) }), text: cutToBytes(text, maxBytes) }
}

/** What the audit needs to know of how far a call came. */
interface Trail {
  decision: 'denied' | 'allowed' | 'asked' | 'approved'
  risk: Tool['risk']
  input: unknown
  started?: boolean
  approval?: string
  planDigest?: string
  clusters?: string[]
}

async function go(parts: RoadParts, call: Call & { traceId: string }, trail: Trail): Promise<Answered> {
  refuseDeep(call.input)
  trail.input = call.input
  const { tool } = parts.registry.find(call.tool)
  trail.risk = tool.risk
  const input = parseInput(tool.input, call.input)
  trail.input = input
  allow(call.actor, tool, parts.personas)
  if (tool.name === 'query_metrics') parts.rateLimits.take('queries', call.actor)
  trail.decision = 'allowed'

  const deadline = startDeadline(tool.timeoutMs, call.signal)
  try {
    return await runTool(parts, { tool, input, call, deadline }, trail)
  } finally {
    deadline.release()
  }
}

async function runTool(
  parts: RoadParts,
  {
    tool,
    input,
    call,
    deadline,
  }: { tool: Tool; input: Record<string, unknown>; call: Call & { traceId: string }; deadline: Deadline },
  trail: Trail,
): Promise<Answered> {
  const ctx = createContext(parts, {
    actor: call.actor,
    clients: [...tool.needs, ...tool.uses],
    conversationClusters: call.conversationClusters,
    signal: deadline.signal,
    idempotencyKey: call.approved?.id ?? call.traceId,
    server: parts.services(call),
  })
  const within = <T>(work: Promise<T>) => beforeAbort(work, deadline, tool)

  if (tool.plan && !call.approved) {
    // What the plan chose is approved and run, not what was left open: a cluster with room now may have none later
    const { input: settled = input, ...plan } = await within(tool.plan(input as never, ctx))
    const approval = await parts.approvals.ask({ tool, input: settled, plan, actor: call.actor })
    trail.decision = 'asked'
    trail.approval = approval.id
    trail.planDigest = digest(plan)
    return waiting(approval, parts.now().toISOString())
  }
  if (call.approved) {
    trail.decision = 'approved'
    trail.approval = call.approved.id
  }
  trail.started = true
  const reply = await within(tool.run(input as never, ctx))
  if (reply.clusters) trail.clusters = reply.clusters.map(({ cluster }) => cluster)
  return finish(parts, { tool, reply, call, limit: limitOf(input) })
}

const limitOf = (input: Record<string, unknown>): number => (typeof input.limit === 'number' ? input.limit : 50)

/** A handler that ignores its signal is left behind at the deadline; the answer says so. */
async function beforeAbort<T>(work: Promise<T>, { signal, expired }: Deadline, tool: Tool): Promise<T> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () =>
      reject(
        expired()
          ? new ToolError('query-timeout', `${tool.name} took longer than ${tool.timeoutMs / 1000} s`, {
              next: 'Ask for less: fewer clusters, a shorter time or a narrower filter',
            })
          : new ToolError('cancelled', 'The call was stopped', { next: 'Ask again when it is still wanted' }),
      )
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort!)
  }
}

async function finish(
  parts: RoadParts,
  { tool, reply, call, limit }: { tool: Tool; reply: Reply<Record<string, unknown>>; call: Call; limit: number },
): Promise<Answered> {
  const passed = passedOn(reply)
  if (passed) return passed
  const at = parts.now().toISOString()
  const clusters = boundClusters(parts.redactor.value(reply.clusters))
  const rest = {
    ...(clusters && { clusters }),
    ...(reply.subject && { subject: reply.subject }),
    ...(reply.next && reply.next.length > 0 && { next: parts.redactor.value(reply.next) }),
    at,
  }
  const status = statusOf(reply.clusters)
  if (reply.empty) {
    const empty = parts.redactor.value(asFarAsAnswered(reply.empty, reply.clusters))
    const answer: Answer = { card: 'empty', empty, ...rest }
    const words = `${empty.title}\nlikely: ${empty.likely.join('; ')}\nnext: ${empty.next.join(' | ')}`
    return { answer, text: joined(words, footer({ ...rest, next: [] })), status }
  }
  const checked = tool.output.safeParse(reply.data)
  if (!checked.success)
    throw new Error(
      `${tool.name} answered what its output does not allow: ${checked.error.issues[0]?.path.join('.')} ${checked.error.issues[0]?.message}`,
    )
  const data = parts.redactor.value(checked.data) as Record<string, unknown>
  const kind = tool.card as CardKind
  const fitted = bound({
    kind,
    data,
    text: tool.text as (data: Record<string, unknown>, page: { shown: number; total: number }) => string,
    limit,
    ...(reply.total !== undefined && { total: reply.total }),
    reserveBytes: 1_000 + Buffer.byteLength(JSON.stringify(rest)),
  })
  const result = fitted.partial
    ? await keep(parts, { owner: call.actor.id, tool: tool.name, card: kind, data, at })
    : undefined
  const answer: Answer = {
    card: kind,
    data: fitted.data,
    ...(fitted.shown !== undefined && { shown: fitted.shown, total: fitted.total }),
    ...(result && { result }),
    ...(result && fitted.shown !== undefined && fitted.shown < (fitted.total ?? 0) && { cursor: String(fitted.shown) }),
    ...rest,
  }
  return { answer, text: joined(parts.redactor.text(fitted.text), footer(answer)), status }
}

/** What is too large to keep is still answered, without a page two. */
async function keep(parts: RoadParts, result: Parameters<Results['put']>[0]): Promise<string | undefined> {
  try {
    return await parts.results.put(result)
  } catch (error) {
    if (!isToolError(error)) parts.log.warn({ tool: result.tool, error }, 'a result could not be kept')
    return undefined
  }
}

const joined = (...texts: string[]) => texts.filter((text) => text !== '').join('\n')

/** run_tool and get_result answer what another call or an older one answered; it has been down the road already. */
function passedOn(reply: Reply<Record<string, unknown>>): Answered | undefined {
  const passed = (reply.data as { answered?: Answer & { text: string } } | undefined)?.answered
  if (!passed) return undefined
  const { text, ...answer } = passed
  const status = answer.error
    ? errorStatus[answer.error.code as ErrorCode]
    : answer.approval
      ? 202
      : statusOf(answer.clusters)
  return { answer, text, status }
}

/** Some clusters failed and some did not: 206 (MET-010, QLT-044). */
function statusOf(clusters?: ClusterAnswer[]): number {
  if (!clusters || clusters.length === 0) return 200
  const failed = clusters.filter(({ status }) => status !== 'success').length
  return failed > 0 && failed < clusters.length ? 206 : 200
}

function failed(
  parts: RoadParts,
  { error, call, traceId, trail }: { error: unknown; call: Call; traceId: string; trail: Trail },
): Answered {
  const at = parts.now().toISOString()
  const changed = trail.started && trail.risk !== 'read' ? 'unknown' : 'nothing'
  let known: ToolError
  const store = databaseFailure(error)
  if (isToolError(error)) known = error
  else if (store) known = new ToolError('store-unavailable', store.message, { next: store.next, changed, cause: error })
  else {
    // Unknown errors stay in the log: their text may hold what nobody outside should read
    parts.log.error({ traceId, tool: call.tool, error }, 'a tool failed unexpectedly')
    known = new ToolError('internal', `${call.tool} failed unexpectedly`, {
      next: `Try once more; if it fails again, look for ${traceId} in the server's log`,
      changed,
    })
  }
  const payload = parts.redactor.value({ ...known.toPayload(traceId), changed: known.options.changed ?? changed })
  const error_ = {
    ...payload,
    message: payload.message.slice(0, 2_000),
    next: payload.next.slice(0, 1_000),
    ...(payload.details && { details: shrink(payload.details, 3_000) }),
  }
  const words = [
    `error ${error_.code}: ${error_.message}`,
    ...(error_.field ? [`argument: ${error_.field}`] : []),
    `next: ${error_.next}`,
    ...(trail.risk !== 'read'
      ? [
          changed === 'nothing'
            ? 'Nothing was changed.'
            : 'It is not known whether something was changed: look before trying again.',
        ]
      : []),
  ].join('\n')
  return { answer: { card: 'error', error: error_, at }, text: words, status: known.status }
}

async function record(
  parts: RoadParts,
  {
    call,
    traceId,
    trail,
    answered,
    durationMs,
  }: { call: Call; traceId: string; trail: Trail; answered: Answered; durationMs: number },
): Promise<void> {
  const { actor } = call
  const outcome = (answered.answer.error?.code as ErrorCode | undefined) ?? 'ok'
  parts.metrics.calls.observe({ tool: knownName(parts, call.tool), face: call.face, outcome }, durationMs / 1000)
  try {
    await parts.audit.append({
      at: parts.now(),
      actor: { id: actor.id, name: actor.name, kind: actor.kind, role: actor.role },
      persona: actor.persona,
      client: actor.client,
      conversation: actor.conversation,
      tool: call.tool.slice(0, 100),
      risk: trail.risk,
      input: trail.input === undefined ? undefined : shrink(parts.redactor.value(trail.input), 8_000),
      inputDigest: digest(trail.input ?? {}),
      planDigest: trail.planDigest,
      decision: trail.decision,
      outcome,
      durationMs,
      approval: trail.approval,
      traceId,
      clusters: trail.clusters,
    })
  } catch (error) {
    // A read that cannot be recorded is still answered; the log has it
    parts.log.error({ traceId, tool: call.tool, actor: actor.id, outcome, error }, 'the audit could not be written')
  }
}

/** Names that do not exist must not become labels of a metric. */
function knownName(parts: RoadParts, name: string): string {
  return parts.registry.all().some(({ tool }) => tool.name === name) ? name : 'unknown'
}
