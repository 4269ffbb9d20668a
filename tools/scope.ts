import { ToolError } from '#contract'

export interface ScopeOptions {
  /** Every cluster of the fleet, in its order */
  known: readonly string[]
  /** What the actor may see */
  allowed: '*' | readonly string[]
  /** The clusters the conversation is about; absent or empty means all */
  conversation?: readonly string[]
  /** Those named in the call; `*` stands for all, absent or empty for the conversation's */
  requested?: readonly string[]
}

/** Clusters by name, of those that were named by name or by the id of their row. */
export const namesOf = (
  requested: readonly string[] | undefined,
  infos: readonly { name: string; id?: string }[] = [],
): readonly string[] | undefined => {
  const byId = new Map(infos.flatMap(({ id, name }) => (id === undefined ? [] : [[id, name] as const])))
  return byId.size === 0 ? requested : requested?.map((one) => byId.get(one) ?? one)
}

/** The clusters a call means. A name that is unknown, or hidden from the actor, is cluster-not-found with the valid names. */
export function resolveScope({ known, allowed, conversation = [], requested = [] }: ScopeOptions): string[] {
  const visible = known.filter((name) => allowed === '*' || allowed.includes(name))
  if (requested.includes('*')) return visible
  const unknown = requested.find((name) => !visible.includes(name))
  if (unknown !== undefined) throw clusterNotFound(unknown, visible)
  if (requested.length > 0) return visible.filter((name) => requested.includes(name))
  const wanted = visible.filter((name) => conversation.includes(name))
  return wanted.length > 0 ? wanted : visible
}

/**
 * The same for an upstream that not every cluster has, or whose names are not clusters (Ray heads). A cluster asked for
 * by name stays in although it lacks the upstream, so that the answer says why it is silent.
 */
export function resolveScopeOf(upstream: { names(): string[] }, options: ScopeOptions): string[] {
  const names = upstream.names()
  const known = [...options.known, ...names.filter((name) => !options.known.includes(name))]
  const named = options.requested?.filter((name) => name !== '*') ?? []
  const scope = resolveScope({ ...options, known })
  // A conversation about clusters says nothing about an upstream with names of its own.
  const outside = names.filter((name) => !options.known.includes(name))
  const foreign = named.length === 0 ? resolveScope({ known: outside, allowed: options.allowed }) : []
  return [...new Set([...scope.filter((name) => names.includes(name) || named.includes(name)), ...foreign])]
}

function clusterNotFound(name: string, visible: readonly string[]): ToolError {
  const near = nearest(name, visible)
  return new ToolError('cluster-not-found', `There is no cluster named "${name.slice(0, 80)}".`, {
    next: near ? `Did you mean "${near}"? list_clusters shows all.` : 'Take a name from list_clusters.',
    field: 'clusters',
    details: { valid: visible.slice(0, 50) },
  })
}

/** The candidate that `name` most likely meant: contains it, is contained, or differs by few letters. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const contains = candidates.find((candidate) => {
    const other = candidate.toLowerCase()
    return wanted.length > 2 && (other.includes(wanted) || wanted.includes(other))
  })
  if (contains) return contains
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates.slice(0, 5000)) {
    if (Math.abs(candidate.length - wanted.length) > 3) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (!best || distance < best.distance) best = { candidate, distance }
  }
  return best && best.distance <= Math.max(2, Math.floor(wanted.length / 4)) ? best.candidate : undefined
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const following = [i]
    for (let j = 1; j <= right.length; j++) {
      const replace = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      following.push(Math.min(replace, row[j]! + 1, following[j - 1]! + 1))
    }
    row = following
  }
  return row[right.length]!
}
