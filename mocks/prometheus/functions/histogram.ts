import { dropLabels, labelsKey, metricName } from '../labels.ts'
import type { Labels, Series } from '../types.ts'

/** Quantiles of classic histograms, after `promql/quantile.go`. */

export interface Bucket {
  upperBound: number
  count: number
}

/** Buckets of one bound are one; counts never fall, because scrapes are not atomic. */
function tidy(buckets: Bucket[]): Bucket[] {
  const result: Bucket[] = []
  for (const bucket of [...buckets].sort((a, b) => a.upperBound - b.upperBound)) {
    const last = result.at(-1)
    if (last && last.upperBound === bucket.upperBound) last.count += bucket.count
    else result.push({ ...bucket })
  }
  let highest = Number.NEGATIVE_INFINITY
  for (const bucket of result) {
    highest = Math.max(highest, bucket.count)
    bucket.count = highest
  }
  return result
}

/** Interpolates linearly inside the bucket that holds the rank. NaN without a `+Inf` bucket or without observations. */
export function bucketQuantile(q: number, given: Bucket[]): number {
  if (Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const buckets = tidy(given)
  const top = buckets.at(-1)
  if (!top || top.upperBound !== Number.POSITIVE_INFINITY || buckets.length < 2 || top.count === 0) return Number.NaN
  let rank = q * top.count
  const index = buckets.slice(0, -1).findIndex((bucket) => bucket.count >= rank)
  const bucket = buckets[index]
  if (!bucket) return buckets.at(-2)?.upperBound ?? Number.NaN
  if (index === 0 && bucket.upperBound <= 0) return bucket.upperBound
  const below = buckets[index - 1]
  const start = below?.upperBound ?? 0
  const count = bucket.count - (below?.count ?? 0)
  rank -= below?.count ?? 0
  return start + (bucket.upperBound - start) * (rank / count)
}

function boundOf(labels: Labels): number | undefined {
  const { le } = labels
  if (le === undefined) return undefined
  if (/^[+]?inf$/i.test(le)) return Number.POSITIVE_INFINITY
  const bound = Number(le)
  return le.trim() === '' || Number.isNaN(bound) ? undefined : bound
}

export function histogramQuantile(quantiles: number[], series: Series[]): Series[] {
  const groups = new Map<string, { labels: Labels; members: { bound: number; series: Series }[] }>()
  for (const one of series) {
    const bound = boundOf(one.labels)
    if (bound === undefined) continue
    const labels = dropLabels(one.labels, ['le', metricName])
    const key = labelsKey(labels)
    const group = groups.get(key) ?? { labels, members: [] }
    group.members.push({ bound, series: one })
    groups.set(key, group)
  }
  return [...groups.values()].map(({ labels, members }) => ({
    labels,
    values: quantiles.map((q, step) => {
      const buckets: Bucket[] = []
      for (const { bound, series: member } of members) {
        const count = member.values[step]
        if (count !== undefined) buckets.push({ upperBound: bound, count })
      }
      return buckets.length === 0 ? undefined : bucketQuantile(q, buckets)
    }),
  }))
}
