import { cell } from '../text.ts'
import { memberAt } from './object-yaml.ts'

const step = /^(.*?)\[(\*|[\w.-]+=[^\]]+)\](.*)$/s

/**
 * What lies at a path: `spec.replicas`, `metadata.labels.app.kubernetes.io/name`, `spec.containers[*].image`,
 * `status.conditions[type=Ready].status`. Several values where the path branches.
 */
export function valuesAt(object: unknown, path: string): unknown[] {
  const [, before, which, after] = step.exec(path) ?? []
  if (which === undefined) {
    const value = memberAt(object, path)
    return value === undefined || value === null ? [] : [value]
  }
  const list = before === '' ? object : memberAt(object, before!)
  const items = Array.isArray(list) ? list : typeof list === 'object' && list !== null ? Object.values(list) : []
  const equals = which.indexOf('=')
  const chosen =
    which === '*'
      ? items
      : items.filter((item) => String(memberAt(item, which.slice(0, equals)) ?? '') === which.slice(equals + 1))
  const rest = after!.replace(/^\./, '')
  return rest === '' ? chosen : chosen.flatMap((item) => valuesAt(item, rest))
}

/** One cell: numbers stay numbers, so that they sort; objects are written as JSON. */
export function fieldCell(object: unknown, path: string): string | number | undefined {
  const values = valuesAt(object, path)
  const [first] = values
  if (values.length === 0) return undefined
  if (values.length === 1 && typeof first === 'number') return first
  return cell(
    [...new Set(values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))))].join(', '),
    160,
  )
}

/** `Desired` → desired, `Created At` → createdAt: members of a row. */
export const memberName = (column: string): string =>
  column
    .replace(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase())
    .replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase()) || 'column'
