import { type ClusterCredentials, credentialServices } from './types.ts'

interface Registered {
  id?: string
  credentials?: ClusterCredentials
}

/** Without the refresh tokens, which issuers replace all the time: they are no other login. */
export const lasting = ({ credentials, ...more }: Registered): object => ({
  ...more,
  credentials: Object.entries(credentials ?? {}).map(([service, credential]) => [
    service,
    credential.kind === 'oidc' ? { ...credential, refreshToken: credential.refreshToken !== undefined } : credential,
  ]),
})

/** The same logins, with the refresh tokens that are good now. */
export function takeRefreshTokens(into: Registered, from: Registered): void {
  for (const service of credentialServices) {
    const [old, fresh] = [into.credentials?.[service], from.credentials?.[service]]
    if (old?.kind === 'oidc' && fresh?.kind === 'oidc' && fresh.refreshToken) old.refreshToken = fresh.refreshToken
  }
}
