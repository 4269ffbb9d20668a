import type { PriceList } from '../clients/index.ts'
import type { ExecQuery, ExecResult, KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'
import type { LogEntry, Loki } from '../clients/loki/types.ts'
import type { Prometheus, PrometheusResult } from '../clients/prometheus/types.ts'
import { type TestContextOptions, testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'

export interface GpuDraft {
  node?: string
  gpu?: number
  util?: number
  used?: number
  free?: number
  temp?: number
  xid?: number
  labels?: Record<string, string>
}

/** The series of one exporter, in the names of DCGM before 4.6 or since. */
export function dcgm(drafts: GpuDraft[], generation: 'old' | 'new' = 'old'): PrometheusResult {
  const old = generation === 'old'
  const series = drafts.flatMap(
    ({ node = 'n1', gpu = 0, util = 50, used = 40_000, free = 40_000, temp = 60, xid = 0, labels = {} }) => {
      const common = {
        gpu: String(gpu),
        UUID: `GPU-${node}-${gpu}`,
        modelName: 'NVIDIA H100 80GB HBM3',
        [old ? 'Hostname' : 'hostname']: node,
        ...labels,
      }
      const values: [string, number][] = [
        [old ? 'DCGM_FI_DEV_GPU_UTIL' : 'DCGM_FI_DEV_GPU_UTIL_RATIO', util],
        ['DCGM_FI_DEV_FB_USED', used],
        ['DCGM_FI_DEV_FB_FREE', free],
        ['DCGM_FI_DEV_FB_RESERVED', 559],
        [old ? 'DCGM_FI_DEV_GPU_TEMP' : 'DCGM_FI_DEV_GPU_TEMP_CELSIUS', temp],
        [old ? 'DCGM_FI_DEV_POWER_USAGE' : 'DCGM_FI_DEV_BOARD_POWER_WATTS', 400.26],
        [old ? 'DCGM_FI_DEV_XID_ERRORS' : 'DCGM_FI_DEV_XID_ERROR', xid],
      ]
      return values.map(([name, value]) => ({
        metric: { __name__: name, ...common } as Record<string, string>,
        values: [[1_795_000_000, String(value)] as [number, string]],
      }))
    },
  )
  return { resultType: 'vector', series, warnings: [] }
}

const nothing: PrometheusResult = { resultType: 'vector', series: [], warnings: [] }

export const gpuContext = (clusters: Record<string, PrometheusResult | Error>) =>
  testContext({
    clients: {
      fleet: fleetOf(Object.keys(clusters).map((name) => clusterInfo(name))),
      prometheus: perCluster<Prometheus>(
        Object.fromEntries(
          Object.entries(clusters).map(([cluster, result]): [string, Upstream<Prometheus>] => [
            cluster,
            result instanceof Error
              ? result
              : prometheusOf({ cluster, answer: ({ query }) => (query.startsWith('changes(') ? nothing : result) }),
          ]),
        ),
      ),
    },
  })

export interface NodeDraft {
  name: string
  gpus?: number
  allocatable?: number
  labels?: Record<string, string>
  conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[]
  unschedulable?: boolean
  resource?: string
}

export const gpuNodeObject = (draft: NodeDraft): KubeObject => {
  const {
    name,
    gpus = 8,
    allocatable = gpus,
    labels = {},
    conditions = [],
    unschedulable,
    resource = 'nvidia.com/gpu',
  } = draft
  return {
    metadata: {
      name,
      labels: {
        'nvidia.com/gpu.present': 'true',
        'nvidia.com/gpu.count': String(gpus),
        'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
        'nvidia.com/gpu.memory': '81559',
        'nvidia.com/cuda.driver-version.full': '580.95.05',
        'nvidia.com/cuda.runtime-version.full': '13.0',
        ...labels,
      },
    },
    spec: { ...(unschedulable && { unschedulable }) },
    status: {
      capacity: { [resource]: String(gpus) },
      allocatable: { [resource]: String(allocatable) },
      conditions: [{ type: 'Ready', status: 'True' }, ...conditions],
    },
  }
}

export interface PodDraft {
  name: string
  namespace?: string
  node?: string
  gpus?: number
  resource?: string
  phase?: string
  owner?: string
  annotations?: Record<string, string>
  ready?: boolean
  waiting?: string
}

export const gpuPodObject = (draft: PodDraft): KubeObject => {
  const { name, namespace = 'inf', node, gpus = 0, resource = 'nvidia.com/gpu', phase = 'Running', owner } = draft
  const { annotations, ready = true, waiting } = draft
  const [kind = '', ownerName = ''] = owner?.split('/') ?? []
  return {
    metadata: {
      name,
      namespace,
      ...(annotations && { annotations }),
      ...(owner && {
        ownerReferences: [{ apiVersion: 'apps/v1', kind, name: ownerName, uid: ownerName, controller: true }],
      }),
    },
    spec: {
      ...(node && { nodeName: node }),
      containers: [{ name: 'main', ...(gpus > 0 && { resources: { limits: { [resource]: String(gpus) } } }) }],
    },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...(waiting && { containerStatuses: [{ name: 'main', state: { waiting: { reason: waiting } } }] }),
    },
  }
}

/** A driver pod of the GPU operator on each of these nodes. */
export const driverPods = (...nodes: string[]): PodDraft[] =>
  nodes.map((node) => ({ name: `nvidia-driver-daemonset-${node}`, namespace: 'gpu-operator', node }))

export interface FleetDraft {
  dcgm?: PrometheusResult | Error
  /** Answers of queries that are not for the fields */
  answer?: (query: string) => PrometheusResult | undefined
  nodes?: NodeDraft[]
  pods?: PodDraft[]
  objects?: Record<string, KubeObject[]>
  served?: Record<string, string[]>
  kubernetes?: Error
  exec?: (query: ExecQuery) => ExecResult | Promise<ExecResult>
  logs?: LogEntry[]
  loki?: Error
}

/** Clusters with what each of their sources says; a source that is not given is not configured. */
export function gpuFleet(
  drafts: Record<string, FleetDraft>,
  more: Partial<TestContextOptions> & { prices?: PriceList } = {},
) {
  const entries = Object.entries(drafts)
  const { prices, ...options } = more
  const of = <T extends object>(make: (cluster: string, draft: FleetDraft) => Upstream<T> | undefined) =>
    perCluster<T>(
      Object.fromEntries(
        entries.flatMap(([cluster, draft]): [string, Upstream<T>][] => {
          const client = make(cluster, draft)
          return client === undefined ? [] : [[cluster, client]]
        }),
      ),
    )
  return testContext({
    ...options,
    clients: {
      fleet: fleetOf(entries.map(([name]) => clusterInfo(name))),
      prometheus: of<Prometheus>((cluster, { dcgm, answer }) => {
        if (dcgm === undefined || dcgm instanceof Error) return dcgm
        return prometheusOf({
          cluster,
          answer: ({ query }) =>
            answer?.(query) ?? (/^(changes|avg_over_time|increase)\(/.test(query) ? nothing : dcgm),
        })
      }),
      kubernetes: of<KubernetesCluster>((cluster, draft) => {
        if (draft.kubernetes) return draft.kubernetes
        if (!draft.nodes) return undefined
        const objects = {
          nodes: draft.nodes.map(gpuNodeObject),
          pods: (draft.pods ?? []).map(gpuPodObject),
          ...draft.objects,
        }
        const client = kubernetesOf({ cluster, objects, ...(draft.exec && { exec: draft.exec }) })
        return { ...client, servedVersions: async (group) => draft.served?.[group] ?? [] }
      }),
      loki: of<Loki>((cluster, { logs, loki }) => {
        if (loki) return loki
        return logs && lokiOf(cluster, logs)
      }),
      ...(prices && { prices }),
    },
  })
}

const lokiOf = (cluster: string, entries: readonly LogEntry[]): Loki =>
  ({
    cluster,
    queryRange: async ({ start, end, limit = 100, direction }: Parameters<Loki['queryRange']>[0]) => {
      const ns = (entry: LogEntry) => BigInt(entry.timestampNs)
      const from = BigInt(start.getTime()) * 1_000_000n
      const to = BigInt(end.getTime()) * 1_000_000n
      const inRange = entries
        .filter((entry) => ns(entry) >= from && ns(entry) < to)
        .sort((left, right) => (ns(left) < ns(right) ? -1 : 1))
      return (direction === 'forward' ? inRange : inRange.reverse()).slice(0, limit)
    },
    labelNames: async () => [],
    labelValues: async () => [],
    ready: async () => true,
  }) as unknown as Loki

/** A series for each pair of labels and value. */
export const vector = (...rows: [Record<string, string>, number][]): PrometheusResult => ({
  resultType: 'vector',
  series: rows.map(([metric, value]) => ({ metric, values: [[1_795_000_000, String(value)]] })),
  warnings: [],
})
