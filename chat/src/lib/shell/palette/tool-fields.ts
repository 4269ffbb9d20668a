/** JSON Schema as far as tools use it for their arguments. */
export interface Schema {
  type?: string | string[]
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: readonly string[]
  minimum?: number
  maximum?: number
}

export interface Field {
  name: string
  about?: string
  kind: 'text' | 'number' | 'choice' | 'yes-no' | 'list' | 'json'
  required: boolean
  choices?: string[]
  placeholder?: string
  least?: number
  most?: number
}

function kindOf(schema: Schema): Field['kind'] {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type
  if (schema.enum?.every((one) => typeof one === 'string')) return 'choice'
  if (type === 'boolean') return 'yes-no'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'string') return 'text'
  if (type === 'array' && (schema.items?.type === 'string' || schema.items?.enum)) return 'list'
  return 'json'
}

const preset = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

/** The fields of a form for a tool's arguments, those it needs first. */
export function fieldsOf(schema: Schema): Field[] {
  const fields = Object.entries(schema.properties ?? {}).map(([name, one]): Field => {
    const placeholder = preset(one.default)
    return {
      name,
      kind: kindOf(one),
      required: schema.required?.includes(name) === true && one.default === undefined,
      ...(one.description && { about: one.description }),
      ...(one.enum && { choices: one.enum.map(String) }),
      ...(placeholder !== undefined && { placeholder }),
      ...(one.minimum !== undefined && { least: one.minimum }),
      ...(one.maximum !== undefined && { most: one.maximum }),
    }
  })
  return [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)]
}

/** The arguments that a filled-in form says; what was left empty is not named. Or the field that is not right, and why. */
export function argumentsOf(
  fields: readonly Field[],
  typed: Readonly<Record<string, string>>,
): { input: Record<string, unknown> } | { wrong: string; why: 'json' | 'missing' } {
  const input: Record<string, unknown> = {}
  for (const { name, kind, required } of fields) {
    const text = (typed[name] ?? '').trim()
    if (text === '') {
      if (required) return { wrong: name, why: 'missing' }
      continue
    }
    if (kind === 'number') input[name] = Number(text)
    else if (kind === 'yes-no') input[name] = text === 'true'
    else if (kind === 'list')
      input[name] = text
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean)
    else if (kind === 'json') {
      try {
        input[name] = JSON.parse(text)
      } catch {
        return { wrong: name, why: 'json' }
      }
    } else input[name] = text
  }
  return { input }
}
