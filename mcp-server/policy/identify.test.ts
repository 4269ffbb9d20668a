import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import { checkOrigin, createIdentity, isLoopback } from './identify.ts'

const secret = 'a secret of an installation, long enough'
const ownerToken = 'the owner token of a test'
let clock = new Date('2026-11-20T12:00:00Z')
const now = () => clock
const open = createIdentity({ secret, now })
const closed = createIdentity({ secret, ownerToken, now })
const claims = {
  sub: 'ada',
  name: 'Ada',
  role: 'operator' as const,
  persona: 'gpu-expert',
  conversation: 'c1',
  clusters: ['gpu-east'],
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const code = (work: () => unknown): string | undefined => {
  try {
    work()
  } catch (error) {
    return isToolError(error) ? error.code : String(error)
  }
  return undefined
}

describe('who calls', () => {
  it('on loopback without a token everyone is the local owner: a person over REST, an agent over MCP', () => {
    expect(open.open).toBe(true)
    expect(open.identify({ face: 'rest' })).toMatchObject({
      actor: { id: 'local', role: 'owner', kind: 'human', clusters: '*' },
      agentToken: false,
    })
    const { actor } = open.identify({ face: 'mcp', persona: 'gpu-expert', client: 'claude-desktop' })
    expect(actor).toMatchObject({ kind: 'agent', persona: 'gpu-expert', client: 'claude-desktop' })
    expect(open.identify({ face: 'mcp' }).actor.persona).toBe('default')
  })

  it('with a token only its bearer is the owner, by header or cookie', () => {
    expect(closed.open).toBe(false)
    expect(closed.identify({ face: 'rest', ...bearer(ownerToken) }).actor).toMatchObject({ id: 'owner', kind: 'human' })
    expect(closed.identify({ face: 'rest', authorization: `bearer ${ownerToken}` }).actor.id).toBe('owner')
    expect(closed.identify({ face: 'rest', cookie: `x=1; qm_token=${ownerToken}; y=2` }).actor.id).toBe('owner')
    expect(closed.identify({ face: 'mcp', ...bearer(ownerToken) }).actor).toMatchObject({ id: 'owner', kind: 'agent' })
  })

  it.each([
    ['nothing', {}],
    ['a wrong token', bearer('wrong')],
    ['a part of it', bearer(ownerToken.slice(0, -1))],
    ['more than it', bearer(`${ownerToken}x`)],
    ['another scheme', { authorization: `Basic ${ownerToken}` }],
    ['only the scheme', { authorization: 'Bearer' }],
    ['a wrong cookie', { cookie: 'qm_token=wrong' }],
    ['the cookie of another name', { cookie: `not_qm_token=${ownerToken}` }],
    ['a wrong header beside the right cookie', { ...bearer('wrong'), cookie: `qm_token=${ownerToken}` }],
  ])('%s is nobody', (_, request) => {
    expect(code(() => closed.identify({ face: 'rest', ...request }))).toBe('unauthenticated')
  })

  it('says how to sign in, and never what the token is', () => {
    try {
      closed.identify({ face: 'rest', ...bearer('wrong') })
    } catch (error) {
      expect(JSON.stringify(isToolError(error) && error.toPayload())).toMatch(/QM_TOKEN/)
      expect(JSON.stringify(isToolError(error) && error.toPayload())).not.toContain(ownerToken)
    }
  })

  it('an agent token speaks for its person, with persona, conversation and its clusters', () => {
    for (const identity of [open, closed]) {
      const token = identity.issueAgentToken(claims)
      expect(identity.identify({ face: 'mcp', ...bearer(token) })).toEqual({
        actor: {
          id: 'ada',
          name: 'Ada',
          role: 'operator',
          clusters: '*',
          kind: 'agent',
          persona: 'gpu-expert',
          conversation: 'c1',
        },
        conversationClusters: ['gpu-east'],
        agentToken: true,
      })
      // over REST it stays an agent: nothing it does is a person's word
      expect(identity.identify({ face: 'rest', ...bearer(token) }).actor.kind).toBe('agent')
    }
  })

  it('an agent token ends after its time', () => {
    const short = createIdentity({ secret, now, agentTokenTtlMs: 60_000 })
    const token = short.issueAgentToken(claims)
    clock = new Date(clock.getTime() + 59_000)
    expect(code(() => short.identify({ face: 'mcp', ...bearer(token) }))).toBeUndefined()
    clock = new Date(clock.getTime() + 2_000)
    expect(code(() => short.identify({ face: 'mcp', ...bearer(token) }))).toBe('unauthenticated')
  })

  it('no change to an agent token is taken', () => {
    const token = open.issueAgentToken(claims)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
    fc.assert(
      fc.property(fc.integer({ min: 4, max: token.length - 1 }), fc.constantFrom(...alphabet), (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1)
        fc.pre(changed !== token)
        expect(code(() => open.identify({ face: 'mcp', ...bearer(changed) }))).toBe('unauthenticated')
      }),
      { numRuns: 300 },
    )
  })

  it('an agent token of another installation is not taken', () => {
    const other = createIdentity({ secret: 'the secret of another installation', now })
    expect(code(() => open.identify({ face: 'mcp', ...bearer(other.issueAgentToken(claims)) }))).toBe('unauthenticated')
  })

  it('whatever is sent is somebody or refused, never a failure of ours', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('qma_', 'qmw_', 'Bearer ', ''),
        fc.string({ maxLength: 60 }),
        fc.constantFrom('mcp' as const, 'rest' as const),
        (prefix, text, face) => {
          for (const request of [
            bearer(prefix + text),
            { authorization: prefix + text },
            { cookie: `qm_token=${prefix}${text}` },
          ])
            expect([undefined, 'unauthenticated']).toContain(code(() => closed.identify({ face, ...request })))
        },
      ),
    )
  })

  it('a worker is its token, and an operator of nothing', () => {
    const { actor } = closed.identify({ face: 'rest', ...bearer('qmw_one') })
    expect(actor).toMatchObject({ kind: 'worker', clusters: [] })
    expect(actor.id).not.toContain('qmw_one')
    expect(closed.identify({ face: 'rest', ...bearer('qmw_two') }).actor.id).not.toBe(actor.id)
  })
})

