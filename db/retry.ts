import { setTimeout as delay } from 'node:timers/promises'
import type { DatabaseLog } from './database.ts'
import { DatabaseUnavailable, describeFailure, failureCode } from './errors.ts'

export interface RetryOptions {
  log: DatabaseLog
  now: () => number
  sleep?: (ms: number) => Promise<unknown>
  attempts?: number
  firstDelayMs?: number
  longestDelayMs?: number
  /** Failed calls in a row that open the breaker (FRM-050), and for how long */
  breakerFailures?: number
  breakerMs?: number
}

export interface Retry {
  /**
   * Runs `task` again, with growing pauses, while the database cannot be reached and `again` allows it. Everything else
   * is thrown at once. Errors: DatabaseUnavailable
   */
  run<T>(task: () => Promise<T>, again?: () => boolean): Promise<T>
}

/** The server never saw the statement: doing it again is safe. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOENT',
  'CONNECT_TIMEOUT',
  '57P03', // starting up or shutting down
  '53300', // too many connections
])
/** The connection broke: the statement may have been done. */
const broken = new Set([
  'ECONNRESET',
  'EPIPE',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  '57P01', // terminated by the administrator
  '57P02', // crash of another process of the server
])

/** Retries with exponential back-off (FRM-049) behind a circuit breaker (FRM-050). */
export function createRetry(options: RetryOptions): Retry {
  const { log, now, sleep = delay, attempts = 5, firstDelayMs = 100, longestDelayMs = 2000 } = options
  const { breakerFailures = 5, breakerMs = 5000 } = options
  let failures = 0
  let openUntil = 0

  function gaveUp(cause: unknown): DatabaseUnavailable {
    failures += 1
    if (failures >= breakerFailures) openUntil = now() + breakerMs
    return new DatabaseUnavailable('connection', 'PostgreSQL cannot be reached.', { cause })
  }

  return {
    run: async (task, again = () => true) => {
      if (now() < openUntil) {
        throw new DatabaseUnavailable('connection', 'PostgreSQL could not be reached several times in a row.')
      }
      for (let attempt = 1; ; attempt += 1) {
        try {
          const value = await task()
          failures = 0
          return value
        } catch (error) {
          const code = failureCode(error) ?? ''
          if (broken.has(code)) {
            log.warn(describeFailure(error), 'the connection to PostgreSQL broke')
            const message = 'The connection to PostgreSQL broke.'
            throw new DatabaseUnavailable('connection', message, { cause: error, unknown: true })
          }
          if (code === '53100') {
            throw new DatabaseUnavailable('disk-full', 'The disk of PostgreSQL is full.', { cause: error })
          }
          if (!neverSent.has(code) || !again()) throw error
          const last = attempt >= attempts || failures >= breakerFailures
          log.warn({ ...describeFailure(error), attempt, last }, 'PostgreSQL cannot be reached')
          if (last) throw gaveUp(error)
          await sleep(Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs))
        }
      }
    },
  }
}
