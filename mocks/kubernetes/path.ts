import type { ResourceType } from './resources.ts'

/** What a resource path names. */
export interface Target {
  type: ResourceType
  namespace: string | undefined
  name: string
  subresource: string
  /** What follows the subresource, for the service proxy. */
  rest: string
}

/** Reads `/api/v1/…` and `/apis/<group>/<version>/…`; undefined where the path names nothing this cluster serves. */
export function targetOf(types: readonly ResourceType[], pathname: string): Target | undefined {
  const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const core = parts[0] === 'api'
  if (!core && parts[0] !== 'apis') return undefined
  const [group, version] = core ? ['', parts[1]] : [parts[1], parts[2]]
  let path = parts.slice(core ? 2 : 3)
  const find = (plural: string | undefined) =>
    types.find((type) => type.group === group && type.version === version && type.plural === plural)
  let namespace: string | undefined
  if (path[0] === 'namespaces' && path.length >= 3 && find(path[2])?.namespaced) {
    namespace = path[1]
    path = path.slice(2)
  }
  const type = find(path[0])
  if (!type || (namespace && !type.namespaced)) return undefined
  return { type, namespace, name: path[1] ?? '', subresource: path[2] ?? '', rest: `/${path.slice(3).join('/')}` }
}
