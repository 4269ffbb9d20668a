import { type ErrorCode, ToolError } from '#contract'
import type { ExchangeFailure, HttpResponse } from './exchange.ts'

/** Everything outside that answers over HTTP, and what people call it. */
export const upstreamTitles = {
  kubernetes: 'The Kubernetes API',
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
  loki: 'Loki',
  tempo: 'Tempo',
  ray: 'The Ray dashboard',
  qubic: 'The Qubic RPC',
  vllm: 'The model endpoint',
  huggingface: 'Hugging Face',
  oidc: 'The OIDC issuer',
} as const
export type UpstreamName = keyof typeof upstreamTitles

/** Whom we asked, for the words of an error. */
export interface Asked {
  upstream: UpstreamName
  cluster?: string
  /** What to check when the answer is 401 or 403: `clusters[gpu-east].prometheus.bearerToken` */
  credential?: string
}

/** What the request would have done; decides what an error says about changes. */
export interface Attempted extends Asked {
  url: URL
  mutates: boolean
  timeoutMs: number
  maxBytes: number
}

export const titleOf = ({ upstream, cluster }: Asked): string =>
  upstreamTitles[upstream] +
  (cluster === undefined ? '' : upstream === 'ray' ? ` of ${cluster}` : ` of cluster ${cluster}`)

const unreachableCode = (upstream: UpstreamName): ErrorCode =>
  upstream === 'kubernetes' || upstream === 'prometheus'
    ? 'cluster-unreachable'
    : upstream === 'loki' || upstream === 'tempo'
      ? `${upstream}-not-available`
      : 'upstream-unreachable'
const timeoutCode = (upstream: UpstreamName): ErrorCode =>
  upstream === 'prometheus' || upstream === 'loki' || upstream === 'tempo' ? 'query-timeout' : 'upstream-timeout'

const connectWords: Record<string, string> = {
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve',
  ECONNRESET: 'it closed the connection without an answer',
  EPIPE: 'it closed the connection without an answer',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'the connection is not accepted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it does not speak TLS there',
}
const isCertificate = (errno: string) => /CERT|SIGNATURE|ISSUER/.test(errno)

const facts = (asked: Asked, more: Record<string, unknown>) => ({
  ...(asked.cluster !== undefined && { cluster: asked.cluster }),
  details: { upstream: asked.upstream, ...more },
})

/** An error of one upstream, with its cluster and its facts. */
export const upstreamError = (
  asked: Asked,
  code: ErrorCode,
  rest: {
    message: string
    next: string
    details?: Record<string, unknown>
    field?: string
    changed?: 'nothing'
    cause?: unknown
  },
): ToolError => {
  const { message, next, details, ...more } = rest
  return new ToolError(code, message, { next, ...more, ...facts(asked, { ...details }) })
}

/** The exchange broke before there was a whole answer. */
export function fromFailure(asked: Attempted, failure: ExchangeFailure): ToolError {
  const who = titleOf(asked)
  const changed = asked.mutates ? ('unknown' as const) : undefined
  const details = facts(asked, { errno: failure.errno })
  switch (failure.stage) {
    case 'too-large':
      return new ToolError('upstream-error', `${who} sent more than ${asked.maxBytes} bytes.`, {
        next: 'Ask for less: a narrower selector, a shorter time range or a limit.',
        changed,
        ...details,
      })
    case 'protocol':
      return new ToolError('upstream-garbage', `What answers at ${asked.url.origin} for ${who} does not speak HTTP.`, {
        next: 'Check the configured URL, its port and its scheme (http or https).',
        changed,
        ...details,
      })
    case 'body':
      return new ToolError('upstream-garbage', `${who} sent half an answer: ${failure.message}.`, {
        next: 'Try again; if it stays, look at the proxy in front of it and at its own log.',
        changed,
        ...details,
      })
    case 'connect': {
      const words = connectWords[failure.errno] ?? failure.message
      const wasSent = failure.errno === 'ECONNRESET' || failure.errno === 'EPIPE'
      return new ToolError(
        unreachableCode(asked.upstream),
        `${who} does not answer at ${asked.url.origin}: ${words}.`,
        {
          next: isCertificate(failure.errno)
            ? 'Set caFile to the authority that signed its certificate, or correct the host name in the configured URL.'
            : 'Check that it runs, that the configured URL is right and that this machine can reach it; other clusters are not affected.',
          ...(asked.mutates && { changed: wasSent ? ('unknown' as const) : ('nothing' as const) }),
          ...details,
        },
      )
    }
  }
}

