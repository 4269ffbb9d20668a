import * as z from 'zod'
import type { ToolError } from '#contract'
import type { HttpResponse } from '../exchange.ts'
import { upstreamError } from '../failures.ts'
import type { Http } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { jwtExpiry } from './expiry.ts'
import type { OidcCredential } from './types.ts'

const discovery = z.looseObject({ token_endpoint: z.string() })
const answer = z.looseObject({
  id_token: z.string().optional(),
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.coerce.number().optional(),
})

/** An address a secret may be sent to. */
export const isSafeUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(localhost|127\.|\[::1\])/.test(url.hostname))
}

const aheadMs = 30_000

export interface OidcOptions {
  http: Http
  now: () => number
  cluster: string
  /** Kubernetes wants the id token, what stands behind an OAuth2 proxy the access token */
  prefers: 'id_token' | 'access_token'
  onSecret?: ((text: string) => void) | undefined
  /** The issuer gave another refresh token: the old one is worth nothing from now on */
  onRotated?: ((credential: OidcCredential) => void) | undefined
}

/**
 * A token of an OIDC issuer, kept until half a minute before its end, and renewed by refresh token or for the client itself. A new
 * refresh token is written into `credential`, so that whoever holds that has the one that works.
 */
export function oidcTokens(
  credential: OidcCredential,
  options: OidcOptions,
): { read(fresh: boolean): Promise<string> } {
  const { http, now, cluster, prefers } = options
  const asked = { upstream: 'oidc', cluster } as const
  let known: { token: string; untilMs: number } | undefined
  let under: Promise<string> | undefined
  let endpoint: string | undefined

  async function tokenEndpoint(): Promise<string> {
    const url = `${credential.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
    const response = await http.request({ ...asked, url, timeoutMs: 5_000 })
    const found = parseAnswer(asked, discovery, response).token_endpoint
    if (isSafeUrl(found)) return found
    throw upstreamError(asked, 'upstream-denied', {
      message: `The OIDC issuer of ${cluster} names a token address that is not https.`,
      next: 'Correct the issuer.',
    })
  }

  /** RFC 6749, section 5.2: what is wrong stands in `error`. */
  function explain(response: HttpResponse): ToolError | undefined {
    if (response.status !== 400 && response.status !== 401) return undefined
    const code = /"error"\s*:\s*"([a-z_]{1,60})"/.exec(response.text())?.[1] ?? `status ${response.status}`
    return upstreamError(asked, 'upstream-denied', {
      message: `The OIDC issuer of ${cluster} gives no token: ${code}.`,
      next: 'Sign in there anew and give the new refresh token, or correct client and secret.',
      details: { status: response.status },
    })
  }

  async function renew(): Promise<string> {
    endpoint ??= await tokenEndpoint()
    const { clientId, clientSecret, refreshToken } = credential
    const form = new URLSearchParams({
      client_id: clientId,
      ...(clientSecret !== undefined && { client_secret: clientSecret }),
      ...(refreshToken === undefined
        ? { grant_type: 'client_credentials', scope: 'openid' }
        : { grant_type: 'refresh_token', refresh_token: refreshToken }),
    })
    const response = await http.request({
      ...asked,
      url: endpoint,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      timeoutMs: 5_000,
      explain,
    })
    const got = parseAnswer(asked, answer, response)
    if (got.refresh_token !== undefined && got.refresh_token !== refreshToken) {
      options.onSecret?.(got.refresh_token)
      credential.refreshToken = got.refresh_token
      options.onRotated?.({ ...credential })
    }
    const token = prefers === 'id_token' ? (got.id_token ?? got.access_token) : (got.access_token ?? got.id_token)
    if (token === undefined)
      throw upstreamError(asked, 'upstream-denied', {
        message: `The OIDC issuer of ${cluster} answered without a token.`,
        next: 'Allow the scope openid for this client.',
      })
    const untilMs = jwtExpiry(token)?.getTime() ?? now() + (got.expires_in ?? 60) * 1000
    // one with a form of its own is masked by that form; every other must be known by its text
    if (!token.startsWith('eyJ')) options.onSecret?.(token)
    known = { token, untilMs }
    return token
  }

  return {
    async read(fresh) {
      if (known && !fresh && now() < known.untilMs - aheadMs) return known.token
      under ??= renew().finally(() => {
        under = undefined
      })
      return under
    },
  }
}
