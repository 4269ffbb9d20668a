import { createRequire } from 'node:module'
import type { KubeObject } from '../clients/kubernetes/types.ts'

// Loaded with the first object: 70 files that a start can do without
const yaml = () => createRequire(import.meta.url)('yaml') as typeof import('yaml')

/**
 * An object as people read it: without managedFields and last-applied, members in the order of kubectl, and a Secret's
 * values only as their length. Secrets are emptied here and not only at the output boundary: two locks, not one.
 */
export function readable(object: KubeObject): Record<string, unknown> {
  const { apiVersion, kind, metadata, spec, status, ...others } = object
  const {
    managedFields: _managed,
    annotations,
    ...meta
  } = metadata as KubeObject['metadata'] & { managedFields?: unknown }
  const kept = Object.entries(annotations ?? {}).filter(
    ([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration',
  )
  return {
    ...(apiVersion !== undefined && { apiVersion }),
    ...(kind !== undefined && { kind }),
    metadata: { ...meta, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
    ...(kind === 'Secret' ? withoutValues(others) : others),
    ...(spec !== undefined && { spec }),
    ...(status !== undefined && { status }),
  }
}

function withoutValues(members: Record<string, unknown>): Record<string, unknown> {
  const length = (value: unknown, encoded: boolean) =>
    `(hidden, ${encoded ? Buffer.from(String(value), 'base64').length : String(value).length} bytes)`
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) =>
      (key === 'data' || key === 'stringData') && typeof value === 'object' && value !== null
        ? [key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, length(one, key === 'data')]))]
        : [key, value],
    ),
  )
}

/** The member at a dotted path, `spec.template.spec.containers.0.image`; undefined where there is none. */
export function memberAt(object: unknown, path: string): unknown {
  let value = object
  let rest = path.replace(/\[(\w+)\]/g, '.$1').replace(/^\./, '')
  while (rest !== '') {
    if (typeof value !== 'object' || value === null) return undefined
    // Keys of labels and annotations hold dots themselves: the longest key that fits is meant.
    const keys = Object.keys(value).filter((key) => rest === key || rest.startsWith(`${key}.`))
    const key = keys.sort((left, right) => right.length - left.length)[0]
    if (key === undefined) return undefined
    value = (value as Record<string, unknown>)[key]
    rest = rest.slice(key.length + 1)
  }
  return value
}

export const toYaml = (value: unknown): string =>
  yaml().stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()

/** As much as one answer holds, cut at a line; bytes are counted as JSON has them. */
export function cutYaml(yaml: string, bytes = 7_500): { yaml: string; note?: string } {
  const size = (text: string) => Buffer.byteLength(JSON.stringify(text))
  if (size(yaml) <= bytes) return { yaml }
  const all = yaml.split('\n')
  const kept: string[] = []
  let used = 0
  for (const line of all) {
    used += size(line)
    if (used > bytes) break
    kept.push(line)
  }
  if (kept.length === 0) kept.push(all[0]!.slice(0, bytes / 2))
  return {
    yaml: kept.join('\n'),
    note: `${kept.length} of ${all.length} lines; path reads one part, such as spec or status`,
  }
}
