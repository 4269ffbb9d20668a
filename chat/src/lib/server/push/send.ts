import { encryptPush, type SubscriptionKeys } from './encrypt.ts'
import { type PushIdentity, vapidHeader } from './vapid.ts'

export interface PushMessage {
  title: string
  body: string
  /** Path that a press on it opens */
  href: string
  /** Messages with the same tag replace each other */
  tag: string
}

export interface PushTarget {
  endpoint: string
  keys: SubscriptionKeys
}

/** `gone`: the browser has unsubscribed; `failed`: it may work another time. */
export type PushOutcome = { state: 'sent' } | { state: 'gone' } | { state: 'failed'; why: string }

export interface PushDeps {
  identity: PushIdentity
  now(): number
  wait(ms: number): Promise<unknown>
  timeoutMs?: number
}

/** An approval waits for a quarter of an hour: later nobody needs to hear of it */
const lifeSeconds = 900
/** Waiting before the second and third try, in milliseconds */
const pausesMs = [1_000, 5_000]
const longestPauseMs = 30_000

/** Hands a message to the push service of one browser, encrypted for it. Never rejects. */
export async function sendPush(target: PushTarget, message: PushMessage, deps: PushDeps): Promise<PushOutcome> {
  const body = encryptPush(Buffer.from(JSON.stringify(message)), target.keys)
  let why = ''
  for (let attempt = 0; ; attempt++) {
    const answer = await post(target, body, deps)
    if ('why' in answer) why = answer.why
    else if (answer.status >= 200 && answer.status < 300) return { state: 'sent' }
    else if (answer.status === 404 || answer.status === 410) return { state: 'gone' }
    else {
      why = `The push service answered ${answer.status}`
      if (answer.status !== 429 && answer.status < 500) return { state: 'failed', why }
    }
    const pause = pausesMs[attempt]
    if (pause === undefined) return { state: 'failed', why }
    const asked = 'retryAfterMs' in answer ? answer.retryAfterMs : undefined
    if (asked !== undefined && asked > longestPauseMs) return { state: 'failed', why }
    await deps.wait(asked ?? pause)
  }
}

type Posted = { status: number; retryAfterMs?: number } | { why: string }

async function post(target: PushTarget, body: Buffer, deps: PushDeps): Promise<Posted> {
  try {
    const response = await fetch(target.endpoint, {
      method: 'POST',
      headers: {
        authorization: vapidHeader(deps.identity, target.endpoint, deps.now()),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        ttl: String(lifeSeconds),
        urgency: 'high',
      },
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(deps.timeoutMs ?? 10_000),
    })
    await response.body?.cancel()
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return { status: response.status, ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }) }
  } catch (error) {
    return {
      why:
        (error as Error).name === 'TimeoutError'
          ? 'The push service did not answer in time'
          : 'The push service cannot be reached',
    }
  }
}
