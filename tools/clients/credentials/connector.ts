import type { Connection, Connector } from '../endpoint.ts'
import type { Http } from '../http.ts'
import type { Surroundings } from '../secret.ts'
import { inlineKubeconfig } from './inline-kubeconfig.ts'
import { oidcTokens } from './oidc.ts'
import type { Credential, CredentialService, OidcCredential } from './types.ts'

export interface CredentialPlace {
  service: CredentialService
  cluster: string
  surroundings: Surroundings
  http: Http
  onRotated?: ((credential: OidcCredential) => void) | undefined
}

type Signed = (base: Connection, fresh: boolean) => Promise<Connection>

/** The parts of a credential that must not be read in any channel. */
export async function secretTexts(credential: Credential): Promise<string[]> {
  switch (credential.kind) {
    case 'kubeconfig': {
      const { credential: inner } = await inlineKubeconfig(credential.kubeconfig, credential.context)
      return [credential.kubeconfig, ...(await secretTexts(inner))]
    }
    case 'token':
      return [credential.token]
    case 'oidc':
      return [credential.clientSecret, credential.refreshToken].filter((text) => text !== undefined)
    case 'basic':
      return [credential.password, Buffer.from(`${credential.username}:${credential.password}`).toString('base64')]
    case 'certificate':
      // also as it stands base64 in a kubeconfig, and line by line, as a log would have it
      return [
        credential.key,
        Buffer.from(credential.key).toString('base64'),
        ...credential.key.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----')),
      ]
  }
}

const withHeader = (base: Connection, authorization: string): Connection => ({
  ...base,
  headers: { ...base.headers, authorization },
})

/** One TLS identity is one pool of connections: it stays the same object while the address has the same one. */
function signedBy(certificate: string, key: string): Signed {
  let last: { from: Connection['tls']; made: NonNullable<Connection['tls']> } | undefined
  return async (base) => {
    if (!last || last.from !== base.tls) last = { from: base.tls, made: { ...base.tls, cert: certificate, key } }
    return { ...base, tls: last.made }
  }
}

async function signer(credential: Credential, place: CredentialPlace): Promise<Signed> {
  switch (credential.kind) {
    case 'token':
      return async (base) => withHeader(base, `Bearer ${credential.token}`)
    case 'basic': {
      const pair = Buffer.from(`${credential.username}:${credential.password}`).toString('base64')
      return async (base) => withHeader(base, `Basic ${pair}`)
    }
    case 'certificate':
      return signedBy(credential.certificate, credential.key)
    case 'oidc': {
      const { http, cluster, surroundings, onRotated } = place
      const prefers = place.service === 'kubernetes' ? 'id_token' : 'access_token'
      const { now, onSecret } = surroundings
      const tokens = oidcTokens(credential, { http, cluster, prefers, now, onSecret, onRotated })
      return async (base, fresh) => withHeader(base, `Bearer ${await tokens.read(fresh)}`)
    }
    case 'kubeconfig': {
      const { ca, servername, credential: inner } = await inlineKubeconfig(credential.kubeconfig, credential.context)
      const sign = await signer(inner, place)
      let last: { from: Connection['tls']; made: NonNullable<Connection['tls']> } | undefined
      return async (base, fresh) => {
        // the cluster's own authority wins: it was registered for this address
        if (!last || last.from !== base.tls) last = { from: base.tls, made: { ca, servername, ...defined(base.tls) } }
        return sign({ ...base, tls: last.made }, fresh)
      }
    }
  }
}

const defined = (tls: Connection['tls']): object =>
  Object.fromEntries(Object.entries(tls ?? {}).filter(([, value]) => value !== undefined))

/** An address that is known, with the credentials that a person gave. Nothing is read or asked before the first question. */
export function credentialConnector(address: Connector, credential: Credential, place: CredentialPlace): Connector {
  let sign: Promise<Signed> | undefined
  return {
    canRefresh: credential.kind === 'oidc' || credential.kind === 'kubeconfig',
    async connect(fresh) {
      sign ??= secretTexts(credential).then((texts) => {
        for (const text of texts) place.surroundings.onSecret?.(text)
        return signer(credential, place)
      })
      const [base, made] = await Promise.all([address.connect(fresh), sign])
      return made(base, fresh)
    },
  }
}
