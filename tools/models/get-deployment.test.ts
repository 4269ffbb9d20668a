import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CardData, ToolError } from '#contract'
import { deploymentRevisions, deploymentTests } from '#db/schema/models.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'
import { getDeployment } from './get-deployment.tool.ts'
import { answerOf, appLabels, podLabels } from './testing-metrics.ts'
import { graphOf, graphPod, servingCluster } from './testing-served.ts'

type Status = CardData['status']

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.delete(deploymentRevisions)
  await database.db.delete(deploymentTests)
})

const node = (name: string, product: string): KubeObject => ({
  metadata: { name, labels: { 'nvidia.com/gpu.product': product } },
  status: {},
})
const worker = (name: string, more: Partial<Parameters<typeof graphPod>[1]> = {}): KubeObject => {
  const pod = graphPod(name, { graph: 'qwen', ...more })
  const resources = { limits: { 'nvidia.com/gpu': '2' } }
  const args = ['--model', 'Qwen/Qwen3-8B', '--api-key', 'sk-canary']
  return { ...pod, spec: { ...pod.spec, containers: [{ name: 'main', image: 'vllm:1', args, resources }] } }
}
const unschedulable = (message: string): Record<string, unknown> => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
})

interface World {
  graphs?: KubeObject[]
  pods?: KubeObject[]
  nodes?: KubeObject[]
  refused?: string[]
  prometheus?: Upstream<Prometheus>
}
const contextOf = ({ graphs = [graphOf('qwen', { gpus: 2 })], pods, nodes, refused, prometheus }: World) => {
  const objects = {
    dynamographdeployments: graphs,
    pods: pods ?? [worker('qwen-worker-1'), worker('qwen-worker-2')],
    nodes: nodes ?? [node('gpu-0', 'NVIDIA-H100-80GB-HBM3')],
  }
  const kubernetes: Upstream<KubernetesCluster> = servingCluster({
    cluster: 'east',
    objects,
    ...(refused && { refused }),
  })
  return testContext({
    db: database.db,
    redact: (value) => JSON.parse(JSON.stringify(value).replaceAll('sk-canary', '***')),
    clients: {
      fleet: fleetOf([clusterInfo('east')]),
      kubernetes: perCluster({ east: kubernetes }),
      prices: { source: 'list', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } },
      ...(prometheus && { prometheus: perCluster({ east: prometheus }) }),
    },
  })
}
const run = async (world: World = {}, input: object = {}) => {
  const asked = getDeployment.input.parse({ cluster: 'east', name: 'qwen', ...input })
  const reply = await getDeployment.run(asked as never, contextOf(world))
  const data = getDeployment.output.parse(reply.data) as Status
  const text = getDeployment.text(data as never, { shown: data.checks.length, total: data.checks.length })
  const factOf = (label: string) => data.facts.find((one) => one.label === label)?.value
  return { ...reply, data, text, factOf }
}

