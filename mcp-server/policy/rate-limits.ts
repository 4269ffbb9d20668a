import { type ErrorPayload, isToolError, ToolError } from '#contract'
import type { Actor } from '#define'

/** So many at once, and so many a minute after that. */
export interface Rate {
  perMinute: number
  burst: number
}
export type RateName = 'requests' | 'queries' | 'messages'
export type Rates = Record<RateName, Rate>

/** SEC-036, CHT-019 */
export const defaultRates: Rates = {
  requests: { perMinute: 300, burst: 50 },
  queries: { perMinute: 60, burst: 10 },
  messages: { perMinute: 30, burst: 5 },
}

export interface Taken {
  allowed: boolean
  /** Whole tokens left */
  remaining: number
  /** Milliseconds until one more is there; 0 when there is one */
  waitMs: number
  /** Milliseconds until all are there again */
  fullInMs: number
}

/** A token bucket: never lets more pass than its burst and its rate allow, whatever the clock does (QLT-051). */
export function createBucket({ perMinute, burst }: Rate, startMs: number): (nowMs: number) => Taken {
  const perMs = perMinute / 60_000
  let tokens = burst
  let atMs = startMs
  return (nowMs) => {
    tokens = Math.min(burst, tokens + Math.max(0, nowMs - atMs) * perMs)
    atMs = Math.max(atMs, nowMs)
    const allowed = tokens >= 1
    if (allowed) tokens -= 1
    return {
      allowed,
      remaining: Math.floor(tokens),
      waitMs: Math.ceil(Math.max(0, 1 - tokens) / perMs),
      fullInMs: Math.ceil((burst - tokens) / perMs),
    }
  }
}

export interface RateLimits {
  /**
   * Takes one from the bucket of whoever calls. Undefined where nothing is limited: for workers, which report on a beat of their own, for webhooks, which would drop what is refused,
   * and for the agent of a conversation, whose person is limited in messages.
   * @throws ToolError rate-limited
   */
  take(name: RateName, actor: Actor): (Taken & { limit: number }) | undefined
  /** The same for those who cannot catch our errors: why it is refused, if it is */
  refusal(name: RateName, actor: Actor): ErrorPayload | undefined
}

const words: Record<RateName, string> = { requests: 'requests', queries: 'metrics queries', messages: 'messages' }
const mostBuckets = 10_000

/** How the refusal of a rate reads; `details` has what the headers say. */
function exceeded(name: RateName, rate: Rate, taken: Taken): ToolError {
  const seconds = Math.max(1, Math.ceil(taken.waitMs / 1000))
  return new ToolError('rate-limited', `More than ${rate.perMinute} ${words[name]} a minute.`, {
    next: `Wait ${seconds} s and try again. Whoever runs this server can allow more with QM_RATE_LIMITS.`,
    changed: 'nothing',
    details: {
      limit: rate.perMinute,
      remaining: 0,
      retryAfterSeconds: seconds,
      resetSeconds: Math.ceil(taken.fullInMs / 1000),
    },
  })
}

/** Buckets in this process, one for each person and kind of caller, so that a busy script does not lock out its owner's page. */
export function createRateLimits(rates: Rates | undefined, now: () => Date): RateLimits {
  const buckets = new Map<string, ReturnType<typeof createBucket>>()
  const take: RateLimits['take'] = (name, actor) => {
    if (!rates || ['worker', 'webhook'].includes(actor.kind) || actor.conversation !== undefined) return undefined
    const nowMs = now().getTime()
    const key = `${name} ${actor.kind} ${actor.id}`
    const bucket = buckets.get(key) ?? createBucket(rates[name], nowMs)
    // Used last goes to the end; the one that rested longest is full again or nearly so
    buckets.delete(key)
    buckets.set(key, bucket)
    if (buckets.size > mostBuckets) buckets.delete(buckets.keys().next().value!)
    const taken = bucket(nowMs)
    if (!taken.allowed) throw exceeded(name, rates[name], taken)
    return { ...taken, limit: rates[name].perMinute }
  }
  return {
    take,
    refusal(name, actor) {
      try {
        take(name, actor)
        return undefined
      } catch (error) {
        if (isToolError(error)) return error.toPayload()
        throw error
      }
    },
  }
}

/** `off`, or what differs from the default: `requests=600/100,queries=120/20,messages=60/10` (a minute/at once). */
export function readRates(text: string | undefined): Rates | undefined {
  if (text === 'off') return undefined
  const given = (text ?? '').split(',').flatMap((part) => {
    const [, name, perMinute, burst] = /^\s*(\w+)=(\d+)\/(\d+)\s*$/.exec(part) ?? []
    return name ? [[name, { perMinute: Number(perMinute), burst: Number(burst) }] as const] : []
  })
  return { ...defaultRates, ...Object.fromEntries(given) }
}

/** What QM_RATE_LIMITS may be. */
export const ratesPattern =
  /^(off|\s*(requests|queries|messages)=[1-9]\d{0,8}\/[1-9]\d{0,8}\s*(,\s*(requests|queries|messages)=[1-9]\d{0,8}\/[1-9]\d{0,8}\s*)*)$/
