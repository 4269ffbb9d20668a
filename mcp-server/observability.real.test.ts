import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '#contract'
import {
  type Alertmanager,
  available,
  type Loki,
  type Prometheus,
  startAlertmanager,
  startLoki,
  startPrometheus,
  startTempo,
  startThanos,
  type Tempo,
  type Thanos,
} from '../engines/index.ts'
import { startApp, type TestApp } from './testing/app.ts'

const engines = ['prometheus', 'alertmanager', 'loki', 'tempo', 'thanos'] as const
const there = engines.map((name) => available(name).ok).every(Boolean)

/** The questions about metrics, alerts, logs and traces, asked over MCP of the real engines behind two clusters. */
describe.skipIf(!there)('observability on real engines, over MCP', () => {
  let prometheus: Prometheus
  let second: Prometheus
  let thanos: Thanos
  let alertmanager: Alertmanager
  let loki: Loki
  let tempo: Tempo
  let app: TestApp
  let client: Client
  const traceId = '5b8efff798038103d269b633813fc601'

  beforeAll(async () => {
    const startMs = Date.now()
    ;[alertmanager, loki, tempo, second] = await Promise.all([
      startAlertmanager(),
      startLoki(),
      startTempo(),
      startPrometheus({ nodeExporter: false, externalLabels: { cluster: 'west', replica: 'a' } }),
    ])
    prometheus = await startPrometheus({
      alertmanagers: [new URL(alertmanager.url).host],
      externalLabels: { cluster: 'east', replica: 'a' },
      ruleGroups: [
        {
          name: 'test',
          rules: [{ alert: 'NodeBusy', expr: 'node_load1 >= 0', labels: { severity: 'warning', namespace: 'shop' } }],
        },
      ],
    })
    thanos = await startThanos({ prometheus: [prometheus.url, second.url] })
    await loki.push([
      {
        stream: { namespace: 'shop', pod: 'web-1', app: 'web' },
        values: Array.from({ length: 60 }, (_, index): [string, string] => [
          `${BigInt(startMs - index * 1_000) * 1_000_000n}`,
          index % 3 === 0
            ? `level=error msg="connection to db refused" attempt=${index}`
            : `level=info msg="served" ms=${index}`,
        ]),
      },
    ])
    await sendTrace(tempo, { traceId, endMs: startMs })
    app = await startApp({
      upstreams: {
        clusters: [
          {
            name: 'east',
            prometheus: { url: prometheus.url },
            alertmanager: { url: alertmanager.url },
            loki: { url: loki.url },
            tempo: { url: tempo.url },
          },
          { name: 'both', prometheus: { url: thanos.url, thanos: {} } },
        ],
      },
      now: () => new Date(),
    })
    client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`)))
  }, 240_000)
  afterAll(async () => {
    await client?.close()
    await app?.close()
    for (const engine of [thanos, prometheus, second, alertmanager, loki, tempo]) await engine?.stop()
  })

  /** A tool as a model calls it: those beyond the persona's list by run_tool. */
  async function call(name: string, input: Record<string, unknown> = {}): Promise<{ answer: Answer; text: string }> {
    const { structuredContent, content } = await client.callTool({ name: 'run_tool', arguments: { name, input } })
    const text = (content as { text: string }[])[0]!.text
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(10_000)
    expect(Buffer.byteLength(JSON.stringify(structuredContent))).toBeLessThanOrEqual(10_000)
    return { answer: structuredContent as unknown as Answer, text }
  }
  const eventually = (ask: () => Promise<string>) => expect.poll(ask, { timeout: 60_000, interval: 1_000 })

  it('metrics: an alert rule, its series and their trend', async () => {
    await eventually(async () => (await call('query_metrics', { query: 'node_load1', since: '5m' })).text).toContain(
      'node_load1',
    )
    const { text } = await call('find_metrics', { text: 'load average' })
    expect(text).toContain('node_load1')
    const labels = await call('get_metric_labels', { labelName: 'mode' })
    expect(labels.text).toContain('idle')
    const empty = await call('query_metrics', { query: 'node_laod1' })
    expect(JSON.stringify(empty.answer.empty)).toContain('node_load1')
  })

  it('alerts: what Prometheus fired and Alertmanager holds, with the rule behind it', async () => {
    await eventually(async () => (await call('list_alerts')).text).toContain('NodeBusy')
    const { answer } = await call('list_alerts')
    const [row] = answer.data!.rows as { cluster: string; fingerprint?: string; id: string }[]
    const fingerprint = row!.fingerprint ?? row!.id.split('/').at(-1)!
    const one = await call('get_alert', { cluster: 'east', fingerprint })
    expect(one.text).toContain('node_load1 >= 0')
  })

  it('logs: errors as patterns, lines by LogQL, and a mistake with its place', async () => {
    await eventually(
      async () => (await call('query_logs', { query: '{namespace="shop"} |= "refused"' })).text,
    ).toContain('connection to db refused')
    const errors = await call('search_error_logs', { namespace: 'shop' })
    expect(errors.text).toMatch(/20/)
    expect(errors.text).toContain('connection to db refused')
    const patterns = await call('get_log_patterns', { query: '{namespace="shop"}' })
    expect(patterns.text).toContain('served')
    expect((await call('query_logs', { query: '{namespace="shop"' })).answer.error).toMatchObject({
      code: 'invalid-logql',
    })
  })

  it('traces: found by a field, told as a tree, analysed', async () => {
    await eventually(async () => (await call('search_traces', { service: 'frontend' })).text).toContain(
      traceId.slice(0, 8),
    )
    const tree = await call('get_trace', { traceId })
    expect(tree.text).toContain('llm_request')
    const found = await call('analyze_trace', { traceId })
    expect(found.text).toMatch(/no KV cache left|error/i)
  })

  it('Thanos: both stores, and what is missing when one is gone', async () => {
    await eventually(
      async () => (await call('query_metrics', { query: 'up{job="prometheus"}', clusters: ['both'] })).text,
    ).toMatch(/west/)
    await thanos.sidecars[1]!.stop()
    const { answer } = await call('query_metrics', {
      query: 'count(up{job="prometheus"})',
      clusters: ['both'],
      fresh: true,
    })
    expect(answer.clusters).toMatchObject([{ cluster: 'both', status: 'partial' }])
  })
})

/** One failed request over two services, as OTLP. */
async function sendTrace({ otlpUrl }: Tempo, { traceId, endMs }: { traceId: string; endMs: number }): Promise<void> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const nanos = (ms: number) => String(BigInt(ms) * 1_000_000n)
  const span = (service: string, one: object) => ({
    resource: { attributes: [text('service.name', service)] },
    scopeSpans: [{ spans: [{ traceId, kind: 2, endTimeUnixNano: nanos(endMs), ...one }] }],
  })
  const status = { code: 2, message: 'no KV cache left' }
  const resourceSpans = [
    span('frontend', {
      spanId: 'eee19b7ec3c1b101',
      name: 'POST /v1/chat',
      startTimeUnixNano: nanos(endMs - 250),
      status,
    }),
    span('worker', {
      spanId: 'aaa19b7ec3c1b101',
      parentSpanId: 'eee19b7ec3c1b101',
      name: 'llm_request',
      startTimeUnixNano: nanos(endMs - 200),
      status,
    }),
  ]
  const headers = { 'content-type': 'application/json' }
  await fetch(`${otlpUrl}/v1/traces`, { method: 'POST', headers, body: JSON.stringify({ resourceSpans }) })
}
