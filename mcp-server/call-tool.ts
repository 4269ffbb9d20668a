import { answerLimitBytes, ToolError } from '#contract'
import type { Reply, ServerServices, Tool } from '#define'
import { failed } from './answer/failed.ts'
import { finish } from './answer/finish.ts'
import { parseInput, refuseDeep } from './answer/parse.ts'
import { cutToBytes, shrink } from './answer/shrink.ts'
import { granted, waiting } from './answer/waiting.ts'
import type { Answered, Call, Trail } from './call.ts'
import { type ContextParts, createContext } from './context.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { allow } from './policy/allow.ts'
import type { ApprovalPolicy } from './policy/approvals.ts'
import { digest } from './policy/digest.ts'
import type { PersonaList } from './policy/persona-list.ts'
import type { RateLimits } from './policy/rate-limits.ts'
import type { Audit } from './record/audit.ts'
import { recordCall } from './record/call.ts'
import type { Metrics } from './record/metrics.ts'
import { currentTraceId, newTraceId, traced } from './record/trace.ts'
import type { Registry } from './registry.ts'
import type { Results } from './results/store.ts'

export type { Answered, Call } from './call.ts'

export interface RoadParts extends ContextParts {
  registry: Registry
  personas: PersonaList
  audit: Audit
  results: Results
  metrics: Metrics
  approvals: ApprovalPolicy
  services: (call: Call) => ServerServices
  rateLimits: RateLimits
  /** Registered clusters are there before a tool is looked for: it may need one */
  fleetReady: () => Promise<void>
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
      answered = failed(parts, { error, tool: call.tool, traceId, trail })
    }
    answered = limited(answered, call.face === 'rest' && call.tool === 'get_result' ? restLimitBytes : answerLimitBytes)
    await recordCall(parts, { call, traceId, trail, answered, durationMs: parts.now().getTime() - startedMs })
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

async function go(parts: RoadParts, call: Call & { traceId: string }, trail: Trail): Promise<Answered> {
  refuseDeep(call.input)
  trail.input = call.input
  await parts.fleetReady()
  const { tool } = parts.registry.find(call.tool)
  trail.risk = tool.risk
  const input = parseInput(tool.input, call.input, { hasSecrets: tool.publicInput !== undefined })
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
    ...(call.approved && { show: showIn(call.approved.id, parts, { tool, owner: call.actor.id }) }),
  })
  const within = <T>(work: Promise<T>) => beforeAbort(work, deadline, tool)

  const byHand = tool.byHand !== undefined && call.actor.kind === 'human' && call.face === 'rest'
  if (tool.plan && !call.approved && !byHand) {
    // What the plan chose is approved and run, not what was left open: a cluster with room now may have none later
    const { input: settled = input, ...plan } = await within(tool.plan(input as never, ctx))
    const { approval, ran } = await parts.approvals.ask({ tool, input: settled, plan, actor: call.actor })
    trail.decision = ran ? 'approved' : 'asked'
    trail.approval = approval.id
    trail.planDigest = digest(plan)
    const at = parts.now().toISOString()
    return ran ? granted(approval, ran, at) : waiting(approval, at)
  }
  if (call.approved) {
    trail.decision = 'approved'
    trail.approval = call.approved.id
  }
  trail.started = true
  const reply = await within(tool.run(input as never, ctx))
  if (reply.clusters) trail.clusters = reply.clusters.map(({ cluster }) => cluster)
  return finish(parts, { tool, reply, owner: call.actor.id, limit: limitOf(input) })
}

/** The approval of a change that runs, as if it had its outcome: redacted and bounded like an answer, and gone with the real one. */
const showIn =
  (approval: string, parts: RoadParts, { tool, owner }: { tool: Tool; owner: string }) =>
  async (reply: Reply<Record<string, unknown>>): Promise<void> => {
    const { answer } = await finish(parts, { tool, reply, owner, limit: 50 })
    const data = { state: 'running', outcome: answer }
    await parts.announce([{ name: 'approval.progressed', subject: `approvals/${approval}`, data }])
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
