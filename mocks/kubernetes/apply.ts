import type { Draft, KubeObject } from '../world/kube-types.ts'
import {
  type Claim,
  claim,
  decodeFields,
  isObject,
  leaves,
  mergeKey,
  pathText,
  valueAt,
  without,
} from './managed-fields.ts'
import { applyConflict } from './status.ts'

export interface ApplyInput {
  current: KubeObject | undefined
  applied: Draft
  manager: string
  force: boolean
  time: string
}

/**
 * Server-side apply: sets what is applied, takes away what the same manager applied before and no longer does, and refuses (409)
 * to change what another manager holds with another value, unless forced.
 */
export function applyObject({ current, applied, manager, force, time }: ApplyInput): Draft {
  const wanted = leaves(applied)
  const known = current?.metadata.managedFields ?? []
  const others = known.filter((entry) => !(entry.manager === manager && entry.operation === 'Apply'))
  const wantedTexts = new Set(wanted.map((leaf) => pathText(leaf.path)))

  const contested = wanted.flatMap((leaf) => {
    const text = pathText(leaf.path)
    if (!current || JSON.stringify(valueAt(current, leaf.path)) === JSON.stringify(leaf.value)) return []
    return others
      .filter((entry) => decodeFields(entry.fieldsV1).some((path) => overlaps(pathText(path), text)))
      .map((entry) => ({ manager: entry.manager, field: text }))
  })
  if (contested.length > 0 && !force) throw applyConflict(contested)

  let merged = (current ? mergeObjects(current, applied) : applied) as Draft
  const mine = known.find((entry) => entry.manager === manager && entry.operation === 'Apply')
  const heldByOthers = new Set(others.flatMap((entry) => decodeFields(entry.fieldsV1).map(pathText)))
  for (const path of mine ? decodeFields(mine.fieldsV1) : []) {
    const text = pathText(path)
    if (!wantedTexts.has(text) && !heldByOthers.has(text)) merged = without(merged, path) as Draft
  }

  const taken = new Set(contested.map((one) => one.field))
  const yielded = known.flatMap((entry) => {
    if (!others.includes(entry)) return [entry]
    const left = decodeFields(entry.fieldsV1).filter((path) => !taken.has(pathText(path)))
    return left.length > 0 ? [{ ...entry, fieldsV1: claimless(left) }] : []
  })
  const who: Claim = { manager, operation: 'Apply', apiVersion: applied.apiVersion, time }
  const managedFields = claim(
    yielded,
    who,
    wanted.map((leaf) => leaf.path),
  )
  return { ...merged, metadata: { ...merged.metadata, managedFields } }
}

function claimless(paths: ReturnType<typeof decodeFields>) {
  return claim([], { manager: '', operation: 'Apply', apiVersion: '', time: '' }, paths)[0]?.fieldsV1 ?? {}
}

function overlaps(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}.`) || right.startsWith(`${left}.`)
}

/** Objects merge by key, known lists by their merge key, everything else is replaced. */
export function mergeObjects(current: unknown, patch: unknown, field = ''): unknown {
  if (isObject(current) && isObject(patch)) {
    const merged: Record<string, unknown> = { ...current }
    for (const [key, value] of Object.entries(patch))
      merged[key] = key in current ? mergeObjects(current[key], value, key) : value
    return merged
  }
  const by = mergeKey(field, patch)
  if (by && mergeKey(field, current) === by) {
    const items = current as Record<string, unknown>[]
    const changes = patch as Record<string, unknown>[]
    const kept = items.map((item) => {
      const change = changes.find((one) => one[by] === item[by])
      return change ? mergeObjects(item, change) : item
    })
    return [...kept, ...changes.filter((change) => !items.some((item) => item[by] === change[by]))]
  }
  return patch
}

/** RFC 7386: null takes away, objects merge, everything else is replaced. With `byKey`, known lists merge by their key (strategic). */
export function mergePatch(
  current: unknown,
  patch: unknown,
  { byKey, field = '' }: { byKey: boolean; field?: string },
): unknown {
  if (!isObject(patch)) {
    if (byKey && mergeKey(field, patch) && Array.isArray(current)) return mergeObjects(current, patch, field)
    return patch
  }
  const merged: Record<string, unknown> = isObject(current) ? { ...current } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value, { byKey, field: key })
  }
  return merged
}
