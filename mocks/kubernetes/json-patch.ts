import { isObject } from './managed-fields.ts'
import { badRequest, StatusError } from './status.ts'

interface Operation {
  op: string
  path: string
  value?: unknown
  from?: string
}

/** RFC 6902 over a copy: add, replace, remove, test, copy and move. */
export function jsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest('json patch must be a list of operations')
  let root = structuredClone(document)
  for (const operation of operations as Operation[]) root = step(root, operation)
  return root
}

function step(root: unknown, { op, path, value, from }: Operation): unknown {
  const keys = parse(path)
  if (op === 'test') {
    if (JSON.stringify(read(root, keys)) !== JSON.stringify(value)) {
      throw new StatusError(422, 'Invalid', {
        message: `the server rejected our request due to an error in our request: testing value ${path} failed`,
      })
    }
    return root
  }
  if (op === 'remove') return write(root, keys, { remove: true })
  if (op === 'add' || op === 'replace') return write(root, keys, { value, insert: op === 'add' })
  if (op === 'copy' || op === 'move') {
    const moved = read(root, parse(from ?? ''))
    const base = op === 'move' ? write(root, parse(from ?? ''), { remove: true }) : root
    return write(base, keys, { value: moved, insert: true })
  }
  throw badRequest(`unexpected json patch operation: ${op}`)
}

function parse(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function read(root: unknown, keys: string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (isObject(value) ? value[key] : Array.isArray(value) ? value[Number(key)] : undefined),
    root,
  )
}

function write(
  root: unknown,
  keys: string[],
  change: { value?: unknown; insert?: boolean; remove?: boolean },
): unknown {
  const key = keys.at(-1)
  if (key === undefined) return change.value
  const parent = read(root, keys.slice(0, -1))
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key)
    if (change.remove) parent.splice(index, 1)
    else if (change.insert) parent.splice(index, 0, change.value)
    else parent[index] = change.value
    return root
  }
  if (!isObject(parent) || (change.remove && !(key in parent))) {
    throw new StatusError(422, 'Invalid', {
      message: `the server rejected our request due to an error in our request: path /${keys.join('/')} does not exist`,
    })
  }
  if (change.remove) delete parent[key]
  else parent[key] = change.value
  return root
}
