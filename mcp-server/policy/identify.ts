import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type Caller, type Role, ToolError } from '#contract'
import type { Actor } from '#define'

/** What the chat vouches for when its agent calls: on whose behalf, as which persona, about which clusters. */
export interface AgentClaims {
  sub: string
  name: string
  role: Role
  persona: string
  conversation: string
  clusters: string[]
  /** Of the conversation: `read-only` may look and not even ask for a change */
  mode?: 'ask' | 'read-only'
  /** Seconds since 1970 */
  exp: number
}

export interface Identified {
  actor: Actor
  conversationClusters?: string[]
  /** An agent token: whatever it answers to an elicitation is not a person's word */
  agentToken: boolean
}

export interface Identity {
  /** @throws ToolError unauthenticated */
  identify(request: {
    authorization?: string | undefined
    cookie?: string | undefined
    face: 'mcp' | 'rest'
    persona?: string | undefined
    client?: string | undefined
  }): Identified
  issueAgentToken(claims: Omit<AgentClaims, 'exp'>): string
  /** Whether requests without a token are the local owner */
  open: boolean
}

const prefix = 'qma_'
const sha256 = (text: string) => createHash('sha256').update(text).digest()
const same = (a: string, b: string) => timingSafeEqual(sha256(a), sha256(b))

/** Somebody beside the owner who signs in with a token of their own. */
export interface Person {
  id: string
  name: string
  role: Role
  token: string
}

export interface IdentityOptions {
  /** Signs agent tokens; random per install */
  secret: string
  /** The owner's token; without it everyone on loopback is the local owner */
  ownerToken?: string | undefined
  /** Of other systems that notify us: it opens what is meant for webhooks, and nothing else */
  webhookToken?: string | undefined
  people?: readonly Person[] | undefined
  now: () => Date
  agentTokenTtlMs?: number
}

/** Who calls: the local owner on loopback, the bearer of the owner's token, an agent on somebody's behalf, a worker. */
export function createIdentity({
  secret,
  ownerToken,
  webhookToken,
  people = [],
  now,
  agentTokenTtlMs = 12 * 3_600_000,
}: IdentityOptions): Identity {
  const sign = (payload: string) => createHmac('sha256', secret).update(`agent-token:${payload}`).digest('base64url')
  const denied = (message: string) =>
    new ToolError('unauthenticated', message, {
      next:
        ownerToken === undefined
          ? 'Leave the Authorization header out, or get a fresh token'
          : 'Send Authorization: Bearer with the token configured as QM_TOKEN',
      changed: 'nothing',
    })

  function fromAgentToken(token: string, client?: string): Identified {
    const [payload = '', signature = ''] = token.slice(prefix.length).split('.')
    if (!same(signature, sign(payload))) throw denied('The agent token is not one of ours')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as AgentClaims
    if (claims.exp * 1000 < now().getTime()) throw denied('The agent token has expired')
    const { sub: id, name, role, persona, conversation, clusters, mode } = claims
    return {
      actor: {
        ...{ id, name, role, clusters: '*', kind: 'agent', persona, conversation },
        ...(mode === 'read-only' && { readOnly: true }),
        ...(client && { client }),
      },
      conversationClusters: clusters,
      agentToken: true,
    }
  }

  return {
    open: ownerToken === undefined,
    issueAgentToken(claims) {
      const exp = Math.floor((now().getTime() + agentTokenTtlMs) / 1000)
      const payload = Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url')
      return `${prefix}${payload}.${sign(payload)}`
    },
    identify({ authorization, cookie, face, persona, client }) {
      const bearer = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1]
      const token = bearer ?? /(?:^|;\s*)qm_token=([^;]+)/.exec(cookie ?? '')?.[1]
      if (token?.startsWith(prefix)) return fromAgentToken(token, client)
      if (token?.startsWith('qmw_')) {
        const id = `worker:${createHash('sha256').update(token).digest('hex')}`
        return { actor: { id, name: 'worker', role: 'operator', clusters: [], kind: 'worker' }, agentToken: false }
      }
      if (webhookToken !== undefined && bearer !== undefined && same(bearer, webhookToken)) {
        const actor: Actor = { id: 'webhook', name: 'webhook', role: 'operator', clusters: '*', kind: 'webhook' }
        return { actor, agentToken: false }
      }
      const kind: Caller = face === 'mcp' ? 'agent' : 'human'
      const more = { ...(face === 'mcp' && { persona: persona ?? 'default' }), ...(client && { client }) }
      const known = token === undefined ? undefined : people.find((person) => same(token, person.token))
      if (known) {
        const { id, name, role } = known
        return { actor: { id, name, role, clusters: '*', kind, ...more }, agentToken: false }
      }
      if (ownerToken !== undefined && (token === undefined || !same(token, ownerToken)))
        throw denied(token === undefined ? 'This server needs a token' : 'The token is not the right one')
      if (authorization !== undefined && ownerToken === undefined)
        throw denied('No token is configured, and one was sent')
      const who = ownerToken === undefined ? { id: 'local', name: 'Local owner' } : { id: 'owner', name: 'Owner' }
      return { actor: { ...who, role: 'owner', clusters: '*', kind, ...more }, agentToken: false }
    },
  }
}

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]', '::1']
export const isLoopback = (host: string): boolean => loopbackHosts.includes(host)

/** An address as it stands in a URL and in a Host header. */
export const urlHost = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)

/**
 * A page elsewhere must not speak for the browser's owner, nor a DNS name that was bent to loopback.
 * @throws ToolError permission-denied
 */
export function checkOrigin({
  host,
  origin,
  allowedHosts,
}: {
  host: string | undefined
  origin: string | undefined
  allowedHosts: readonly string[]
}): void {
  const at = (host ?? '').toLowerCase()
  const name = at.replace(/:\d+$/, '')
  const refuse = (what: string) =>
    new ToolError('permission-denied', `Requests with ${what} are refused`, {
      next: 'Open the address this server prints at start, or name the host in QM_ALLOWED_HOSTS',
      changed: 'nothing',
    })
  if (!allowedHosts.includes(name)) throw refuse(`the Host header ${name.slice(0, 80) || '(none)'}`)
  if (origin === undefined) return
  if (origin === 'null') throw refuse('an opaque origin')
  let from: URL
  try {
    from = new URL(origin)
  } catch {
    throw refuse('an unreadable origin')
  }
  // another port of this machine is another page; a name of ours behind a proxy may have another port
  if (from.host === at || (allowedHosts.includes(from.hostname) && !isLoopback(from.hostname))) return
  throw refuse(`the origin ${from.host.slice(0, 80)}`)
}
