import type { Cluster } from '../cluster.ts'
import { createCurve } from '../curves.ts'
import { type PodRecord, stepAt } from '../history.ts'
import { unitOf } from '../random.ts'
import type { MetricType, Series } from '../samples.ts'
import { FRONTHAUL, ranNodes } from '../seed-cnf.ts'
import type { Family, Scene } from './family.ts'

/** The last radio node follows its grandmaster badly: its cable is at fault, and it drifts in holdover. */
const drifts = (cluster: Cluster, node: string): boolean => ranNodes(cluster).at(-1) === node

/** Offset of a clock to its master in nanoseconds; a pure function of time. */
function offsetNs(cluster: Cluster, node: string, process: string, atMs: number): number {
  const key = `${cluster.spec.name}/${node}/${process}`
  const noise =
    Math.sin(atMs / 7_000 + unitOf(key) * 6.28) * 12 + Math.sin(atMs / 1_900 + unitOf(`${key}/b`) * 6.28) * 5
  return Math.round(drifts(cluster, node) && process === 'ptp4l' ? 340 + noise * 3 : noise)
}

const ptpDaemons = ({ cluster, history }: Scene): { node: string; record: PodRecord }[] =>
  history
    .records()
    .filter(({ pod }) => pod.metadata.labels?.app === 'linuxptp-daemon')
    .flatMap((record) => {
      const node = record.pod.spec.nodeName
      return node !== undefined && ranNodes(cluster).includes(node) ? [{ node, record }] : []
    })

type Ptp = (cluster: Cluster, node: string, process: string, atMs: number) => number

/** `iface` and `process` as linuxptp-daemon writes them: ports end in x, the system clock is CLOCK_REALTIME. */
const clocks = [
  { process: 'ptp4l', iface: `${FRONTHAUL.slice(0, -1)}x`, from: 'master' },
  { process: 'phc2sys', iface: 'CLOCK_REALTIME', from: 'phc' },
] as const

function ptpFamily(name: string, help: string, value: Ptp): Family {
  return {
    name,
    type: 'gauge',
    help,
    *series(scene): Iterable<Series> {
      for (const { node, record } of ptpDaemons(scene)) {
        for (const { process, iface, from } of clocks) {
          const pod = { namespace: record.pod.metadata.namespace ?? '', pod: record.pod.metadata.name }
          const side: Record<string, string> = name.endsWith('_state') ? {} : { from }
          yield {
            labels: { __name__: name, job: 'ptp-monitor-service', iface, node, process, ...side, ...pod },
            at: (atMs) =>
              atMs >= scene.startMs && stepAt(record, atMs)?.ready
                ? value(scene.cluster, node, process, atMs)
                : undefined,
          }
        }
      }
    },
  }
}

/** FREERUN 0, LOCKED 1, HOLDOVER 2. */
const stateOf: Ptp = (cluster, node, process) => (drifts(cluster, node) && process === 'ptp4l' ? 2 : 1)

/** Telegraf's dpdk input, as its Prometheus output names the members of `/ethdev/stats`. */
const DPDK: { name: string; perSecond: number; drifting?: number }[] = [
  { name: 'dpdk_ipackets', perSecond: 820_000 },
  { name: 'dpdk_opackets', perSecond: 790_000 },
  { name: 'dpdk_ibytes', perSecond: 1_050_000_000 },
  { name: 'dpdk_obytes', perSecond: 990_000_000 },
  { name: 'dpdk_ierrors', perSecond: 0 },
  { name: 'dpdk_oerrors', perSecond: 0 },
  { name: 'dpdk_imissed', perSecond: 0.02, drifting: 340 },
  { name: 'dpdk_rx_nombuf', perSecond: 0 },
]

const dpdkFamily = ({ name, perSecond, drifting = perSecond }: (typeof DPDK)[number]): Family => ({
  name,
  type: 'untyped' as MetricType,
  help: 'Telegraf collected metric',
  *series({ cluster, history, startMs }): Iterable<Series> {
    for (const record of history.records()) {
      const { labels = {}, name: pod, namespace = '' } = record.pod.metadata
      if (labels.app !== 'vdu' && labels.app !== 'upf') continue
      const sick = drifts(cluster, record.pod.spec.nodeName ?? '')
      for (const params of ['0', '1']) {
        const curve = createCurve(`${pod}/${params}/${name}`, sick ? drifting : perSecond, 0.3)
        yield {
          labels: { __name__: name, job: 'dpdk-telemetry', command: '/ethdev/stats', params, namespace, pod },
          at: (atMs) =>
            atMs >= startMs && stepAt(record, atMs)?.ready ? Math.floor(curve.between(startMs, atMs)) : undefined,
        }
      }
    }
  },
})

export const CNF_FAMILIES: Family[] = [
  ptpFamily('openshift_ptp_offset_ns', 'Offset of the clock to its source in nanoseconds.', offsetNs),
  ptpFamily(
    'openshift_ptp_max_offset_ns',
    'Largest offset of the last summary in nanoseconds.',
    (...clock) => Math.abs(offsetNs(...clock)) + 9,
  ),
  ptpFamily('openshift_ptp_clock_state', 'FREERUN 0, LOCKED 1, HOLDOVER 2.', stateOf),
  ...DPDK.map(dpdkFamily),
]
