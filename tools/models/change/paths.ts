import { isDeepStrictEqual } from 'node:util'
import type { Path, WorkerPlace } from '../runtimes/types.ts'

type Members = Record<string | number, unknown>
const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

/** The pod spec of a kind of worker. */
export const podOf = ({ pod, container }: WorkerPlace): Path => pod ?? container.slice(0, -2)

/** What stands at a path; undefined where something on the way is missing. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((found, key) => (isMembers(found) ? found[key] : undefined), value)

/** A copy with this at the path, objects made on the way; undefined takes the member away. */
export function withValue<T>(value: T, path: Path, next: unknown): T {
  const [key, ...rest] = path
  if (key === undefined) return next as T
  const copy = (Array.isArray(value) ? [...value] : { ...(isMembers(value) ? value : {}) }) as Members
  const inner = rest.length === 0 ? next : withValue(copy[key], rest, next)
  if (inner === undefined) delete copy[key]
  else copy[key] = inner
  return copy as T
}

const isRecord = (value: unknown): value is Record<string, unknown> => isMembers(value) && !Array.isArray(value)

/** The merge patch (RFC 7386) that makes `before` into `after`: lists whole, null for what goes; undefined where they are alike. */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return undefined
  if (!isRecord(before) || !isRecord(after)) return after
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (after[key] === undefined && before[key] !== undefined) patch[key] = null
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue
    const inner = key in before ? mergePatch(before[key], value) : value
    if (inner !== undefined) patch[key] = inner
  }
  return patch
}

/** A patch for a dry run: not bound to what was read, since the status of a deployment moves while a plan is made. */
export function unbound<P extends { body: { metadata?: Record<string, unknown> } }>(patch: P): P {
  const { resourceVersion: _, ...metadata } = patch.body.metadata ?? {}
  return { ...patch, body: { ...patch.body, metadata } }
}
