import type { ErrorCode } from '#contract'
import type { Logger } from '#define'
import { shrink } from '../answer/shrink.ts'
import type { Answered, Call, Trail } from '../call.ts'
import { digest } from '../policy/digest.ts'
import type { Redactor } from '../policy/redact.ts'
import type { Registry } from '../registry.ts'
import type { Audit } from './audit.ts'
import type { Metrics } from './metrics.ts'
import { recordable } from './recordable.ts'

export interface RecordParts {
  registry: Registry
  redactor: Redactor
  audit: Audit
  metrics: Metrics
  now: () => Date
  log: Logger
}

/** One call in the metrics and in the audit, however it ended. */
export async function recordCall(
  parts: RecordParts,
  {
    call,
    traceId,
    trail,
    answered,
    durationMs,
  }: { call: Call; traceId: string; trail: Trail; answered: Answered; durationMs: number },
): Promise<void> {
  const { actor } = call
  const input = recordable(parts.registry, call.tool, trail.input)
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
      input: input === undefined ? undefined : shrink(parts.redactor.value(input), 8_000),
      inputDigest: digest(input ?? {}),
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
function knownName(parts: RecordParts, name: string): string {
  return parts.registry.all().some(({ tool }) => tool.name === name) ? name : 'unknown'
}
