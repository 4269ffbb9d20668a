import { createCurve } from '../curves.ts'
import type { PodRecord } from '../history.ts'
import { stepAt } from '../history.ts'
import type { NodePlan } from '../nodes.ts'
import { requestOf } from '../placement.ts'
import { noise, unitOf } from '../random.ts'
import type { MetricType, Series } from '../samples.ts'
import type { Family, Scene } from './family.ts'

const CPUS_SHOWN = 8
const GIB = 2 ** 30

type NodeValue = (plan: NodePlan, atMs: number) => number

/** How busy the CPUs of a node are on average, 0 to 1. */
const loadOf = (plan: NodePlan) => 0.12 + unitOf(`${plan.name}/load`) * 0.35

function nodeLabels(plan: NodePlan) {
  return { job: 'node-exporter', instance: `${plan.ip}:9100`, node: plan.name, nodename: plan.name }
}

function nodes(
  name: string,
  type: MetricType,
  { help, rows }: { help: string; rows: (plan: NodePlan, startMs: number) => [Record<string, string>, NodeValue][] },
): Family {
  return {
    name,
    type,
    help,
    *series({ cluster, startMs }: Scene): Iterable<Series> {
      for (const plan of cluster.plans) {
        for (const [labels, value] of rows(plan, startMs)) {
          yield {
            labels: { __name__: name, ...nodeLabels(plan), ...labels },
            at: (atMs) => (atMs < startMs ? undefined : value(plan, atMs)),
          }
        }
      }
    },
  }
}

const single = (value: NodeValue) => (): [Record<string, string>, NodeValue][] => [[{}, value]]

/** Modes share the second: what is not idle falls into user, system and iowait. */
function cpuRows(plan: NodePlan, startMs: number): [Record<string, string>, NodeValue][] {
  const busy = loadOf(plan)
  const shares: Record<string, number> = { user: busy * 0.74, system: busy * 0.21, iowait: busy * 0.05 }
  return Array.from({ length: Math.min(CPUS_SHOWN, plan.pool.cpuCores) }, (_, cpu) => {
    const curves = Object.entries(shares).map(
      ([mode, share]) => [mode, createCurve(`${plan.name}/${cpu}/${mode}`, share, 0.8)] as const,
    )
    const spent = (atMs: number) => curves.reduce((sum, [, curve]) => sum + curve.between(startMs, atMs), 0)
    const rows: [Record<string, string>, NodeValue][] = curves.map(([mode, curve]) => [
      { cpu: String(cpu), mode },
      (_plan, atMs) => curve.between(startMs, atMs),
    ])
    rows.push([{ cpu: String(cpu), mode: 'idle' }, (_plan, atMs) => (atMs - startMs) / 1000 - spent(atMs)])
    return rows
  }).flat()
}

const memoryTotal: NodeValue = (plan) => plan.pool.memoryGib * GIB - 900_000_000
const memoryUsedShare: NodeValue = (plan, atMs) =>
  0.22 + unitOf(`${plan.name}/memory`) * 0.3 + 0.05 * noise(`${plan.name}/memory`, atMs, 1_200_000)
const load: NodeValue = (plan, atMs) =>
  Math.max(0.05, plan.pool.cpuCores * (loadOf(plan) + 0.05 * noise(`${plan.name}/load1`, atMs, 90_000)))
const traffic =
  (direction: string) =>
  (plan: NodePlan, startMs: number): [Record<string, string>, NodeValue][] => {
    const curve = createCurve(
      `${plan.name}/${direction}`,
      (plan.gpus.length > 0 ? 4e8 : 3e7) * (0.6 + unitOf(`${plan.name}/${direction}`)),
    )
    return [[{ device: 'eth0' }, (_plan, atMs) => Math.floor(curve.between(startMs, atMs))]]
  }
const disk = { mountpoint: '/', device: '/dev/nvme0n1p2', fstype: 'ext4' }
const diskSize = 1.92e12

type PodUse = (record: PodRecord, atMs: number) => number

function containers(
  name: string,
  type: MetricType,
  { help, value }: { help: string; value: (record: PodRecord, startMs: number) => PodUse },
): Family {
  return {
    name,
    type,
    help,
    *series({ history, startMs }: Scene): Iterable<Series> {
      for (const record of history.records()) {
        const { pod } = record
        if (!pod.spec.nodeName) continue
        const use = value(record, Math.max(startMs, record.createdMs))
        yield {
          labels: {
            __name__: name,
            job: 'kubelet',
            metrics_path: '/metrics/cadvisor',
            instance: `${pod.status.hostIP ?? ''}:10250`,
            node: pod.spec.nodeName,
            namespace: pod.metadata.namespace ?? '',
            pod: pod.metadata.name,
            container: pod.spec.containers[0]?.name ?? 'main',
            image: pod.spec.containers[0]?.image ?? '',
          },
          at(atMs) {
            const step = atMs < startMs ? undefined : stepAt(record, atMs)
            return step?.phase === 'Running' ? use(record, atMs) : undefined
          },
        }
      }
    },
  }
}

