import { ToolError } from '#contract'

type Requirement = (labels: Record<string, string>) => boolean

/**
 * A label selector as Kubernetes writes them (`a=b,c!=d,e in (f,g),h,!i`), for things that no API server filters.
 * @throws invalid-input where a part is none
 */
export function labelMatcher(selector: string | undefined): Requirement {
  const parts = (selector ?? '').match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  const requirements = parts.map((part) => requirementOf(part.trim()))
  return (labels) => requirements.every((holds) => holds(labels))
}

function requirementOf(part: string): Requirement {
  const set = /^([^\s!=]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part)
  if (set) {
    const [, key, operator, list] = set
    const values = list!.split(',').map((value) => value.trim())
    return (labels) => (operator === 'in') === (key! in labels && values.includes(labels[key!]!))
  }
  const equal = /^([^\s!=]+)\s*(==|=|!=)\s*([^\s=]*)$/.exec(part)
  if (equal) {
    const [, key, operator, value] = equal
    return (labels) => (labels[key!] === value) === (operator !== '!=')
  }
  if (/^!?[\w./-]+$/.test(part)) return (labels) => part.startsWith('!') !== part.replace('!', '') in labels
  throw new ToolError('invalid-input', `"${part.slice(0, 80)}" is no part of a label selector.`, {
    next: 'Write it like app=web,tier!=db,env in (a,b).',
    field: 'labelSelector',
  })
}

/** The label names that a selector speaks of. */
export const labelKeys = (selector: string | undefined): string[] =>
  (selector?.match(/(?:[^,(]|\([^)]*\))+/g) ?? []).flatMap((part) => part.trim().match(/^!?([\w./-]+)/)?.[1] ?? [])
