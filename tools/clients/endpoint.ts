import { readFile } from 'node:fs/promises'
import type { ToolError } from '#contract'
import type { EndpointConfig } from './endpoint-config.ts'
import type { UpstreamName } from './failures.ts'
import type { Http, HttpRequest, HttpResponse, TlsIdentity } from './http.ts'
import { createSecret, type Surroundings, unreadable } from './secret.ts'

/** Where an upstream is and how we show who we are. */
export interface Connection {
  baseUrl: string
  headers: Record<string, string>
  tls?: TlsIdentity
}

/** `fresh`: what was used before is refused; read tokens again. */
export interface Connector {
  connect(fresh: boolean): Promise<Connection>
  /** Whether connecting afresh can help after a 401 (MET-018) */
  readonly canRefresh: boolean
}

export type QueryValue = string | number | boolean | undefined | readonly string[]

export interface EndpointCall
  extends Pick<
    HttpRequest,
    | 'method'
    | 'body'
    | 'headers'
    | 'timeoutMs'
    | 'signal'
    | 'mutates'
    | 'maxBytes'
    | 'attempts'
    | 'pass'
    | 'explain'
    | 'probe'
  > {
  path: string
  query?: Record<string, QueryValue>
}

export interface Endpoint {
  readonly upstream: UpstreamName
  readonly cluster?: string
  call(call: EndpointCall): Promise<HttpResponse>
  /** Where and who, for what is no request and answer: a WebSocket */
  connect(fresh: boolean): Promise<Connection>
  /** Whether connecting afresh can help after a 401 */
  readonly canRefresh: boolean
  /** Aborts when the client is closed or replaced */
  readonly ended: AbortSignal
}

/** `{a: 1, b: undefined, 'match[]': ['x', 'y']}` → `a=1&match[]=x&match[]=y`, escaped. */
export function formOf(query: Record<string, QueryValue>): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    if (Array.isArray(value)) for (const one of value) form.append(name, one)
    else form.append(name, String(value))
  }
  return form
}

/** The whole URL of a call. */
export function addressOf(baseUrl: string, { path, query }: Pick<EndpointCall, 'path' | 'query'>): string {
  const form = query ? formOf(query).toString() : ''
  const joined = baseUrl.replace(/\/+$/, '') + path
  return form === '' ? joined : `${joined}${path.includes('?') ? '&' : '?'}${form}`
}

/** One upstream behind `http`. A 401 reads the credentials again, once. */
export function createEndpoint(options: {
  upstream: UpstreamName
  cluster?: string
  /** Place of the credential in the configuration, for errors */
  credential: string
  timeoutMs?: number
  connector: Connector
  http: Http
}): Endpoint {
  const { upstream, cluster, credential, connector, http } = options
  async function send(call: EndpointCall, fresh: boolean): Promise<HttpResponse> {
    const { baseUrl, headers, tls } = await connector.connect(fresh)
    const { path: _path, query: _query, ...rest } = call
    return http.request({
      timeoutMs: options.timeoutMs,
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      url: addressOf(baseUrl, call),
      headers: { ...headers, ...call.headers },
      tls,
      upstream,
      cluster,
      credential,
    })
  }
  return {
    upstream,
    cluster,
    connect: (fresh) => connector.connect(fresh),
    canRefresh: connector.canRefresh,
    ended: http.ended,
    async call(call) {
      try {
        return await send(call, false)
      } catch (error) {
        const status = (error as ToolError).options?.details?.status
        if (status !== 401 || !connector.canRefresh) throw error
        return send(call, true)
      }
    },
  }
}

/** PEM files of the configuration, read once they are needed. */
async function readTls(config: EndpointConfig, where: string): Promise<TlsIdentity | undefined> {
  const { caFile, certFile, keyFile, insecureSkipTlsVerify } = config
  if (!config.ca && !caFile && !certFile && !insecureSkipTlsVerify) return undefined
  const pem = (file: string | undefined, name: string) =>
    file === undefined ? undefined : readFile(file).catch((error) => unreadable(`${where}.${name}`, file, error))
  const [ca, cert, key] = await Promise.all([pem(caFile, 'caFile'), pem(certFile, 'certFile'), pem(keyFile, 'keyFile')])
  return { ca: ca ?? config.ca, cert, key, insecureSkipTlsVerify }
}

/** Places in the configuration, for errors: of the upstream, and in it of its bearer token. */
export interface Place {
  where: string
  /** Default bearerToken */
  tokenName?: string
}

/** The connector of a plain configured address. */
export function configuredConnector(config: EndpointConfig, place: Place, surroundings: Surroundings): Connector {
  const { where, tokenName = 'bearerToken' } = place
  const bearer =
    config.bearerToken === undefined
      ? undefined
      : createSecret(config.bearerToken, `${where}.${tokenName}`, surroundings)
  const password = config.basic && createSecret(config.basic.password, `${where}.basic.password`, surroundings)
  const more = Object.entries(config.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), createSecret(value, `${where}.headers.${name}`, surroundings)] as const,
  )
  let tls: Promise<TlsIdentity | undefined> | undefined
  return {
    canRefresh: [bearer, password, ...more.map(([, value]) => value)].some((one) => one?.canChange),
    async connect(fresh) {
      tls ??= readTls(config, where)
      const identity = await tls.catch((error) => {
        tls = undefined
        throw error
      })
      const headers: Record<string, string> = {}
      if (bearer) headers.authorization = `Bearer ${await bearer.read(fresh)}`
      if (config.basic && password) {
        const pair = `${config.basic.username}:${await password.read(fresh)}`
        headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
      }
      for (const [name, value] of more) headers[name] = await value.read(fresh)
      return { baseUrl: config.url, headers, tls: identity }
    },
  }
}

/** The same address without any login: somebody gave credentials of their own for it. */
export const withoutLogin = <C extends Partial<EndpointConfig>>({
  bearerToken: _token,
  basic: _basic,
  certFile: _cert,
  keyFile: _key,
  ...address
}: C) => address

/** The usual way: an endpoint straight from its part of the configuration. */
export function configuredEndpoint(
  options: Place & {
    upstream: UpstreamName
    cluster?: string
    config: EndpointConfig
    http: Http
    surroundings: Surroundings
  },
): Endpoint {
  const { upstream, cluster, config, where, tokenName, http, surroundings } = options
  return createEndpoint({
    upstream,
    cluster,
    http,
    timeoutMs: config.timeoutMs,
    credential: `${where}.${config.basic ? 'basic' : (tokenName ?? 'bearerToken')}`,
    connector: configuredConnector(config, { where, tokenName }, surroundings),
  })
}
