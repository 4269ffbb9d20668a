/** Another process has the embedded database open. `next` says what to do. */
export class DatabaseLocked extends Error {
  override readonly name = 'DatabaseLocked'
  readonly pid: number
  readonly folder: string
  /** Where the process that holds it can be reached, where it said so */
  readonly url: string | undefined
  readonly next: string

  constructor(holder: { pid: number; folder: string; url?: string; host?: string }) {
    const where = holder.host ? ` on ${holder.host}` : ''
    super(`The embedded database in ${holder.folder} is in use by process ${holder.pid}${where}.`)
    this.pid = holder.pid
    this.folder = holder.folder
    this.url = holder.url
    const use = holder.url ? `Use the server that is running at ${holder.url}` : 'Use the server that is running'
    this.next = `${use}, stop it, or set DATABASE_URL to a PostgreSQL that both can share.`
  }
}

export type UnavailableReason = 'connection' | 'disk-full' | 'stopped'

const nextSteps: Record<UnavailableReason, string> = {
  connection: 'Check that PostgreSQL at DATABASE_URL runs and can be reached, then try again.',
  'disk-full': 'Free space on the disk that holds the database, then try again.',
  stopped: 'Try again: the database is opened anew on the next call.',
}

/** The database cannot do this now. What was acknowledged before is kept; the failed call changed nothing unless `unknown`. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  readonly reason: UnavailableReason
  readonly next: string
  /** The connection broke in mid-statement: it may have been done all the same */
  readonly unknown: boolean

  constructor(reason: UnavailableReason, message: string, options: { cause?: unknown; unknown?: boolean } = {}) {
    super(message, { cause: options.cause })
    this.reason = reason
    this.next = nextSteps[reason]
    this.unknown = options.unknown ?? false
  }
}

function* causes(error: unknown): Generator<unknown> {
  for (let depth = 0, current = error; current !== undefined && current !== null && depth < 8; depth += 1) {
    yield current
    current = (current as { cause?: unknown }).cause
  }
}

/** The failure of the database behind an error (drizzle wraps it), if that is what it was. */
export function databaseFailure(error: unknown): DatabaseUnavailable | DatabaseLocked | undefined {
  for (const cause of causes(error)) {
    if (cause instanceof DatabaseUnavailable || cause instanceof DatabaseLocked) return cause
  }
  return undefined
}

/** The code behind an error: a SQLSTATE, or one of the socket or the driver such as ECONNREFUSED. */
export function failureCode(error: unknown): string | undefined {
  for (const cause of causes(error)) {
    const code = (cause as { code?: unknown }).code
    if (typeof code === 'string' && code !== '') return code
  }
  return undefined
}

/** True for a row that breaks a unique index. */
export const isDuplicate = (error: unknown): boolean => failureCode(error) === '23505'

/**
 * What to log about an error of the database: message and code of the innermost cause. drizzle's own message
 * carries the parameters of the query, which may be secret.
 */
export function describeFailure(error: unknown): { message: string; code?: string; constraint?: string } {
  const inner = [...causes(error)].at(-1) as { message?: string; constraint?: string; constraint_name?: string }
  const code = failureCode(error)
  const constraint = inner.constraint ?? inner.constraint_name
  return { message: inner.message ?? String(inner), ...(code && { code }), ...(constraint && { constraint }) }
}
