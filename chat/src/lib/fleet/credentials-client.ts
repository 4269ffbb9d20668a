import type { Answer } from '../types.ts'
import type { Words } from '../words/index.ts'

export type CredentialKind = 'kubeconfig' | 'token' | 'oidc' | 'basic' | 'certificate'

export interface CredentialField {
  name: keyof Words['pagesFleet']['fields']
  /** How it is typed: secrets are hidden, files are large */
  as: 'text' | 'secret' | 'file'
  optional?: boolean
}

/** What each kind asks for. */
export const credentialKinds: Record<CredentialKind, readonly CredentialField[]> = {
  token: [{ name: 'token', as: 'secret' }],
  kubeconfig: [
    { name: 'kubeconfig', as: 'file' },
    { name: 'context', as: 'text', optional: true },
  ],
  certificate: [
    { name: 'certificate', as: 'file' },
    { name: 'key', as: 'file' },
  ],
  oidc: [
    { name: 'issuer', as: 'text' },
    { name: 'clientId', as: 'text' },
    { name: 'clientSecret', as: 'secret', optional: true },
    { name: 'refreshToken', as: 'secret', optional: true },
  ],
  basic: [
    { name: 'username', as: 'text' },
    { name: 'password', as: 'secret' },
  ],
}

export interface ClusterOnPage {
  name: string
  displayName: string
  endpoints: Record<string, string>
  credentials: { service: string; kind: string; state: 'valid' | 'expiring' | 'expired'; expiresAt: string }[]
}

interface Reply {
  answer?: Answer
  /** Empty where the server did not answer at all: nothing was changed */
  problem?: string
}

async function ask(path: string, method: 'GET' | 'POST' | 'DELETE', body?: object): Promise<Reply> {
  try {
    const response = await fetch(`/api/v1/clusters/${path}`, {
      method,
      credentials: 'same-origin',
      headers: { 'x-quartermaster': '1', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Answer
    if (answer.error) return { problem: `${answer.error.message} ${answer.error.next}` }
    return { answer }
  } catch {
    return { problem: '' }
  }
}

const at = (cluster: string, rest = '') => `${encodeURIComponent(cluster)}${rest}`

export async function fetchCluster(cluster: string): Promise<{ cluster?: ClusterOnPage; problem?: string }> {
  const { answer, problem } = await ask(at(cluster), 'GET')
  return problem === undefined ? { cluster: answer?.data?.cluster as ClusterOnPage } : { problem }
}

/** Tried by the server before they count. */
export const giveCredentials = (cluster: string, service: string, credential: Record<string, string>): Promise<Reply> =>
  ask(at(cluster, '/credentials'), 'POST', { [service]: credential })

export const tryStored = (cluster: string): Promise<Reply> => ask(at(cluster, '/credentials/validate'), 'POST', {})

/** Asks for it: a person with the right to do so approves. */
export const deleteStored = (cluster: string, service: string): Promise<Reply> =>
  ask(at(cluster, `/credentials?services=${encodeURIComponent(service)}`), 'DELETE')
