/** The names that the streaming protocol of RTE-021 gives the events which are called otherwise here, beyond case and punctuation. */
const otherwise: Record<string, string> = {
  METRIC_UPDATE: 'metric.changed',
  GPU_UPDATE: 'gpu.updated',
  CHAT_MESSAGE: 'chat.message-added',
  RCA_COMPLETE: 'analysis.completed',
}

/** `CLUSTER_STATUS_CHANGED` is `cluster.status-changed`; a name of ours stays as it is. */
export function eventNameOf(name: string): string {
  if (!/^[A-Z]+(_[A-Z]+)+$/.test(name)) return name
  const [noun = '', ...words] = name.toLowerCase().split('_')
  return otherwise[name] ?? `${noun}.${words.join('-')}`
}
