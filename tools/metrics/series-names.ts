import { cell } from '../text.ts'

/** What a name is made of. */
export interface Named {
  cluster: string
  metric: Record<string, string>
}

/** Labels that mean something to people come first, addresses and serial numbers last. */
const familiar = [
  'model_name',
  'model',
  'deployment',
  'Hostname',
  'service',
  'namespace',
  'pod',
  'node',
  'gpu',
  'job',
  'phase',
]
const unfamiliar = [
  'DCGM_FI_DRIVER_VERSION',
  'modelName',
  'device',
  'container',
  'uuid',
  'UUID',
  'pci_bus_id',
  'endpoint',
  'instance',
  'pod_ip',
  'uid',
  'container_id',
  'id',
]
const familiarity = (key: string): number =>
  familiar.includes(key)
    ? familiar.indexOf(key)
    : familiar.length + (unfamiliar.includes(key) ? 1 + unfamiliar.indexOf(key) : 0)

/**
 * Names a series by its cluster, where there are several, and by as few labels as tell it from the others: those that people know first.
 * A label that repeats the cluster is left out.
 */
export function namer(all: Named[]): (one: Named) => string {
  const severalClusters = new Set(all.map((one) => one.cluster)).size > 1
  const labelOf = (one: Named, key: string) => (one.metric[key] === one.cluster ? undefined : one.metric[key])
  const groups = (keys: readonly string[]) =>
    new Set(all.map((one) => JSON.stringify([one.cluster, ...keys.map((key) => labelOf(one, key) ?? null)]))).size
  const differs = (key: string) => new Set(all.map((one) => one.metric[key])).size > 1
  const keys = [...new Set(all.flatMap((one) => Object.keys(one.metric)))].filter(differs)
  keys.sort((left, right) => familiarity(left) - familiarity(right))
  // The name of the metric is what people look for first, where several are asked for
  if (keys.includes('__name__')) keys.unshift(...keys.splice(keys.indexOf('__name__'), 1))
  // Even where the cluster alone tells them apart, what is measured has a name
  const chosen = keys.filter((key) => key === '__name__' || familiar.includes(key)).slice(0, 1)
  for (const key of keys) {
    if (chosen.includes(key)) continue
    if (groups([...chosen, key]) > groups(chosen)) chosen.push(key)
  }
  return (one) => {
    const parts = chosen.flatMap((key) => {
      const value = labelOf(one, key)
      return value ? [cell(value, 60)] : []
    })
    if (parts.length === 0 && one.metric.__name__) parts.push(one.metric.__name__)
    if (severalClusters) parts.unshift(one.cluster)
    return parts.join(' · ') || 'value'
  }
}

/** An exporter's own pod, namespace and service say less than the machine and the device that it measures. */
const place = (metric: Record<string, string>, key: string): number =>
  metric.Hostname !== undefined && ['Hostname', 'gpu'].includes(key) ? -1 : familiarity(key)

/** Labels as PromQL writes them, those that people know first, values cut, only those named; nothing where there are none. */
export const labelsText = (metric: Record<string, string>, keys: readonly string[]): string =>
  !keys.some((key) => metric[key] !== undefined)
    ? ''
    : `{${[...keys]
        .sort((left, right) => place(metric, left) - place(metric, right))
        .flatMap((key) => (metric[key] === undefined ? [] : [`${key}="${cell(metric[key], 60).replaceAll('"', "'")}"`]))
        .join(', ')}}`

/** Labels that all series share, and those in which they differ. */
export function splitLabels(series: readonly { metric: Record<string, string> }[]): {
  same: string[]
  varying: string[]
} {
  const keys = [...new Set(series.flatMap((one) => Object.keys(one.metric)))].sort()
  const same = keys.filter(
    (key) => series.length > 1 && series.every((one) => one.metric[key] === series[0]!.metric[key]),
  )
  return { same, varying: keys.filter((key) => !same.includes(key)) }
}
