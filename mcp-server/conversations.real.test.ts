import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '#contract'
import { available, type Kubernetes, type Prometheus, startKubernetes, startPrometheus } from '../engines/index.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'

const there = available('kubernetes').ok && available('prometheus').ok
const crds = available('dynamo-crds').ok

/** The first conversations over MCP, on a real API server with a scheduler and a real Prometheus. */
describe.skipIf(!there)('conversations on real engines, over MCP', () => {
  let kubernetes: Kubernetes
  let prometheus: Prometheus
  let app: TestApp
  let client: Client

  beforeAll(async () => {
    ;[kubernetes, prometheus] = await Promise.all([
      startKubernetes({
        ...(crds && { crds: ['dynamo'] }),
        nodes: [
          { count: 3, gpus: 8, model: 'NVIDIA-H100-80GB-HBM3', pool: 'h100' },
          { count: 2, gpus: 0, pool: 'cpu' },
        ],
      }),
      startPrometheus({ nodeExporter: true }),
    ])
    const caFile = join(tmpdir(), `quartermaster-ca-${process.pid}.pem`)
    await writeFile(caFile, kubernetes.caPem)
    app = await startApp({
      upstreams: {
        clusters: [
          {
            name: 'gpu-east',
            kubernetes: { url: kubernetes.url, token: kubernetes.token, caFile },
            prometheus: { url: prometheus.url },
          },
        ],
        prices: { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { 'H100 80GB HBM3': 240 } },
      },
    })
    client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`)))
  }, 180_000)
  afterAll(async () => {
    await client?.close()
    await app?.close()
    await Promise.all([kubernetes?.stop(), prometheus?.stop()])
  })

  async function call(name: string, args: Record<string, unknown>): Promise<{ answer: Answer; text: string }> {
    const { structuredContent, content } = await client.callTool({ name, arguments: args })
    return { answer: structuredContent as unknown as Answer, text: (content as { text: string }[])[0]!.text }
  }

  it('1. which nodes have free GPUs', async () => {
    const { answer, text } = await call('list_nodes', { minFreeGpus: 1 })
    const data = answer.data as {
      nodes: { name: string; gpuFree: number; gpuModel: string }[]
      summary: { gpuFree: number }
    }
    expect(data.nodes).toHaveLength(3)
    expect(data.nodes[0]).toMatchObject({ gpuFree: 8, gpuModel: 'NVIDIA H100 80GB HBM3' })
    expect(data.summary.gpuFree).toBe(24)
    expect(text).toContain(data.nodes[0]!.name)
  })

  it('2. PromQL on data of node-exporter', async () => {
    const { answer } = await call('query_metrics', {
      query: 'sum by (mode) (rate(node_cpu_seconds_total[1m]))',
      since: '5m',
      step: '15s',
    })
    await expect
      .poll(
        async () =>
          ((await call('query_metrics', { query: 'node_load1' })).answer.data as { series: unknown[] } | undefined)
            ?.series.length,
        { timeout: 60_000 },
      )
      .toBe(1)
    expect(answer.error).toBeUndefined()
    const wrong = await call('query_metrics', { query: 'sum by (mode) (rate(node_cpu_seconds_total[1m])' })
    expect(wrong.answer.error).toMatchObject({ code: 'invalid-promql' })
    const empty = await call('query_metrics', { query: 'no_such_metric_anywhere' })
    expect(empty.answer.card).toBe('empty')
  })

  describe.skipIf(!crds)('3. deploy a model', () => {
    const namespace = 'dynamo-system'
    beforeAll(async () => {
      await kubernetes.api({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      })
    })
    const graph = async (name: string) =>
      kubernetes.api({ path: `/apis/nvidia.com/v1beta1/namespaces/${namespace}/dynamographdeployments/${name}` })

    it('the plan is a real server-side dry run; nothing is changed by it', async () => {
      const { answer, text } = await call('deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2 })
      expect(answer.approval, text).toMatchObject({
        state: 'pending',
        plan: { cluster: 'gpu-east', costPerHour: { amount: 480, currency: 'usd-cent' } },
      })
      expect(answer.approval!.plan.diff).toContain('+kind: DynamoGraphDeployment')
      expect((await graph('qwen3-8b')).status).toBe(404)
    })

    it('a person approves, the object is applied by our field manager', async () => {
      const { answer } = await call('deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2 })
      const { answer: decided } = await app.call(
        'decide_approval',
        { id: answer.approval!.id, approve: true },
        { actor: owner, face: 'rest' },
      )
      expect(decided.data).toMatchObject({ state: 'succeeded' })
      const { body } = await graph('qwen3-8b')
      expect(body).toMatchObject({
        kind: 'DynamoGraphDeployment',
        metadata: { managedFields: [{ manager: 'quartermaster', operation: 'Apply' }] },
      })
      const listed = await call('list_deployments', {})
      expect((listed.answer.data as { rows: { name: string }[] }).rows.map(({ name }) => name)).toEqual(['qwen3-8b'])
    })

    it('somebody else changed the object in between: the approval dies', async () => {
      const { answer } = await call('deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, replicas: 2 })
      await kubernetes.api({
        method: 'PATCH',
        path: `/apis/nvidia.com/v1beta1/namespaces/${namespace}/dynamographdeployments/qwen3-8b`,
        contentType: 'application/merge-patch+json',
        body: { spec: { annotations: { 'example.com/touched': 'yes' } } },
      })
      const { answer: decided } = await app.call(
        'decide_approval',
        { id: answer.approval!.id, approve: true },
        { actor: owner, face: 'rest' },
      )
      expect(decided.data).toMatchObject({ state: 'superseded' })
    })

    it('a missing namespace is part of the plan; what has no room is said before a person is asked', async () => {
      const { answer } = await call('deploy_model', {
        model: 'Qwen3-8B',
        cluster: 'gpu-east',
        gpus: 2,
        name: 'elsewhere',
        namespace: 'no-such-namespace',
      })
      expect(JSON.stringify(answer.approval)).toContain('Namespace no-such-namespace')
      const tooMany = await call('deploy_model', {
        model: 'Qwen3-8B',
        cluster: 'gpu-east',
        gpus: 8,
        replicas: 4,
        name: 'large',
      })
      expect(tooMany.answer.error?.code).toBe('does-not-fit')
    })
  })
})
