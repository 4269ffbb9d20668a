import type { Answer } from '../types.ts'

export type CredentialKind = 'kubeconfig' | 'token' | 'oidc' | 'basic' | 'certificate'

export interface CredentialField {
  name: string
  label: string
  /** How it is typed: secrets are hidden, files are large */
  as: 'text' | 'secret' | 'file'
  optional?: boolean
  hint?: string
}

/** What each kind asks for, in the words of the one who has it before them. */
export const credentialKinds: Record<CredentialKind, { label: string; fields: CredentialField[] }> = {
  token: {
    label: 'Token',
    fields: [
      {
        name: 'token',
        label: 'Token',
        as: 'secret',
        hint: 'Of a service account: kubectl create token NAME --duration=720h',
      },
    ],
  },
  kubeconfig: {
    label: 'Kubeconfig',
    fields: [
      {
        name: 'kubeconfig',
        label: 'Kubeconfig',
        as: 'file',
        hint: 'One that stands alone: kubectl config view --minify --flatten',
      },
      { name: 'context', label: 'Context', as: 'text', optional: true, hint: 'Without it the current one counts' },
    ],
  },
  certificate: {
    label: 'Client certificate',
    fields: [
      { name: 'certificate', label: 'Certificate', as: 'file', hint: 'PEM, with -----BEGIN CERTIFICATE-----' },
      { name: 'key', label: 'Private key', as: 'file', hint: 'PEM, without a passphrase' },
    ],
  },
  oidc: {
    label: 'OIDC',
    fields: [
      { name: 'issuer', label: 'Issuer', as: 'text', hint: 'https address' },
      { name: 'clientId', label: 'Client id', as: 'text' },
      { name: 'clientSecret', label: 'Client secret', as: 'secret', optional: true },
      {
        name: 'refreshToken',
        label: 'Refresh token',
        as: 'secret',
        optional: true,
        hint: 'Without it the client signs in for itself',
      },
    ],
  },
  basic: {
    label: 'User and password',
    fields: [
      { name: 'username', label: 'User', as: 'text' },
      { name: 'password', label: 'Password', as: 'secret' },
    ],
  },
}

export interface ClusterOnPage {
  name: string
  displayName: string
  endpoints: Record<string, string>
  credentials: { service: string; kind: string; state: 'valid' | 'expiring' | 'expired'; expiresAt: string }[]
}

interface Reply {
  answer?: Answer
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
    return { problem: 'The server does not answer, so nothing was changed. Try again.' }
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
