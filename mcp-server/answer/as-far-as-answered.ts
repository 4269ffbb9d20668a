import type { ClusterAnswer, EmptyPayload } from '#contract'

/** Nothing found is no proof while clusters are silent: that is the likeliest reason, and asking them the next step. */
export function asFarAsAnswered(empty: EmptyPayload, clusters: readonly ClusterAnswer[] | undefined): EmptyPayload {
  const silent = (clusters ?? []).filter(({ status }) => status !== 'success').map(({ cluster }) => cluster)
  if (silent.length === 0) return empty
  const names = silent.length > 5 ? `${silent.slice(0, 5).join(', ')} and more` : silent.join(', ')
  return {
    ...empty,
    likely: [`${names} did not answer: it may be there`, ...empty.likely],
    next: [`get_cluster_status for ${silent[0]}`, 'the same call once it answers'],
  }
}
