import type { Registry } from '../registry.ts'

const kept = '[not recorded]'

/** The same shape without a text in it. */
function blank(value: unknown, depth = 0): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (depth > 4) return kept
  if (Array.isArray(value)) return value.slice(0, 5).map((one) => blank(one, depth + 1))
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, 30)
        // the name of a member could be the secret, where somebody got the form wrong
        .map(([name, member]) => [/^[A-Za-z]{1,30}$/.test(name) ? name : kept, blank(member, depth + 1)]),
    )
  return kept
}

/**
 * What of the input of a call may be written down. Where a tool takes secrets, only the members it names; where there is no such tool,
 * nothing but the shape, because a slip of the name must not bring a secret into the record.
 */
export function recordable(registry: Pick<Registry, 'all'>, name: string, input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input === undefined ? undefined : blank(input)
  const tool = registry.all().find((entry) => entry.tool.name === name)?.tool
  if (!tool) return blank(input)
  if (name === 'run_tool' && 'name' in input && 'input' in input)
    return { ...input, input: recordable(registry, String(input.name), input.input) }
  const { publicInput } = tool
  if (!publicInput) return input
  return Object.fromEntries(
    Object.entries(blank(input) as object).map(([member, value]) => [
      member,
      publicInput.includes(member) ? (input as Record<string, unknown>)[member] : value,
    ]),
  )
}
