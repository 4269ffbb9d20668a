/** Observations below each bound, cumulative, as Prometheus keeps them. */
export type Buckets = Map<number, number>

/** The bound of a bucket by its label `le`: 0.5, 1.0, +Inf. */
export const boundOf = (le: string | undefined): number => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le))

/**
 * The value below which the share `of` lies, interpolated within its bucket; undefined without observations. In the last bucket it is
 * the highest bound there is. Source: histogram_quantile of Prometheus (promql/quantile.go).
 */
export function quantile(buckets: Buckets, of: number): number | undefined {
  const sorted = [...buckets].sort(([left], [right]) => left - right)
  const total = sorted.at(-1)?.[1] ?? 0
  if (!(total > 0) || sorted.at(-1)![0] !== Number.POSITIVE_INFINITY || sorted.length < 2) return undefined
  const rank = of * total
  let below = 0
  let from = 0
  for (const [bound, count] of sorted) {
    // Buckets are scraped one after the other: a later one can be behind
    const reached = Math.max(below, count)
    if (reached >= rank && reached > 0) {
      if (bound === Number.POSITIVE_INFINITY) return from
      if (bound <= 0) return bound
      return reached === below ? bound : from + (bound - from) * ((rank - below) / (reached - below))
    }
    below = reached
    from = bound
  }
  return from
}

/** Two histograms as one. Of different bounds only those that both have count, as between them nobody knows. */
export function merged(left: Buckets | undefined, right: Buckets): Buckets {
  if (!left) return new Map(right)
  return new Map([...left].flatMap(([bound, count]) => (right.has(bound) ? [[bound, count + right.get(bound)!]] : [])))
}
