import type { Failure } from '../../types.ts'
import { noticesIn } from '../../words/notices-in.ts'
import type { NoticeWords } from './budget.ts'

interface Facts {
  status?: number
  code?: string
  name: string
  message: string
}

/** Looks through wrappers (retry errors, causes) for the HTTP status or socket code that says what really happened. */
function factsOf(error: unknown, depth = 0): Facts {
  if (typeof error !== 'object' || error === null || depth > 6) return { name: 'Error', message: String(error) }
  const shape = error as Record<string, unknown>
  const own: Facts = {
    // A stream that breaks off in the middle still carries the 200 it began with.
    status: typeof shape.statusCode === 'number' && shape.statusCode >= 400 ? shape.statusCode : undefined,
    code: typeof shape.code === 'string' ? shape.code : undefined,
    name: typeof shape.name === 'string' ? shape.name : 'Error',
    message: typeof shape.message === 'string' ? shape.message : '',
  }
  if (own.status !== undefined || own.code?.startsWith('E') || own.code?.startsWith('UND_')) return own
  const inner = shape.lastError ?? shape.cause
  if (inner === undefined) return own
  const deeper = factsOf(inner, depth + 1)
  return deeper.status !== undefined || deeper.code !== undefined ? deeper : own
}

/** Of a time-out before the first token */
export const notBegun = 'no answer began in time'

/** Turns what the model endpoint did wrong into a sentence and a next step. `model` is the name that was asked for. */
export function modelFailure(
  error: unknown,
  endpoint: { baseUrl: string; model: string },
  { model: words }: NoticeWords = noticesIn(undefined),
): Failure {
  const { status, code, name, message } = factsOf(error)
  const where = endpoint.baseUrl
  const { stillWorks } = words
  if (status === 401 || status === 403)
    return {
      code: 'model-denied',
      message: words.denied(where, status),
      next: `${words.deniedNext} ${stillWorks}`,
      modelDown: true,
    }
  if (status === 404)
    return {
      code: 'model-not-available',
      message: words.unknown(where, endpoint.model),
      next: `${words.unknownNext(where)} ${stillWorks}`,
      modelDown: true,
    }
  if (status === 429)
    return {
      code: 'rate-limited',
      message: words.limited,
      next: words.limitedNext,
      retry: true,
    }
  if (status === 400 && /context|too (long|large)|maximum.*tokens/i.test(message))
    return {
      code: 'context-too-large',
      message: words.tooLarge,
      next: words.tooLargeNext,
    }
  if (status !== undefined && status >= 500)
    return {
      code: 'upstream-error',
      message: words.broken(status),
      next: `${words.brokenNext} ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (status !== undefined)
    return {
      code: 'upstream-error',
      message: words.refused(status, message.slice(0, 200)),
      next: words.refusedNext,
    }
  if (name === 'TimeoutError' && message === notBegun)
    return {
      code: 'upstream-timeout',
      message: 'The model did not begin to answer in time.',
      next: `Try again, or look how busy the model server is. ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (name === 'TimeoutError' || /timed? ?out|timeout/i.test(message) || code === 'UND_ERR_HEADERS_TIMEOUT')
    return {
      code: 'upstream-timeout',
      message: words.late,
      next: `${words.tryAgainKept} ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH')
    return {
      code: 'upstream-unreachable',
      message: words.silent(where, code),
      next: `${words.silentNext} ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (code !== undefined || /terminated|socket|network|aborted|fetch failed|premature|cannot connect/i.test(message))
    return {
      code: 'upstream-garbage',
      message: words.cutOff,
      next: words.tryAgainKept,
      retry: true,
    }
  return {
    code: 'upstream-garbage',
    message: words.garbage,
    next: words.tryAgainKept,
    retry: true,
  }
}
