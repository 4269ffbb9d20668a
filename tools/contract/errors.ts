import * as z from 'zod'

/**
 * Every way a call can fail, with the HTTP status the REST face answers (SEC-012, SEC-013).
 * Codes are closed: a new way to fail is a change of the contract.
 */
export const errorStatus = {
  'invalid-input': 400,
  'invalid-promql': 400,
  'invalid-logql': 400,
  'invalid-traceql': 400,
  'credentials-invalid': 400,
  'context-too-large': 400,
  unauthenticated: 401,
  'permission-denied': 403,
  'persona-readonly': 403,
  'unknown-tool': 404,
  'cluster-not-found': 404,
  'not-found': 404,
  'session-not-found': 404,
  'persona-not-found': 404,
  'already-exists': 409,
  conflict: 409,
  'approval-stale': 409,
  'approval-used': 409,
  'approval-expired': 410,
  'session-expired': 410,
  'result-expired': 410,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'invalid-request': 422,
  'does-not-fit': 422,
  'rate-limited': 429,
  cancelled: 499,
  internal: 500,
  'upstream-error': 502,
  'upstream-garbage': 502,
  'upstream-denied': 502,
  'cluster-unreachable': 503,
  'upstream-unreachable': 503,
  'not-configured': 503,
  'model-not-available': 503,
  'store-unavailable': 503,
  'loki-not-available': 503,
  'tempo-not-available': 503,
  'query-timeout': 504,
  'upstream-timeout': 504,
} as const

export type ErrorCode = keyof typeof errorStatus
export const errorCodes = Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]

/** What a failed call tells: `message` says what happened, `next` what to do about it. */
export const errorPayload = z.strictObject({
  code: z.string().describe('Closed error code, lower-case kebab'),
  message: z.string().describe('What happened, in one sentence'),
  next: z.string().describe('What to do next'),
  field: z.string().optional().describe('The argument that is wrong, as a path'),
  cluster: z.string().optional().describe('The cluster it happened on'),
  details: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Facts a program can use, such as valid values or a position'),
  traceId: z.string().optional().describe('Reference to quote when asking for help'),
  changed: z
    .enum(['nothing', 'unknown', 'something'])
    .optional()
    .describe('Whether the failed call may have changed anything outside'),
})
export type ErrorPayload = z.output<typeof errorPayload>

export interface ToolErrorOptions {
  next: string
  field?: string
  cluster?: string
  details?: Record<string, unknown>
  changed?: 'nothing' | 'unknown' | 'something'
  cause?: unknown
}

/** The one error class of the product. `next` is mandatory: an error without a next step is half an answer. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly code: ErrorCode
  readonly options: ToolErrorOptions

  constructor(code: ErrorCode, message: string, options: ToolErrorOptions) {
    super(message, { cause: options.cause })
    this.code = code
    this.options = options
  }

  get status(): number {
    return errorStatus[this.code]
  }

  toPayload(traceId?: string): ErrorPayload {
    const { next, field, cluster, details, changed } = this.options
    return {
      code: this.code,
      message: this.message,
      next,
      ...(field !== undefined && { field }),
      ...(cluster !== undefined && { cluster }),
      ...(details !== undefined && { details }),
      ...(traceId !== undefined && { traceId }),
      ...(changed !== undefined && { changed }),
    }
  }
}

export const isToolError = (error: unknown): error is ToolError => error instanceof ToolError
