import { X509Certificate } from 'node:crypto'
import { inlineKubeconfig } from './inline-kubeconfig.ts'
import type { Credential } from './types.ts'

/** `exp` of a JWT; undefined where the text is none or has none. */
export function jwtExpiry(token: string): Date | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown
    }
    return typeof exp === 'number' && Number.isFinite(exp) ? new Date(exp * 1000) : undefined
  } catch {
    return undefined
  }
}

function certificateExpiry(pem: string): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo)
  } catch {
    return undefined
  }
}

/** When a credential ends by itself, where it tells: a certificate, a JWT, also inside a kubeconfig. */
export async function ownExpiry(credential: Credential): Promise<Date | undefined> {
  switch (credential.kind) {
    case 'token':
      return jwtExpiry(credential.token)
    case 'certificate':
      return certificateExpiry(credential.certificate)
    case 'kubeconfig':
      return ownExpiry((await inlineKubeconfig(credential.kubeconfig, credential.context)).credential)
    default:
      return undefined
  }
}