function cpuUse(record: PodRecord, fromMs: number): PodUse {
  const { name } = record.pod.metadata
  const cores = (requestOf(record.pod.spec).cpuMilli / 1000) * (0.15 + unitOf(`${name}/cpu`) * 0.7)
  const curve = createCurve(`${name}/cpu`, Math.max(0.002, cores), 0.6)
  return (_record, atMs) => curve.between(fromMs, atMs)
}

/** Memory lies about its share of the request; a container that is killed for it climbs to the limit and starts over. */
function memoryUse(record: PodRecord): PodUse {
  const { name } = record.pod.metadata
  const bytes = requestOf(record.pod.spec).memoryBytes || 64 * 2 ** 20
  const oom = record.pod.status.containerStatuses?.[0]?.lastState.terminated?.reason === 'OOMKilled'
  return (_record, atMs) => {
    if (oom) return Math.round(bytes * (0.35 + 0.64 * ((atMs / 317_000) % 1)))
    return Math.round(bytes * (0.3 + unitOf(`${name}/memory`) * 0.45 + 0.06 * noise(`${name}/memory`, atMs, 600_000)))
  }
}

export const NODE_FAMILIES: Family[] = [
  nodes('node_cpu_seconds_total', 'counter', { help: 'Seconds the CPUs spent in each mode.', rows: cpuRows }),
  nodes('node_memory_MemTotal_bytes', 'gauge', {
    help: 'Memory information field MemTotal_bytes.',
    rows: single(memoryTotal),
  }),
  nodes('node_memory_MemAvailable_bytes', 'gauge', {
    help: 'Memory information field MemAvailable_bytes.',
    rows: single((plan, atMs) => Math.round(memoryTotal(plan, atMs) * (1 - memoryUsedShare(plan, atMs)))),
  }),
  nodes('node_memory_MemFree_bytes', 'gauge', {
    help: 'Memory information field MemFree_bytes.',
    rows: single((plan, atMs) => Math.round(memoryTotal(plan, atMs) * (0.9 - memoryUsedShare(plan, atMs)))),
  }),
  nodes('node_memory_Cached_bytes', 'gauge', {
    help: 'Memory information field Cached_bytes.',
    rows: single((plan, atMs) => Math.round(memoryTotal(plan, atMs) * 0.09)),
  }),
  nodes('node_memory_Buffers_bytes', 'gauge', {
    help: 'Memory information field Buffers_bytes.',
    rows: single((plan, atMs) => Math.round(memoryTotal(plan, atMs) * 0.01)),
  }),
  nodes('node_load1', 'gauge', { help: '1m load average.', rows: single((plan, atMs) => round2(load(plan, atMs))) }),
  nodes('node_load5', 'gauge', {
    help: '5m load average.',
    rows: single((plan, atMs) => round2((load(plan, atMs) + load(plan, atMs - 150_000)) / 2)),
  }),
  nodes('node_load15', 'gauge', {
    help: '15m load average.',
    rows: single((plan) => round2(plan.pool.cpuCores * loadOf(plan))),
  }),
  nodes('node_filesystem_size_bytes', 'gauge', {
    help: 'Filesystem size in bytes.',
    rows: () => [[disk, () => diskSize]],
  }),
  nodes('node_filesystem_avail_bytes', 'gauge', {
    help: 'Filesystem space available to non-root users in bytes.',
    rows: () => [
      [
        disk,
        (plan, atMs) =>
          Math.round(
            diskSize * (0.75 - unitOf(`${plan.name}/disk`) * 0.45 - 0.01 * noise(`${plan.name}/disk`, atMs, 3_600_000)),
          ),
      ],
    ],
  }),
  nodes('node_network_receive_bytes_total', 'counter', {
    help: 'Network device statistic receive_bytes.',
    rows: traffic('receive'),
  }),
  nodes('node_network_transmit_bytes_total', 'counter', {
    help: 'Network device statistic transmit_bytes.',
    rows: traffic('transmit'),
  }),
  nodes('node_boot_time_seconds', 'gauge', {
    help: 'Node boot time, in unixtime.',
    rows: (_plan, startMs) => [[{}, () => Math.floor(startMs / 1000) - 86_400]],
  }),
  nodes('node_uname_info', 'gauge', {
    help: 'Labeled system information as provided by the uname system call.',
    rows: (plan) => [
      [
        {
          release: '6.8.0-87-generic',
          sysname: 'Linux',
          machine: plan.pool.architecture === 'arm64' ? 'aarch64' : 'x86_64',
        },
        () => 1,
      ],
    ],
  }),
  containers('container_cpu_usage_seconds_total', 'counter', {
    help: 'Cumulative cpu time consumed in core-seconds',
    value: cpuUse,
  }),
  containers('container_memory_working_set_bytes', 'gauge', {
    help: 'Current working set in bytes.',
    value: memoryUse,
  }),
]

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
