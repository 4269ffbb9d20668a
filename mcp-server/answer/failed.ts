import { isToolError, ToolError } from '#contract'
import { databaseFailure } from '#db/open.ts'
import type { Logger } from '#define'
import type { Answered, Trail } from '../call.ts'
import type { Redactor } from '../policy/redact.ts'
import { shrink } from './shrink.ts'

/** Any failure as an answer: what happened, what to do, and whether something may have been changed. */
export function failed(
  parts: { redactor: Redactor; now: () => Date; log: Logger },
  { error, tool, traceId, trail }: { error: unknown; tool: string; traceId: string; trail: Trail },
): Answered {
  const at = parts.now().toISOString()
  const changed = trail.started && trail.risk !== 'read' ? 'unknown' : 'nothing'
  let known: ToolError
  const store = databaseFailure(error)
  if (isToolError(error)) known = error
  else if (store) known = new ToolError('store-unavailable', store.message, { next: store.next, changed, cause: error })
  else {
    // Unknown errors stay in the log: their text may hold what nobody outside should read
    parts.log.error({ traceId, tool, error }, 'a tool failed unexpectedly')
    known = new ToolError('internal', `${tool} failed unexpectedly`, {
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
