import type { Span, Tempo, Trace, TraceSearch, TraceSummary } from '../clients/tempo/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, type Upstream } from '../testing-upstreams.ts'

/** Traces of the tests begin here: 2026-11-20T11:50:00Z */
export const beganMs = 1_795_175_400_000

type Brief = Partial<Omit<Span, 'spanId' | 'startMs' | 'durationMs'>>

/** A span by its id, its parent's, and `from`–`to` milliseconds after the trace began. */
export const span = (ids: string, [from, to]: [number, number], more: Brief = {}): Span => {
  const [spanId = 'a', parentSpanId] = ids.split('<')
  return {
    spanId,
    ...(parentSpanId && { parentSpanId }),
    name: spanId,
    service: 'web',
    kind: 'internal',
    startMs: beganMs + from,
    durationMs: to - from,
    status: 'unset',
    attributes: {},
    resource: {},
    events: [],
    links: [],
    ...more,
  }
}

export const traceId = '0123456789abcdef0123456789abcdef'

export const summary = (more: Partial<TraceSummary> = {}): TraceSummary => ({
  traceId,
  rootService: 'web',
  rootName: 'GET /',
  startMs: beganMs,
  durationMs: 100,
  services: [{ name: 'web', spans: 1, errors: 0 }],
  matched: [],
  matches: 1,
  ...more,
})

export interface TempoData {
  traces?: Trace[]
  search?: (query: TraceSearch) => TraceSummary[]
  values?: Record<string, string[]>
  asked?: unknown[]
}

/** A Tempo in memory that keeps what was asked. */
export const tempoOf = (cluster: string, { traces = [], search, values = {}, asked }: TempoData): Tempo => ({
  cluster,
  search: async ({ signal: _, ...query }) => {
    asked?.push(query)
    return (search?.(query) ?? []).slice(0, query.limit)
  },
  trace: async (id) => traces.find((trace) => trace.traceId === id),
  tagNames: async () => [{ scope: 'resource', tags: ['service.name'] }],
  tagValues: async (tag, { query } = {}) => {
    asked?.push({ tag, query })
    return values[tag] ?? []
  },
  ready: async () => true,
})

export const traceContext = (tempos: Record<string, Upstream<Tempo>>, more: Record<string, unknown> = {}) =>
  testContext({
    clients: {
      fleet: fleetOf([...Object.keys(tempos), 'bare'].map((name) => clusterInfo(name))),
      tempo: perCluster<Tempo>(tempos),
      ...more,
    },
  })
