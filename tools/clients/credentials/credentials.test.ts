import { afterEach, describe, expect, it } from 'vitest'
import { clientsConfig } from '../config.ts'
import { createClients } from '../create.ts'
import { failureOf } from '../failure-suite.ts'
import { serve, type TestServer } from '../testing.ts'
import { ownExpiry } from './expiry.ts'
import { inlineKubeconfig } from './inline-kubeconfig.ts'
import type { ClusterCredentials, Credential, OidcCredential } from './types.ts'

const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** An upstream that tells who asked. */
async function echo() {
  const seen: (string | undefined)[] = []
  const server = await serve((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"gitVersion":"v1.36.0"}')
  })
  servers.push(server)
  return { ...server, seen }
}

function clientsOf(url: string, credentials: ClusterCredentials, file: object = {}) {
  const secrets: string[] = []
  const rotated: OidcCredential[] = []
  const clients = createClients(clientsConfig.parse({}), {
    now: () => new Date(),
    env: {},
    onSecret: (text) => secrets.push(text),
    onRotated: ({ credential }) => rotated.push(credential),
  })
  const config = { clusters: [{ name: 'one', kubernetes: { url, ...file }, prometheus: { url } }] }
  clients.registry.put(clientsConfig.parse(config).clusters[0]!, { credentials })
  return { clients, secrets, rotated }
}

const kubeconfig = (user: object, more: object = {}) =>
  JSON.stringify({
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...more } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
  })

describe('credentials that people gave (FLT-025)', () => {
  it.each<[string, Credential, string]>([
    ['a token', { kind: 'token', token: 'abcdef123456' }, 'Bearer abcdef123456'],
    ['basic', { kind: 'basic', username: 'ada', password: 'pass word' }, `Basic ${btoa('ada:pass word')}`],
    ['a kubeconfig', { kind: 'kubeconfig', kubeconfig: kubeconfig({ token: 'inner-token' }) }, 'Bearer inner-token'],
  ])('%s goes to its service instead of that of the file, and to no other', async (_, credential, header) => {
    const server = await echo()
    const { clients, secrets } = clientsOf(server.url, { kubernetes: credential }, { token: 'from-the-file' })
    await clients.kubernetes.for('one').version()
    await clients.prometheus.for('one').ready()
    expect(server.seen).toEqual([header, undefined])
    expect(secrets.length).toBeGreaterThan(0)
  })

  it('an uploaded kubeconfig runs no program and reads no file, and its text is not said', async () => {
    const of = (user: object) => failureOf(inlineKubeconfig(kubeconfig(user)))
    for (const user of [{ exec: { command: 'rm' } }, { tokenFile: '/etc/passwd' }, { 'client-key': '/etc/passwd' }]) {
      const error = await of(user)
      expect([error.code, error.options.field]).toEqual(['invalid-input', 'kubernetes.kubeconfig'])
    }
    const error = await failureOf(inlineKubeconfig('a: [canary-secret-text'))
    expect(JSON.stringify([error.message, error.options, String(error.cause)])).not.toContain('canary')
    expect((await failureOf(inlineKubeconfig(kubeconfig({}), 'away'))).code).toBe('invalid-input')
  })

  it('a kubeconfig with an OIDC login is given as what it is', async () => {
    const error = await failureOf(inlineKubeconfig(kubeconfig({ 'auth-provider': { name: 'oidc', config: {} } })))
    expect([error.code, error.options.next.includes('refresh token')]).toEqual(['invalid-input', true])
  })

  it('the own end of a token is read from it (FLT-024)', async () => {
    const jwt = `e30.${Buffer.from(JSON.stringify({ exp: 1_800_000_000 })).toString('base64url')}.x`
    const end = new Date(1_800_000_000_000)
    expect(await ownExpiry({ kind: 'token', token: jwt })).toEqual(end)
    expect(await ownExpiry({ kind: 'kubeconfig', kubeconfig: kubeconfig({ token: jwt }) })).toEqual(end)
    expect(await ownExpiry({ kind: 'token', token: 'opaque' })).toBeUndefined()
  })
})