export function timedOut(asked: Attempted): ToolError {
  return new ToolError(
    timeoutCode(asked.upstream),
    `${titleOf(asked)} did not answer within ${asked.timeoutMs / 1000} s.`,
    {
      next: 'Ask for less (a shorter range, a narrower selector), allow more time, or look at its load.',
      ...(asked.mutates && { changed: 'unknown' as const }),
      ...facts(asked, { timeoutMs: asked.timeoutMs }),
    },
  )
}

export function cancelled(asked: Attempted, cause?: unknown): ToolError {
  return new ToolError('cancelled', `The question to ${titleOf(asked)} was cancelled.`, {
    next: 'Ask again if the answer is still wanted.',
    cause,
    ...(asked.mutates && { changed: 'unknown' as const }),
    ...facts(asked, {}),
  })
}

export function circuitOpen(asked: Attempted, waitMs: number): ToolError {
  const seconds = Math.ceil(waitMs / 1000)
  return new ToolError(
    unreachableCode(asked.upstream),
    `${titleOf(asked)} failed so often that it is left alone for ${seconds} s.`,
    {
      next: `Ask again in ${seconds} s, or ask the other clusters meanwhile.`,
      ...(asked.mutates && { changed: 'nothing' as const }),
      ...facts(asked, { circuit: 'open', retryAfterSeconds: seconds }),
    },
  )
}

/** Retry-After in milliseconds: seconds or an HTTP date. */
export function retryAfterMs(response: HttpResponse, nowMs: number): number | undefined {
  const value = response.headers['retry-after']
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

const messageOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return undefined
  const { message, error, detail, msg } = value as Record<string, unknown>
  return [message, error, detail, msg].map((part) => (part === undefined ? undefined : messageOf(part))).find(Boolean)
}

/** The upstream's own words: one line, cut, without markup; of JSON only its message. */
export function wordsOf(response: HttpResponse): string {
  const type = response.headers['content-type'] ?? ''
  if (type.includes('html')) return ''
  const text = response.text()
  let words = text
  try {
    words = messageOf(JSON.parse(text)) ?? text
  } catch {
    // Plain text is what it says.
  }
  return words.replace(/\s+/g, ' ').trim().slice(0, 300)
}

/** A whole answer with a status that is not a success, where the upstream's own format tells nothing better. */
export function fromStatus(asked: Attempted, response: HttpResponse, nowMs: number): ToolError {
  const { status } = response
  const who = titleOf(asked)
  const words = wordsOf(response)
  const said = words === '' ? '' : `: ${words}`
  const withChanged = asked.mutates ? { changed: status >= 500 ? ('unknown' as const) : ('nothing' as const) } : {}
  const details = { ...facts(asked, { status }), ...withChanged }
  const credential = asked.credential ?? 'its credentials in the configuration'
  if (status >= 300 && status < 400) {
    return new ToolError('upstream-error', `${who} answers with a redirect (${status}) instead of data.`, {
      next: `Set the URL to the address it redirects to; if that is a sign-in page, set ${credential}.`,
      ...details,
    })
  }
  switch (status) {
    case 401:
      return new ToolError('upstream-denied', `${who} does not accept our credentials (401)${said}`, {
        next: `Check ${credential}: it is missing, wrong or expired.`,
        ...details,
      })
    case 403:
      return new ToolError('upstream-denied', `${who} knows us and refuses this (403)${said}`, {
        next: `Give the identity behind ${credential} the right to do this.`,
        ...details,
      })
    case 404:
      return new ToolError('not-found', `${who} does not have that (404)${said}`, {
        next: 'Check the name; if every question gets this, check the configured URL and its path.',
        ...details,
      })
    case 409:
      return new ToolError('conflict', `${who} refuses because of a conflict (409)${said}`, {
        next: 'Read the present state and try again.',
        ...details,
      })
    case 400:
    case 422:
      return new ToolError('invalid-request', `${who} refuses the request as invalid (${status})${said}`, {
        next: 'Correct what it names and try again.',
        ...details,
      })
    case 429: {
      const waitMs = retryAfterMs(response, nowMs)
      const seconds = waitMs === undefined ? undefined : Math.ceil(waitMs / 1000)
      return new ToolError('rate-limited', `${who} says that we ask too often (429)${said}`, {
        next: seconds === undefined ? 'Wait a little and ask again, or ask for less.' : `Ask again in ${seconds} s.`,
        ...details,
        details: { ...details.details, ...(seconds !== undefined && { retryAfterSeconds: seconds }) },
      })
    }
    case 504:
      return new ToolError(timeoutCode(asked.upstream), `${who} ran out of time (504)${said}`, {
        next: 'Ask for less (a shorter range, a narrower selector) or look at its load.',
        ...details,
      })
    default:
      return new ToolError('upstream-error', `${who} failed (${status})${said}`, {
        next: 'Try again; if it stays, look at its own log and health.',
        ...details,
      })
  }
}