describe('where a request comes from', () => {
  const allowedHosts = ['localhost', '127.0.0.1', '[::1]', 'fleet.example']
  const check = (host: string | undefined, origin?: string) => code(() => checkOrigin({ host, origin, allowedHosts }))

  it.each([
    ['localhost:3000', undefined],
    ['LOCALHOST:3000', undefined],
    ['127.0.0.1', undefined],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['localhost:3000', 'http://localhost:3000'],
    ['fleet.example', 'https://fleet.example'],
    ['fleet.example:8443', 'https://fleet.example'],
  ])('%s from %s is let in', (host, origin) => expect(check(host, origin)).toBeUndefined())

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['evil.example', undefined],
    ['localhost.evil.example', undefined],
    ['evil.example:3000', 'http://evil.example:3000'],
    ['localhost:3000', 'http://localhost:3001'],
    ['localhost:3000', 'https://evil.example'],
    ['localhost:3000', 'https://fleet.example.evil.example'],
    ['localhost:3000', 'null'],
    ['localhost:3000', 'file://'],
    ['localhost:3000', ''],
    ['localhost:3000', 'not a url'],
  ])('%s from %s is refused', (host, origin) => expect(check(host, origin)).toBe('permission-denied'))

  it('only loopback is loopback', () => {
    for (const host of ['localhost', '127.0.0.1', '::1']) expect(isLoopback(host)).toBe(true)
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'localhost.example', '']) expect(isLoopback(host)).toBe(false)
  })
})
