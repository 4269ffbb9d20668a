import type { Prometheus } from '../clients/prometheus/types.ts'
import { escaped, readMetrics } from './service.ts'

/** What one port of a DPDK process counted since it started (CNF-011). */
export interface DpdkPort {
  pod: string
  namespace: string
  port: string
  counters: Partial<Record<DpdkCounter, number>>
  /** The same per second, over the last minutes */
  perSecond: Partial<Record<DpdkCounter, number>>
}

export const dpdkCounters = {
  rxPackets: ['dpdk_ipackets', 'dpdk_rx_good_packets'],
  txPackets: ['dpdk_opackets', 'dpdk_tx_good_packets'],
  rxBytes: ['dpdk_ibytes', 'dpdk_rx_good_bytes'],
  txBytes: ['dpdk_obytes', 'dpdk_tx_good_bytes'],
  rxErrors: ['dpdk_ierrors', 'dpdk_rx_errors'],
  txErrors: ['dpdk_oerrors', 'dpdk_tx_errors'],
  /** The card had no free descriptor: the process polls too slowly */
  rxDropped: ['dpdk_imissed', 'dpdk_rx_missed_errors'],
  /** The pool of buffers was empty */
  rxNoBuffer: ['dpdk_rx_nombuf', 'dpdk_rx_mbuf_allocation_errors'],
} as const
export type DpdkCounter = keyof typeof dpdkCounters
const counterOf = new Map<string, DpdkCounter>(
  Object.entries(dpdkCounters).flatMap(([counter, names]) => names.map((name) => [name, counter as DpdkCounter])),
)

/** CPU work of a pod since it started, from cAdvisor's perf events where the kubelet has them on. */
export interface DpdkWork {
  cpuCycles?: number
  instructions?: number
  cacheMisses?: number
}
const work: Record<string, keyof DpdkWork> = {
  cycles: 'cpuCycles',
  'cpu-cycles': 'cpuCycles',
  instructions: 'instructions',
  'cache-misses': 'cacheMisses',
}

/**
 * Ports of the DPDK processes of pods, as Telegraf's dpdk input names them in Prometheus: `/ethdev/stats` and `/ethdev/xstats`,
 * the port in `params`. The pod's own labels may be the exporter's (`exported_pod`).
 */
export async function readDpdk(
  prometheus: Prometheus,
  { pod, namespace, signal }: { pod: string; namespace?: string | undefined; signal: AbortSignal },
): Promise<{ ports: DpdkPort[]; work: DpdkWork }> {
  const place = (own: string, of: string) =>
    [`${own}pod="${escaped(pod)}"`, ...(namespace ? [`${of}namespace="${escaped(namespace)}"`] : [])].join(',')
  const names = [...counterOf.keys()]
  const rateOf = (matchers: string) => `rate({__name__=~"${names.join('|')}",${matchers}}[5m])`
  const totals = await firstWith(['', 'exported_'], async (prefix) => {
    const matchers = place(prefix, prefix)
    const counted = await readMetrics(prometheus, { names, matchers, signal })
    return counted.length > 0 ? { counted, matchers } : undefined
  })
  if (!totals) return { ports: [], work: {} }
  const ports = new Map<string, DpdkPort>()
  const portOf = (labels: Record<string, string>): DpdkPort => {
    const port = labels.params ?? labels.port ?? labels.port_id ?? '0'
    const found = ports.get(port) ?? {
      pod,
      namespace: labels.exported_namespace ?? labels.namespace ?? namespace ?? '',
      port,
      counters: {},
      perSecond: {},
    }
    ports.set(port, found)
    return found
  }
  for (const { name, labels, value } of totals.counted) portOf(labels).counters[counterOf.get(name)!] = value
  for (const [name, counter] of counterOf) {
    if (!totals.counted.some((one) => one.name === name)) continue
    const { series } = await prometheus.query({ query: rateOf(totals.matchers).replace(names.join('|'), name), signal })
    for (const one of series) portOf(one.metric).perSecond[counter] = Number(one.values.at(-1)?.[1])
  }
  const events = await readMetrics(prometheus, {
    names: ['container_perf_events_total'],
    matchers: place('', ''),
    signal,
  })
  const done: DpdkWork = {}
  for (const { labels, value } of events) {
    const key = work[labels.event ?? '']
    if (key) done[key] = (done[key] ?? 0) + value
  }
  return { ports: [...ports.values()].sort((left, right) => left.port.localeCompare(right.port)), work: done }
}

async function firstWith<A, T>(candidates: readonly A[], read: (one: A) => Promise<T | undefined>) {
  for (const one of candidates) {
    const found = await read(one)
    if (found !== undefined) return found
  }
  return undefined
}
