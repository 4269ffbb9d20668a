import type { Prometheus, PrometheusResult } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'

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

export const gpuContext = (clusters: Record<string, PrometheusResult | Error>) =>
  testContext({
    clients: {
      fleet: fleetOf(Object.keys(clusters).map((name) => clusterInfo(name))),
      prometheus: perCluster<Prometheus>(
        Object.fromEntries(
          Object.entries(clusters).map(([cluster, result]): [string, Upstream<Prometheus>] => [
            cluster,
            result instanceof Error ? result : prometheusOf({ cluster, answer: () => result }),
          ]),
        ),
      ),
    },
  })
