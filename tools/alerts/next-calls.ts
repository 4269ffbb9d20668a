/** What to ask next, written so that it can be called as it stands. */
export function nextCallsFor(about: {
  cluster: string
  labels: Record<string, string>
  startsAt: Date
  query?: string | undefined
  fingerprint: string
}): string[] {
  const { cluster, labels, startsAt, query, fingerprint } = about
  const { namespace, pod } = labels
  const node = labels.node ?? labels.Hostname ?? labels.hostname
  const start = new Date(startsAt.getTime() - 3_600_000).toISOString()
  const call = (tool: string, input: object) => `${tool} ${JSON.stringify(input)}`
  return [
    pod && namespace ? call('diagnose_pod', { cluster, namespace, pod }) : '',
    pod && namespace ? call('get_events', { cluster, namespace, text: pod }) : '',
    node ? call('list_nodes', { clusters: [cluster], text: node }) : '',
    query ? call('query_metrics', { query, clusters: [cluster], start }) : '',
    call('silence_alert', { cluster, fingerprint, duration: '2h', comment: 'why' }),
  ]
    .filter(Boolean)
    .slice(0, 4)
}
