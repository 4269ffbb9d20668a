import { ToolError } from '#contract'
import { kubeconfigFile } from '../kubeconfig-form.ts'
import type { Credential } from './types.ts'

/** One context of a kubeconfig that came as text: who we are, whom to trust, and where it thinks the server is. */
export interface InlineKubeconfig {
  server: string
  ca?: string
  servername?: string
  credential: Exclude<Credential, { kind: 'kubeconfig' }>
}

const refuse = (message: string, next: string) =>
  new ToolError('invalid-input', `The kubeconfig ${message}.`, {
    next,
    field: 'kubernetes.kubeconfig',
    changed: 'nothing',
  })
const flat = 'Make one that stands alone: kubectl config view --minify --flatten'
const decoded = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')

/**
 * Reads a kubeconfig that a person gave. It must stand alone: files of this machine are not read and no program is run for it.
 * What is wrong is said without a word of its text, because that is secret.
 * @throws ToolError invalid-input
 */
export async function inlineKubeconfig(text: string, context?: string): Promise<InlineKubeconfig> {
  const { parse } = await import('yaml')
  let content: unknown
  try {
    content = parse(text)
  } catch {
    throw refuse('is not YAML', 'Give the whole file as text')
  }
  const parsed = kubeconfigFile.safeParse(content)
  if (!parsed.success) throw refuse('does not have the form of one', 'Give the whole file as text')
  const { contexts, clusters, users, 'current-context': current } = parsed.data
  const name = context ?? current ?? (contexts.size === 1 ? [...contexts.keys()][0]! : undefined)
  if (name === undefined)
    throw refuse('has no current context', `Say which: ${[...contexts.keys()].slice(0, 10).join(', ')}`)
  const chosen = contexts.get(name)
  const cluster = chosen && clusters.get(chosen.cluster)
  const user = chosen?.user === undefined ? undefined : users.get(chosen.user)
  if (!chosen || !cluster) throw refuse('lacks the context asked for, or its cluster', flat)
  if (!user) throw refuse('has no user for this context', flat)
  const ca = cluster['certificate-authority-data']
  return {
    server: cluster.server,
    ...(ca !== undefined && { ca: decoded(ca) }),
    ...(cluster['tls-server-name'] !== undefined && { servername: cluster['tls-server-name'] }),
    credential: credentialOf(user),
  }
}

type User = NonNullable<ReturnType<(typeof kubeconfigFile)['parse']>['users'] extends Map<string, infer U> ? U : never>

function credentialOf(user: User): InlineKubeconfig['credential'] {
  if (user.exec !== undefined && user.exec !== null)
    throw refuse(
      'signs in by running a program, which is not done with one that was given over the network',
      'Give a service-account token instead (kubectl create token), or name the kubeconfig in the configuration file',
    )
  if (user['client-certificate'] || user['client-key'] || user.tokenFile)
    throw refuse('names files of another machine', flat)
  const { token, username, password } = user
  const certificate = user['client-certificate-data']
  const key = user['client-key-data']
  if (certificate && key) return { kind: 'certificate', certificate: decoded(certificate), key: decoded(key) }
  if (token) return { kind: 'token', token }
  if (username !== undefined) return { kind: 'basic', username, password: password ?? '' }
  if (user['auth-provider'])
    throw refuse('signs in by OIDC', 'Give its issuer, client id and refresh token as the kind oidc instead')
  throw refuse('has no token, certificate or password', flat)
}
