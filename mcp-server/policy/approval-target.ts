import type { Plan } from '#contract'
import type { Tool } from '#define'
import { digest } from './digest.ts'

export interface Target {
  /** For whoever looks at what is allowed */
  words: string
  digest: string
}

const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Without its numbers: how many, how long, which revision. */
function withoutNumbers(value: unknown): unknown {
  if (typeof value === 'number') return undefined
  if (Array.isArray(value)) return value.map((item) => withoutNumbers(item) ?? null)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutNumbers(member)]))
}

/**
 * What "this exact target" means, one rule for every tool: the settled input names one object by `cluster` and `name`, and every
 * other argument is the same too, numbers apart. So scaling the same workload to another number is covered; the same command on
 * another object, in another namespace, of another kind, with another image or with another flag is not.
 * Undefined, so that each one is asked: danger, money, credentials, a plan that wants a typed name, and whatever names no single object.
 */
export function targetOf(tool: Tool, { input, plan }: { input: unknown; plan: Plan }): Target | undefined {
  if (tool.risk !== 'change' || tool.plan === undefined || tool.publicInput !== undefined) return undefined
  if (plan.costPerHour !== undefined || plan.typedName !== undefined) return undefined
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const [cluster, name] = [word(given.cluster), word(given.name)]
  if (cluster === undefined || name === undefined) return undefined
  if (plan.cluster !== undefined && plan.cluster !== cluster) return undefined
  const place = [word(given.kind), word(given.namespace), name].filter((part) => part !== undefined)
  return {
    words: `${tool.title}: ${place.join(' ')} on ${cluster}`,
    digest: digest([tool.name, withoutNumbers(given)]),
  }
}
