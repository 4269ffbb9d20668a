import type { Metrics } from './metrics.ts'

const nothing = { observe() {}, inc() {}, dec() {}, set() {} }

/** Where nobody can ask for metrics (stdio) nothing is counted, and prom-client with its 80 files is not loaded. */
export const noMetrics = {
  calls: nothing,
  upstream: nothing,
  http: nothing,
  authFailures: nothing,
  approvals: nothing,
  modelTokens: nothing,
  liveConnections: nothing,
  liveConnected: nothing,
  liveSent: nothing,
  liveReceived: nothing,
  liveSubscriptions: nothing,
  liveLatency: nothing,
  liveEvents: nothing,
  liveDropped: nothing,
} as unknown as Metrics
