import { REVIEWS, type ResourceType } from './resources.ts'

interface GroupVersions {
  name: string
  versions: string[]
}

function groups(types: readonly ResourceType[]): GroupVersions[] {
  const found = new Map<string, Set<string>>()
  for (const { group, version } of types) if (group) found.set(group, (found.get(group) ?? new Set()).add(version))
  for (const [group] of REVIEWS) found.set(group, new Set(['v1']))
  return [...found].map(([name, versions]) => ({ name, versions: [...versions] }))
}

function apiGroup({ name, versions }: GroupVersions) {
  const rows = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: rows, preferredVersion: rows[0] }
}

function resourceList(types: readonly ResourceType[], group: string, version: string) {
  const own = types.filter((type) => type.group === group && type.version === version)
  const reviews = version === 'v1' ? REVIEWS.filter(([reviewGroup]) => reviewGroup === group) : []
  if (own.length + reviews.length === 0) return undefined
  const resources = [
    ...own.flatMap((type) => [
      {
        name: type.plural,
        singularName: type.singular,
        namespaced: type.namespaced,
        kind: type.kind,
        verbs: type.verbs,
        ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
      },
      ...type.subresources.map((name) => subresource(type, name)),
    ]),
    ...reviews.map(([, plural, kind]) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ['create'],
    })),
  ]
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group ? `${group}/${version}` : version, resources }
}

function subresource(type: ResourceType, name: string) {
  const scale = name === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { kind: type.kind }
  const verbs =
    name === 'log' || name === 'proxy' ? ['get'] : name === 'eviction' ? ['create'] : ['get', 'patch', 'update']
  return { name: `${type.plural}/${name}`, singularName: '', namespaced: type.namespaced, ...scale, verbs }
}

/** The answer to a discovery path, or undefined when it is not one that exists. */
export function discover(types: readonly ResourceType[], path: string, address: string): unknown {
  const parts = path.split('/').filter(Boolean)
  if (path === '/api') {
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
    }
  }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(types).map(apiGroup) }
  if (parts[0] === 'api' && parts.length === 2) return resourceList(types, '', parts[1] ?? '')
  if (parts[0] !== 'apis') return undefined
  if (parts.length === 2) {
    const group = groups(types).find((one) => one.name === parts[1])
    return group && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) }
  }
  return parts.length === 3 ? resourceList(types, parts[1] ?? '', parts[2] ?? '') : undefined
}
