import type { LogEntry, Loki } from '../clients/loki/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, type Upstream } from '../testing-upstreams.ts'

export const ns = (seconds: number) => `${1_795_000_000 + seconds}000000123`
export const entry = (seconds: number, line: string, stream: Record<string, string> = { pod: 'qwen-0' }): LogEntry => ({
  timestampNs: ns(seconds),
  line,
  stream,
})

export interface LokiData extends Partial<Omit<Loki, 'cluster'>> {
  entries?: LogEntry[]
  /** Values by label */
  labels?: Record<string, string[]>
  asked?: unknown[]
}

/** A Loki in memory that keeps what was asked. */
export const lokiOf = (cluster: string, { entries = [], labels = {}, asked, ...more }: LokiData = {}): Loki => ({
  cluster,
  queryRange: async ({ signal: _, ...query }) => {
    asked?.push(query)
    return entries.slice(0, query.limit)
  },
  seriesRange: async () => [],
  seriesAt: async () => [],
  labelNames: async () => Object.keys(labels),
  labelValues: async (label) => labels[label] ?? [],
  streams: async () => [],
  stats: async () => undefined,
  patterns: async () => undefined,
  ready: async () => true,
  ...more,
})

export const logContext = (
  clients: Record<string, Upstream<Loki>>,
  guard?: { mode: 'enforce' | 'shadow' | 'off'; mostBytes: number },
) =>
  testContext({
    clients: {
      fleet: fleetOf(Object.keys(clients).map((name) => clusterInfo(name))),
      loki: Object.assign(perCluster<Loki>(clients), guard && { guard }),
    },
  })