describe('get_deployment', () => {
  it('shows configuration, state, pods, endpoint and port-forward (MOD-040, MOD-048, MOD-049)', async () => {
    const { data, factOf, text } = await run()
    expect(data).toMatchObject({ title: 'inference/qwen on east', state: 'running', tone: 'good' })
    expect(factOf('model')).toBe('Qwen/Qwen3-8B')
    expect(factOf('runtime')).toBe('NVIDIA Dynamo')
    expect(factOf('endpoint')).toBe('http://qwen-frontend.inference:8000/v1')
    expect(factOf('port-forward')).toBe('kubectl port-forward svc/qwen-frontend 8000:8000 -n inference')
    expect(factOf('GPUs')).toBe('4 (4 × NVIDIA H100 80GB HBM3)')
    expect(factOf('cost')).toBe('$10.00 an hour')
    expect(text).toContain('condition Ready: True')
    expect(text.length).toBeLessThan(2_500)
  })

  it('masks what stands in the arguments before it cuts them', async () => {
    const { factOf } = await run()
    expect(factOf('arguments')).toContain('--api-key ***')
  })

  it('a pod has phase, readiness, restarts and node (MOD-042)', async () => {
    const { data } = await run({}, { pods: true })
    expect(data.checks).toHaveLength(2)
    expect(data.checks[0]).toMatchObject({ label: 'qwen-worker-1', state: 'Running' })
    expect(data.checks[0]!.detail).toBe('ready 1/1, restarts 0, on gpu-0')
    expect(data.facts).toEqual([])
  })

  it('says in words why pods wait, and that an autoscaler could help (MOD-062)', async () => {
    const message = '0/9 nodes are available: 6 Insufficient nvidia.com/gpu, 3 node(s) had untolerated taint {a: b}.'
    const { data } = await run({
      graphs: [graphOf('qwen', { state: 'pending', message: 'pods are not ready' })],
      pods: [worker('qwen-worker-1', { node: '', status: unschedulable(message) })],
    })
    expect(data.summary).toContain('1 pod waits for a node: of 9 nodes 6 lack free GPUs, 3 are tainted')
    expect(data.summary).toContain('an autoscaler could add one')
    expect(data.summary).toContain('its operator says "pods are not ready"')
  })

  it('a pod that dies is named in the first sentence: its operator only says that it is not ready', async () => {
    const waiting = { reason: 'CrashLoopBackOff' }
    const status = {
      phase: 'Running',
      containerStatuses: [{ name: 'main', ready: false, restartCount: 3, state: { waiting } }],
    }
    const { data } = await run({
      graphs: [graphOf('qwen', { state: 'pending', message: 'VllmWorker: 0/1 ready' })],
      pods: [worker('qwen-worker-1', { status })],
    })
    expect(data.summary).toContain('qwen-worker-1 is in CrashLoopBackOff after 3 restarts')
  })

  it('old and new workers side by side are no more replicas than are wanted, and say why they cost more', async () => {
    const coming = worker('qwen-worker-4', {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
    }) as { metadata: object; spec: { containers: { args: string[] }[] } }
    coming.spec.containers[0]!.args = ['--max-model-len', '16384']
    Object.assign(coming.metadata, { creationTimestamp: '2026-11-20T09:00:00Z' })
    const { data, factOf } = await run({
      graphs: [graphOf('qwen', { state: 'pending', workers: 2, ready: 3, gpus: 2, message: 'Worker: 1/2 ready' })],
      pods: [...[1, 2, 3].map((index) => worker(`qwen-worker-${index}`)), coming as unknown as KubeObject],
    })
    expect(data.summary).toContain(
      '2 of 2 replicas ready, of the old and the new version together: 1 new worker still coming up',
    )
    expect(factOf('replicas')).toBe('2/2')
    expect(factOf('GPUs')).toBe('4 (8 × NVIDIA H100 80GB HBM3 held now: old and new workers side by side)')
    expect(factOf('cost')).toBe('$20.00 an hour now, for 8 GPUs')
    // The newest worker has the arguments that will be
    expect(factOf('arguments')).toContain('16384')
  })

  it('leads on with calls that fit: from trouble to the pod, else to the figures', async () => {
    const message = '0/1 nodes are available: 1 Insufficient cpu.'
    const troubled = await run({
      graphs: [graphOf('qwen', { state: 'failed' })],
      pods: [worker('qwen-worker-1', { node: '', status: unschedulable(message) })],
    })
    expect(troubled.next).toContain('diagnose_pod {"cluster":"east","namespace":"inference","pod":"qwen-worker-1"}')
    expect((await run()).next![0]).toBe('get_serving_metrics {"clusters":["east"],"text":"qwen"}')
  })

  it('shows what was changed and measured', async () => {
    const place = { cluster: 'east', namespace: 'inference', name: 'qwen' }
    const at = new Date('2026-11-20T10:00:00Z')
    const common = { ...place, requestedBy: 'Ada', createdAt: at }
    await database.db.insert(deploymentRevisions).values(
      [1, 2, 3, 4].map((revision) => ({
        ...common,
        id: String(revision),
        revision,
        runtime: 'dynamo' as const,
        action: 'scale' as const,
        manifests: [],
        change: `replicas ${revision} → ${revision + 1}`,
      })),
    )
    const measured = { ...common, state: 'succeeded' as const, settings: { concurrency: 4 } }
    const result = {
      verdict: 'TTFT p95 310 ms',
      tone: 'warn',
      metrics: [{ id: 'ttft', p50: 120, p95: 310 }],
      facts: [{ label: 'Throughput', value: '412.5 tokens/s' }],
    }
    await database.db.insert(deploymentTests).values([
      { ...measured, id: 't', result },
      ...[1, 2, 3, 4, 5].map((hours) => ({
        ...measured,
        id: `t${hours}`,
        state: 'failed' as const,
        message: 'nobody answered',
        createdAt: new Date(at.getTime() - hours * 3_600_000),
      })),
    ])
    const { factOf, data, text } = await run()
    expect(factOf('revisions')).toContain('4 scale: replicas 4 → 5 (Ada, 11-20 10:00)')
    expect(factOf('revisions')).not.toContain('1 scale')
    expect(text).toContain('last test: 11-20 10:00 succeeded: TTFT p95 310 ms')
    expect(text).toContain('11-20 10:00\tsucceeded\t120\t310\t412.5')
    expect(data.tests).toHaveLength(5)
    expect(data.tests![0]).toEqual({
      id: 't',
      at: at.toISOString(),
      state: 'succeeded',
      tone: 'warn',
      verdict: 'TTFT p95 310 ms',
      concurrency: 4,
      ttftP50Ms: 120,
      ttftP95Ms: 310,
      tokensPerSecond: 412.5,
    })
    expect(data.tests![1]).toMatchObject({ id: 't1', tone: 'bad', verdict: 'nobody answered' })
    expect(text.length).toBeLessThan(2_500)
  })

  it('shows the figures of now; without Prometheus it says so in a line', async () => {
    const prometheus = prometheusOf({
      cluster: 'east',
      answer: answerOf({
        now: [[{ __name__: 'vllm:kv_cache_usage_perc', ...podLabels('qwen-worker-0') }, 0.5]],
        buckets: [[appLabels('ttft/1', 'qwen-worker'), { '0.1': 5, '0.5': 10, '+Inf': 10 }]],
      }),
    })
    expect((await run({ prometheus })).factOf('serving now')).toContain('TTFT p50/p95 100/460 ms')
    expect((await run()).factOf('serving now')).toContain('has no Prometheus configured')
    const dead = new ToolError('upstream-unreachable', 'nobody listens', { next: 'Start it' })
    expect((await run({ prometheus: dead })).factOf('serving now')).toBe('not known: nobody listens')
    const unscraped = prometheusOf({ cluster: 'east' })
    expect((await run({ prometheus: unscraped })).factOf('serving now')).toContain('no engine metrics')
  })

  it('what may not be read is said and hides nothing else (MOD-044)', async () => {
    const { factOf, data } = await run({ refused: ['pods'] })
    expect(factOf('not read')).toContain('pods: pods. is forbidden')
    expect(data.state).toBe('running')
  })

  it('a price is never guessed', async () => {
    const nodes = [node('gpu-0', 'NVIDIA-B200')]
    expect((await run({ nodes })).factOf('cost')).toBe('no price is configured for NVIDIA B200')
  })

  it('stays short with 200 pods, the worst in full', async () => {
    const waiting = { name: 'main', ready: false, restartCount: 9, state: { waiting: { reason: 'CrashLoopBackOff' } } }
    const crashed = { phase: 'Running', containerStatuses: [waiting] }
    const pods = Array.from({ length: 200 }, (_, at) =>
      worker(`qwen-worker-${at}`, at === 77 ? { status: crashed } : {}),
    )
    const { text, data } = await run({ pods, graphs: [graphOf('qwen', { workers: 200 })] })
    expect(data.checks.filter(({ id }) => id.startsWith('pod/'))).toHaveLength(200)
    expect(text.length).toBeLessThan(2_500)
    expect(text).toContain('pod qwen-worker-77: CrashLoopBackOff')
    expect(text).toContain('199 pods are well')
  })

  it('asks which one where two namespaces have the name, and finds near ones', async () => {
    const graphs = [graphOf('qwen'), graphOf('qwen', { namespace: 'team-b' })]
    await expect(run({ graphs })).rejects.toMatchObject({ code: 'invalid-input', options: { field: 'namespace' } })
    expect((await run({ graphs }, { namespace: 'team-b' })).data.title).toBe('team-b/qwen on east')
    await expect(run({}, { name: 'qwem' })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('follows its state (MOD-053)', async () => {
    expect((await run()).subject).toBe('models/state/east/inference/qwen')
  })
})
