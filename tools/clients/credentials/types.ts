/** What of a cluster people give credentials for. */
export const credentialServices = ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'] as const
export type CredentialService = (typeof credentialServices)[number]

export const credentialKinds = ['kubeconfig', 'token', 'oidc', 'basic', 'certificate'] as const
export interface OidcCredential {
  kind: 'oidc'
  issuer: string
  clientId: string
  clientSecret?: string
  /** Without it the client asks for itself (client_credentials) */
  refreshToken?: string
}

/** How we sign in at one service of a cluster (FLT-025). Holds secrets: sealed at rest, never answered, never logged. */
export type Credential =
  | { kind: 'kubeconfig'; kubeconfig: string; context?: string }
  | { kind: 'token'; token: string }
  | OidcCredential
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'certificate'; certificate: string; key: string }

export type ClusterCredentials = { [service in CredentialService]?: Credential }
