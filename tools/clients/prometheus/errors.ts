import type { ToolError } from '#contract'
import { type Asked, titleOf, upstreamError } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { errorEnvelope } from './wire.ts'

const parameterOf = (text: string) => /^invalid parameter "([^"]+)"/.exec(text)?.[1]

/** Prometheus' own error envelope as a ToolError; undefined when the body is something else, such as a proxy's page. */
export function explainPrometheus(asked: Asked, response: HttpResponse): ToolError | undefined {
  const parsed = errorEnvelope.safeParse(tryJson(response.text()))
  if (!parsed.success) return undefined
  const { errorType, error } = parsed.data
  const facts = { status: response.status, errorType }
  const words = error.replace(/\s+/g, ' ').slice(0, 500)
  switch (errorType) {
    case 'bad_data':
      return badData(asked, words, facts)
    case 'execution':
      return upstreamError(asked, 'invalid-request', {
        message: `${titleOf(asked)} cannot evaluate the query: ${words}`,
        next: 'Change the query: match labels with on() or group_left(), or select fewer series.',
        details: facts,
      })
    case 'timeout':
    case 'canceled':
      return upstreamError(asked, 'query-timeout', {
        message: `${titleOf(asked)} gave up on the query: ${words}`,
        next: 'Ask for a shorter range, a larger step or fewer series, or allow more time.',
        details: facts,
      })
    default:
      return undefined
  }
}

function badData(asked: Asked, words: string, facts: Record<string, unknown>): ToolError {
  const place = /(\d+):(\d+): parse error: (.*)$/.exec(words)
  if (place) {
    const position = { line: Number(place[1]), column: Number(place[2]) }
    return upstreamError(asked, 'invalid-promql', {
      message: `The PromQL is wrong at line ${position.line}, column ${position.column}: ${place[3]}`,
      next: 'Correct the query at that position; find_metrics lists metrics and their types.',
      field: 'query',
      details: { ...facts, position },
    })
  }
  const field = parameterOf(words)
  if (field === 'query' || /parse error|unknown function|unexpected/.test(words)) {
    return upstreamError(asked, 'invalid-promql', {
      message: `The PromQL is wrong: ${words}`,
      next: 'Correct the query; find_metrics lists metrics and their types.',
      field: 'query',
      details: facts,
    })
  }
  const isTooFine = words.includes('maximum resolution')
  return upstreamError(asked, 'invalid-input', {
    message: `${titleOf(asked)} refuses the question: ${words}`,
    next: isTooFine ? 'Choose a larger step or a shorter range.' : 'Correct the argument it names.',
    field: field ?? (isTooFine ? 'step' : undefined),
    details: facts,
  })
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