describe('OIDC', () => {
  /** An issuer whose refresh tokens work once. */
  async function issuer(options: { broken?: boolean } = {}) {
    let valid = 'r0'
    const forms: string[] = []
    const server = await serve((request, response, body) => {
      const send = (status: number, value: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
      if (request.url === '/.well-known/openid-configuration')
        return send(200, { token_endpoint: options.broken ? 'http://evil.example/' : `${server.url}/token` })
      forms.push(body)
      const form = new URLSearchParams(body)
      if (form.get('grant_type') === 'client_credentials') return send(200, { access_token: 'own', expires_in: 3600 })
      if (form.get('refresh_token') !== valid) return send(400, { error: 'invalid_grant' })
      valid = `r${Number(valid.slice(1)) + 1}`
      send(200, { id_token: `id-${valid}`, access_token: `access-${valid}`, refresh_token: valid, expires_in: 3600 })
    })
    servers.push(server)
    return { ...server, forms }
  }
  const oidc = (issuer: string, more: object = { refreshToken: 'r0' }): Credential => ({
    kind: 'oidc',
    issuer,
    clientId: 'qm',
    clientSecret: 'the-client-secret',
    ...more,
  })

  it('Kubernetes gets the id token, asked for once and kept; the next refresh token is handed on', async () => {
    const [server, id] = [await echo(), await issuer()]
    const { clients, rotated, secrets } = clientsOf(server.url, { kubernetes: oidc(id.url) })
    const kubernetes = clients.kubernetes.for('one')
    await Promise.all([kubernetes.version(), kubernetes.version()])
    await kubernetes.version()
    expect(server.seen).toEqual(['Bearer id-r1', 'Bearer id-r1', 'Bearer id-r1'])
    expect(id.forms).toHaveLength(1)
    expect(rotated.map(({ refreshToken }) => refreshToken)).toEqual(['r1'])
    expect(secrets).toEqual(expect.arrayContaining(['the-client-secret', 'r0', 'r1']))
    // what was stored meanwhile comes back, here and on another replica: the token that is good stays in use
    clients.registry.put(clients.registry.get('one')!, { credentials: { kubernetes: rotated[0]! } })
    clients.registry.put(clients.registry.get('one')!, {
      credentials: { kubernetes: oidc(id.url, { refreshToken: 'r2' }) },
    })
    expect(clients.kubernetes.for('one')).toBe(kubernetes)
  })

  it('what stands behind a proxy gets the access token; without a refresh token the client asks for itself', async () => {
    const [server, id] = [await echo(), await issuer()]
    await clientsOf(server.url, { prometheus: oidc(id.url) })
      .clients.prometheus.for('one')
      .ready()
    await clientsOf(server.url, { prometheus: oidc(id.url, {}) })
      .clients.prometheus.for('one')
      .ready()
    expect(server.seen).toEqual(['Bearer access-r1', 'Bearer own'])
  })

  it('a refresh token that was used is denied, in words without it', async () => {
    const [server, id] = [await echo(), await issuer()]
    const { clients } = clientsOf(server.url, { kubernetes: oidc(id.url, { refreshToken: 'stolen-token' }) })
    const error = await failureOf(clients.kubernetes.for('one').version())
    expect([error.code, error.message.includes('invalid_grant')]).toEqual(['upstream-denied', true])
    expect(JSON.stringify([error.message, error.options])).not.toContain('stolen-token')
    expect(server.seen).toEqual([])
  })

  it('a token address that is not https gets no secret', async () => {
    const [server, id] = [await echo(), await issuer({ broken: true })]
    const error = await failureOf(
      clientsOf(server.url, { kubernetes: oidc(id.url) })
        .clients.kubernetes.for('one')
        .version(),
    )
    expect([error.code, id.forms]).toEqual(['upstream-denied', []])
  })

  it('a trial tells the refresh token that is good after it', async () => {
    const [server, id] = [await echo(), await issuer()]
    const { clients, rotated } = clientsOf(server.url, {})
    const trial = clients.registry.trial(clients.registry.get('one')!, { kubernetes: oidc(id.url) })
    await trial.kubernetes.for('one').version()
    expect(trial.credentials().kubernetes).toMatchObject({ refreshToken: 'r1' })
    expect(rotated).toEqual([])
    trial.close()
  })
})
