import type { Failure } from '../../types.ts'

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

/** Turns what the model endpoint did wrong into a sentence and a next step. `model` is the name that was asked for. */
export function modelFailure(error: unknown, endpoint: { baseUrl: string; model: string }): Failure {
  const { status, code, name, message } = factsOf(error)
  const where = endpoint.baseUrl
  const stillWorks = 'Tools, cards and pages still work.'
  if (status === 401 || status === 403)
    return {
      code: 'model-denied',
      message: `The model endpoint at ${where} refused our key (${status}).`,
      next: `Set LLM_API_KEY to a key it accepts and restart. ${stillWorks}`,
      modelDown: true,
    }
  if (status === 404)
    return {
      code: 'model-not-available',
      message: `The model endpoint at ${where} does not know ${endpoint.model || 'the model'} (404).`,
      next: `Set LLM_MODEL to a name that ${where}/models lists. ${stillWorks}`,
      modelDown: true,
    }
  if (status === 429)
    return {
      code: 'rate-limited',
      message: 'The model endpoint is taking no more requests right now (429).',
      next: 'Wait a moment and try again.',
      retry: true,
    }
  if (status === 400 && /context|too (long|large)|maximum.*tokens/i.test(message))
    return {
      code: 'context-too-large',
      message: 'This conversation no longer fits into the context of the model.',
      next: 'Start a new conversation, or ask a narrower question.',
    }
  if (status !== undefined && status >= 500)
    return {
      code: 'upstream-error',
      message: `The model endpoint failed (${status}).`,
      next: `Try again; if it goes on, look at the log of the model server. ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (status !== undefined)
    return {
      code: 'upstream-error',
      message: `The model endpoint refused the request (${status}): ${message.slice(0, 200)}`,
      next: 'Check that the model takes tools and the OpenAI chat format.',
    }
  if (name === 'TimeoutError' || /timed? ?out|timeout/i.test(message) || code === 'UND_ERR_HEADERS_TIMEOUT')
    return {
      code: 'upstream-timeout',
      message: 'The model did not go on answering in time.',
      next: `Try again; what it said so far is kept. ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH')
    return {
      code: 'upstream-unreachable',
      message: `Nothing answers at the model endpoint ${where} (${code}).`,
      next: `Start the model server or set LLM_BASE_URL. ${stillWorks}`,
      modelDown: true,
      retry: true,
    }
  if (code !== undefined || /terminated|socket|network|aborted|fetch failed|premature|cannot connect/i.test(message))
    return {
      code: 'upstream-garbage',
      message: 'The connection to the model broke off in the middle of the answer.',
      next: 'Try again; what it said so far is kept.',
      retry: true,
    }
  return {
    code: 'upstream-garbage',
    message: 'The model answered something that could not be understood.',
    next: 'Try again; what it said so far is kept.',
    retry: true,
  }
}
