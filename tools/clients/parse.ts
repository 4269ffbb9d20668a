import type * as z from 'zod'
import { type Asked, titleOf, upstreamError } from './failures.ts'
import type { HttpResponse } from './http.ts'

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  )

/** The JSON of an answer; anything else is upstream-garbage. */
export function jsonOf(asked: Asked, response: HttpResponse): unknown {
  try {
    return JSON.parse(response.text())
  } catch (cause) {
    const type = response.headers['content-type']?.split(';')[0] ?? 'no content type'
    throw upstreamError(asked, 'upstream-garbage', {
      message: `${titleOf(asked)} sent ${response.body.length} bytes of ${type} that are not JSON.`,
      next: 'Check that the configured URL leads to it and not to a sign-in page or a proxy; then look at its version.',
      details: { status: response.status },
      cause,
    })
  }
}

const wordsOf = (message = 'unknown') =>
  message.replace(/^Invalid input: /, '').replace('received undefined', 'but it is missing')

/** The value as the schema has it; the first member that does not fit is named. */
export function checkAnswer<T>(asked: Asked, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const member = issue && issue.path.length > 0 ? pathOf(issue.path) : 'the whole answer'
  throw upstreamError(asked, 'upstream-garbage', {
    message: `${titleOf(asked)} sent an answer that does not fit: ${member}: ${wordsOf(issue?.message)}.`,
    next: 'Check that the configured URL leads to the right service and that its version is one we know.',
    details: { member },
  })
}

/** jsonOf and checkAnswer in one. */
export const parseAnswer = <T>(asked: Asked, schema: z.ZodType<T>, response: HttpResponse): T =>
  checkAnswer(asked, schema, jsonOf(asked, response))
