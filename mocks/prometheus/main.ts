import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FaultHook } from './faults.ts'
import { newListener } from './http.ts'
import type { RuleGroup } from './rules.ts'
import type { RangeMode, SeriesSource } from './types.ts'

export type { Fault, FaultHook } from './faults.ts'
export type { Rule, RuleGroup } from './rules.ts'
export type { RangeMode, SeriesSource, SourceSeries } from './types.ts'

export interface PrometheusOptions {
  source: SeriesSource
  /** Which of the source's clusters this server has scraped. */
  cluster: string
  /** Milliseconds since the epoch; samples after it do not exist yet. */
  now(): number
  /** Default: any free port. */
  port?: number
  /** `3` (the default) excludes the left edge of ranges and of the lookback, `2` includes it, as those versions do. */
  rangeMode?: RangeMode
  faults?: FaultHook
  ruleGroups?(): RuleGroup[]
}

/**
 * Serves the HTTP API of a Prometheus over a source of samples, on loopback. PromQL is parsed with the official
 * grammar and evaluated as the real engine does; `close` also ends open connections.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<{ url: string; close(): Promise<void> }> {
  const engine = {
    source: options.source,
    cluster: options.cluster,
    now: options.now,
    mode: options.rangeMode ?? '3',
    startedMs: options.now(),
    ruleGroups: options.ruleGroups ?? (() => []),
  }
  const server = createServer(newListener(engine, options.faults))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
