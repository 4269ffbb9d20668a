import { Counter, Gauge, Histogram, Registry as PromRegistry } from 'prom-client'

/** What the server tells Prometheus about itself (MET-033). One registry per server, so two can live in one process. */
export function createMetrics() {
  const registry = new PromRegistry()
  const registers = [registry]
  const seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
  return {
    registry,
    calls: new Histogram({
      name: 'quartermaster_tool_call_duration_seconds',
      help: 'Duration of tool calls down the road',
      labelNames: ['tool', 'face', 'outcome'],
      buckets: seconds,
      registers,
    }),
    upstream: new Histogram({
      name: 'quartermaster_upstream_request_duration_seconds',
      help: 'Duration of requests to upstreams',
      labelNames: ['upstream', 'cluster', 'outcome'],
      buckets: seconds,
      registers,
    }),
    http: new Histogram({
      name: 'gateway_request_duration_seconds',
      help: 'Duration of HTTP requests',
      labelNames: ['face', 'method', 'status'],
      buckets: seconds,
      registers,
    }),
    authFailures: new Counter({
      name: 'gateway_auth_failures_total',
      help: 'Requests refused for their credentials',
      registers,
    }),
    approvals: new Counter({
      name: 'quartermaster_approvals_total',
      help: 'Approvals by what became of them',
      labelNames: ['tool', 'decision'],
      registers,
    }),
    modelTokens: new Counter({
      name: 'quartermaster_model_tokens_total',
      help: 'Tokens of the language model',
      labelNames: ['model', 'direction'],
      registers,
    }),
    liveConnections: new Gauge({
      name: 'ws_connections_active',
      help: 'Open live connections',
      labelNames: ['kind'],
      registers,
    }),
    liveConnected: new Counter({
      name: 'ws_connections_total',
      help: 'Live connections that were opened',
      labelNames: ['kind'],
      registers,
    }),
    liveSent: new Counter({ name: 'ws_messages_sent_total', help: 'Messages written to live connections', registers }),
    liveReceived: new Counter({
      name: 'ws_messages_received_total',
      help: 'Messages that clients sent',
      registers,
    }),
    liveSubscriptions: new Gauge({ name: 'ws_subscription_count', help: 'Subscriptions that are open', registers }),
    liveLatency: new Histogram({
      name: 'ws_message_latency_seconds',
      help: 'From the time of an event to when it is written to a connection',
      buckets: seconds,
      registers,
    }),
    liveEvents: new Counter({ name: 'ws_events_routed_total', help: 'Events handed to live connections', registers }),
    liveDropped: new Counter({ name: 'ws_events_dropped_total', help: 'Events dropped for slow readers', registers }),
  }
}
export type Metrics = ReturnType<typeof createMetrics>
