import type { ManagedFields } from '../world/kube-types.ts'

/** A path to a value: object keys, and list items by their merge key. */
export type Path = (string | { by: string; value: unknown })[]

/** Lists that merge by a key; all others are replaced whole. */
const MERGE_KEYS: Record<string, string[]> = {
  components: ['name'],
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
  conditions: ['type'],
  ownerReferences: ['uid'],
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The key that items of the list under `field` merge by, if all of them have it. */
export function mergeKey(field: string, list: unknown): string | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined
  return MERGE_KEYS[field]?.find((key) => list.every((item) => isObject(item) && item[key] !== undefined))
}

const UNMANAGED = new Set([
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.creationTimestamp',
  'metadata.generation',
  'metadata.managedFields',
  'metadata.generateName',
])

/** The leaves of an object: every value a manager sets, with its path. */
export function leaves(value: unknown, path: Path = [], field = ''): { path: Path; value: unknown }[] {
  if (path.every((part) => typeof part === 'string') && UNMANAGED.has(path.join('.'))) return []
  if (isObject(value) && (Object.keys(value).length > 0 || path.length === 0)) {
    return Object.entries(value).flatMap(([key, child]) =>
      child === undefined ? [] : leaves(child, [...path, key], key),
    )
  }
  const by = mergeKey(field, value)
  if (by)
    return (value as Record<string, unknown>[]).flatMap((item) => leaves(item, [...path, { by, value: item[by] }], ''))
  return [{ path, value }]
}

export function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'string' ? `.${part}` : `[${part.by}=${JSON.stringify(part.value)}]`))
    .join('')
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const part of path) {
    if (typeof part === 'string') value = isObject(value) ? value[part] : undefined
    else value = Array.isArray(value) ? value.find((item) => isObject(item) && item[part.by] === part.value) : undefined
  }
  return value
}

/** A copy with the value at the path taken away, and what became empty through that. */
export function without(root: unknown, path: Path): unknown {
  const [head, ...rest] = path
  if (head === undefined) return undefined
  if (typeof head === 'string') {
    if (!isObject(root) || !(head in root)) return root
    const { [head]: child, ...others } = root
    const next = without(child, rest)
    const gone =
      next === undefined ||
      (rest.length > 0 && isObject(next) && Object.keys(next).length === 0) ||
      (rest.length > 0 && Array.isArray(next) && next.length === 0)
    return gone ? others : { ...root, [head]: next }
  }
  if (!Array.isArray(root)) return root
  return root.flatMap((item) => {
    if (!isObject(item) || item[head.by] !== head.value) return [item]
    // Its key goes with the last of its other members: without it they could not be found
    if (rest.length === 1 && rest[0] === head.by) return Object.keys(item).length === 1 ? [] : [item]
    const next = without(item, rest)
    const onlyKey = isObject(next) && Object.keys(next).length === 1 && head.by in next
    return next === undefined || onlyKey ? [] : [next]
  })
}

/** `FieldsV1` of a set of paths: `f:` for keys, `k:` for list items. */
export function encodeFields(paths: readonly Path[]): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const path of paths) {
    let cursor = root
    for (const part of path) {
      const key = typeof part === 'string' ? `f:${part}` : `k:${JSON.stringify({ [part.by]: part.value })}`
      cursor[key] ??= {}
      cursor = cursor[key] as Record<string, unknown>
    }
  }
  return root
}

export function decodeFields(fields: Record<string, unknown>, prefix: Path = []): Path[] {
  const entries = Object.entries(fields)
  if (entries.length === 0) return prefix.length > 0 ? [prefix] : []
  return entries.flatMap(([key, child]) => decodeFields(child as Record<string, unknown>, [...prefix, decodePart(key)]))
}

function decodePart(key: string): Path[number] {
  if (key.startsWith('f:')) return key.slice(2)
  const [by = '', value] = Object.entries(JSON.parse(key.slice(2)) as Record<string, unknown>)[0] ?? []
  return { by, value }
}

export interface Claim {
  manager: string
  operation: ManagedFields['operation']
  apiVersion: string
  time: string
}

/** The managed fields after one manager set these paths: they are its own now, and no other's. */
export function claim(current: readonly ManagedFields[], who: Claim, paths: readonly Path[]): ManagedFields[] {
  const taken = new Set(paths.map(pathText))
  const same = (entry: ManagedFields) => entry.manager === who.manager && entry.operation === who.operation
  const others = current.flatMap((entry) => {
    if (same(entry)) return []
    const left = decodeFields(entry.fieldsV1).filter((path) => who.operation === 'Apply' || !taken.has(pathText(path)))
    return left.length > 0 ? [{ ...entry, fieldsV1: encodeFields(left) }] : []
  })
  const previous = current.find(same)
  const kept =
    who.operation === 'Update' && previous
      ? decodeFields(previous.fieldsV1).filter((path) => !taken.has(pathText(path)))
      : []
  const all = [...kept, ...paths]
  if (all.length === 0) return others
  return [...others, { ...who, fieldsType: 'FieldsV1', fieldsV1: encodeFields(all) }]
}
