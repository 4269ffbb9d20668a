import type { APIError } from 'openai'
import { isToolError, ToolError } from '#contract'
import { type Attempted, cancelled, fromStatus, timedOut, titleOf, upstreamError } from '../failures.ts'
import type { HttpResponse } from '../http.ts'

/** The ToolError somewhere below what the openai client made of it. */
export function toolErrorIn(error: unknown): ToolError | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 6; one = one.cause, depth++)
    if (isToolError(one)) return one
  return undefined
}

/** The answer again, in the form that all clients read refusals in. */
function answerOf(error: APIError): HttpResponse {
  const headers = Object.fromEntries(error.headers ?? [])
  // The client takes the text apart: of JSON the error, of anything else the words behind the status
  const text = error.error ? JSON.stringify({ error: error.error }) : error.message.replace(/^\d{3} /, '')
  return { status: error.status ?? 0, headers, body: Buffer.from(text), text: () => text }
}

const isApiError = (error: unknown): error is APIError =>
  error instanceof Error && typeof (error as { status?: unknown }).status === 'number' && 'headers' in error

export interface Asking {
  asked: Attempted
  /** The limit of this question ended it, and what it was for */
  expired: () => string | undefined
  signal: AbortSignal | undefined
  model: string
}

/** Any failure of a question to a served model as a ToolError with what to do about it. */
export function explainFailure(error: unknown, { asked, expired, signal, model }: Asking): ToolError {
  const words = expired()
  if (words !== undefined)
    return upstreamError(asked, 'upstream-timeout', {
      message: `${titleOf(asked)} ${words}.`,
      next: 'Look at its queue and its load (get_serving_metrics), ask for less, or allow more time.',
      details: { expired: true },
    })
  if (signal?.aborted) {
    const isDeadline = signal.reason?.name === 'TimeoutError' || /-timeout$/.test(signal.reason?.code ?? '')
    return isDeadline ? timedOut(asked) : cancelled(asked, signal.reason)
  }
  const known = toolErrorIn(error)
  if (known) return known
  if (isApiError(error)) return explainRefusal(error, { asked, model })
  // An error in the middle of a stream: the answer had begun, so there is no status any more
  if (error instanceof Error && 'error' in error && (error as APIError).error)
    return upstreamError(asked, 'upstream-error', {
      message: `${titleOf(asked)} broke off with an error: ${answerOf(error as APIError)
        .text()
        .slice(0, 300)}`,
      next: 'Look at the log of the engine (get_deployment_logs).',
    })
  return upstreamError(asked, 'upstream-garbage', {
    message: `${titleOf(asked)} sent what is no answer of the OpenAI API: ${(error as Error).message?.slice(0, 200)}`,
    next: 'Check that the address leads to it, with its path (usually /v1), and not to a page or a proxy.',
    cause: error,
  })
}

function explainRefusal(error: APIError, { asked, model }: { asked: Attempted; model: string }): ToolError {
  const answer = answerOf(error)
  const details = { upstream: asked.upstream, status: answer.status }
  const said = answer.text().replace(/\s+/g, ' ').slice(0, 300)
  const refuse = (code: 'rate-limited' | 'upstream-denied' | 'not-found', message: string, next: string) =>
    new ToolError(code, message, {
      next,
      details,
      ...(asked.cluster && { cluster: asked.cluster }),
      changed: 'nothing',
    })
  switch (answer.status) {
    case 401:
      return refuse(
        'upstream-denied',
        `${titleOf(asked)} wants an API key or does not take ours (401)`,
        `Check ${asked.credential}. Behind the API server's service proxy no key can be sent: ask the endpoint by its url.`,
      )
    case 404:
      return /model/i.test(said)
        ? refuse(
            'not-found',
            `${titleOf(asked)} does not serve ${model} (404): ${said}`,
            'Take a name that /v1/models lists.',
          )
        : fromStatus(asked, answer, 0)
    case 529:
      return refuse(
        'rate-limited',
        `${titleOf(asked)} is overloaded and takes no more requests (529)`,
        'Try fewer concurrent requests, or add replicas: scale_deployment.',
      )
    default:
      return fromStatus(asked, answer, 0)
  }
}
