import type { ResourceType } from './resources.ts'
import { forbidden, unauthorized } from './status.ts'

/** Who asks. The world knows three kinds of token: `viewer` may only read, `nobody` may do nothing, any other may do all. */
export interface Identity {
  username: string
  groups: string[]
  may: 'all' | 'read' | 'nothing'
}

const READ_VERBS = new Set(['get', 'list', 'watch'])

/** The identity behind an Authorization header. With `token` set, no other bearer token is known (and 401 is the answer). */
export function authenticate(header: string | undefined, token: string | undefined): Identity {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1]
  if (given === 'viewer')
    return { username: 'system:serviceaccount:quartermaster:viewer', groups: ['system:authenticated'], may: 'read' }
  if (given === 'nobody') return { username: 'nobody', groups: ['system:authenticated'], may: 'nothing' }
  if (token !== undefined && given !== token) throw unauthorized()
  if (!given) return { username: 'system:anonymous', groups: ['system:unauthenticated'], may: 'all' }
  return {
    username: 'system:serviceaccount:quartermaster:operator',
    groups: ['system:serviceaccounts', 'system:authenticated'],
    may: 'all',
  }
}

export function isAllowed(identity: Identity, verb: string, resource: string): boolean {
  if (identity.may === 'all') return true
  return identity.may === 'read' && READ_VERBS.has(verb) && resource !== 'secrets'
}

export interface Attempt {
  verb: string
  type: ResourceType
  subresource?: string
  namespace: string | undefined
  name: string
}

export function authorize(identity: Identity, { verb, type, subresource, namespace, name }: Attempt): void {
  if (isAllowed(identity, verb, type.plural)) return
  const resource = subresource ? `${type.plural}/${subresource}` : type.plural
  const what = `${type.group ? `${type.plural}.${type.group}` : type.plural}${name ? ` "${name}"` : ''}`
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  throw forbidden(
    type,
    name,
    `${what} is forbidden: User "${identity.username}" cannot ${verb} resource "${resource}" in API group "${type.group}" ${where}`,
  )
}

interface AccessReview {
  spec?: { resourceAttributes?: { verb?: string; resource?: string } }
}

/** The answer to the reviews that an identity makes about itself. */
export function answerReview(kind: string, identity: Identity, body: unknown): unknown {
  const { username, groups } = identity
  if (kind === 'SelfSubjectReview') {
    return { kind, apiVersion: 'authentication.k8s.io/v1', metadata: {}, status: { userInfo: { username, groups } } }
  }
  if (kind === 'SelfSubjectRulesReview') {
    const verbs = identity.may === 'all' ? ['*'] : identity.may === 'read' ? ['get', 'list', 'watch'] : []
    const resourceRules = verbs.length > 0 ? [{ verbs, apiGroups: ['*'], resources: ['*'] }] : []
    return {
      kind,
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: {},
      status: { resourceRules, nonResourceRules: [], incomplete: false },
    }
  }
  const attributes = (body as AccessReview | undefined)?.spec?.resourceAttributes ?? {}
  const allowed = isAllowed(identity, attributes.verb ?? 'get', attributes.resource ?? '')
  const reason = allowed ? 'RBAC: allowed by ClusterRoleBinding "quartermaster"' : ''
  return {
    kind,
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: (body as AccessReview).spec,
    status: { allowed, ...(reason ? { reason } : {}) },
  }
}
