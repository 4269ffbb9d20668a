import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster, type Upstream } from '../testing-upstreams.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { listDeployments } from './list-deployments.tool.ts'
import type { DeploymentRow } from './read/deployment-rows.ts'
import { graphOf, servingCluster } from './testing-served.ts'

const graphs = [
  graphOf('good', { gpus: 2 }),
  graphOf('short', { workers: 3, ready: 2 }),
  graphOf('starting', { state: 'pending', message: 'pods\nnot ready' }),
  graphOf('rolling', { state: 'initializing' }),
  graphOf('broken', {
    state: 'failed',
    reason: 'insufficient_capacity',
    model: 'openai/gpt-oss-20b',
    engine: 'sglang',
  }),
  graphOf('leaving', { metadata: { deletionTimestamp: '2026-11-20T11:00:00Z' } }),
  graphOf('good', { namespace: 'team-b' }),
]
const east = servingCluster({ cluster: 'east', objects: { dynamographdeployments: graphs } })
const west = servingCluster({ cluster: 'west', groups: {} })

const context = (more: Record<string, Upstream<KubernetesCluster>> = {}) =>
  testContext({
    clients: {
      fleet: fleetOf(['east', 'west', ...Object.keys(more)].map((name) => clusterInfo(name))),
      kubernetes: perCluster({ east, west, ...more }),
    },
  })
const run = async (input: object = {}, ctx = context()) => {
  const reply = await listDeployments.run(listDeployments.input.parse(input) as never, ctx)
  return { ...reply, rows: (reply.data?.rows ?? []) as DeploymentRow[] }
}
const textOf = ({ data, rows }: Awaited<ReturnType<typeof run>>) =>
  listDeployments.text(data as never, { shown: rows.length, total: rows.length })

describe('list_deployments', () => {
  it('shows phases with the troubled first; one that lacks replicas before those that have all (MOD-041, MOD-045)', async () => {
    expect((await run()).rows.map(({ namespace, name, phase }) => `${namespace}/${name} ${phase}`)).toEqual([
      'inference/broken failed',
      'inference/starting pending',
      'inference/rolling deploying',
      'inference/leaving terminating',
      'inference/short running',
      'inference/good running',
      'team-b/good running',
    ])
  })

  it('counts workers and their GPUs, not the frontend (MOD-045)', async () => {
    const { rows } = await run()
    expect(rows.find(({ name }) => name === 'good')).toMatchObject({ ready: '2/2', gpus: 4, phaseTone: 'good' })
    expect(rows.find(({ name }) => name === 'short')).toMatchObject({ ready: '2/3', gpus: 3, phaseTone: 'warn' })
  })

  it('filters by phase, namespace, words and members', async () => {
    expect((await run({ phase: 'failed' })).rows.map(({ name }) => name)).toEqual(['broken'])
    expect((await run({ text: 'gpt-oss' })).rows.map(({ name }) => name)).toEqual(['broken'])
    expect((await run({ text: 'engine=sglang' })).rows.map(({ name }) => name)).toEqual(['broken'])
    expect((await run({ text: 'runtime=dynamo model=qwen3-8b good' })).rows).toHaveLength(2)
    expect((await run({ namespace: 'team-b' })).rows).toHaveLength(1)
    expect((await run({ namespace: 'elsewhere' })).empty!.title).toContain('No model deployment')
  })

  it('a cluster without a runtime has none; a dead one is named (MOD-044, MOD-065)', async () => {
    expect((await run({ clusters: ['west'] })).clusters).toMatchObject([{ status: 'success' }])
    const dead = new ToolError('cluster-unreachable', 'dead is dead', { next: 'Wake it' })
    const { rows, clusters } = await run({}, context({ dead }))
    expect(rows).toHaveLength(7)
    expect(clusters!.at(-1)).toMatchObject({ cluster: 'dead', status: 'error', error: 'dead is dead' })
  })

  it('fails with the reason where it is the only cluster and dead (MOD-065)', async () => {
    const dead = new ToolError('cluster-unreachable', 'dead is dead', { next: 'Wake it' })
    await expect(run({ clusters: ['dead'] }, context({ dead }))).rejects.toMatchObject({ code: 'cluster-unreachable' })
  })

  it('a runtime that may not be read is said with its cluster, and hides nothing else (MOD-044)', async () => {
    const locked = servingCluster({ cluster: 'locked', refused: ['dynamographdeployments'] })
    const { rows, clusters } = await run({}, context({ locked })).catch((error) => error)
    expect(rows).toHaveLength(7)
    const answer = clusters!.find(({ cluster }: { cluster: string }) => cluster === 'locked')
    expect(answer.status).not.toBe('success')
    expect(answer.error).toContain('forbidden')
  })

  it('quotes words of the outside, and groups those that are well', async () => {
    const text = textOf(await run())
    expect(text).toContain('"pods not ready"')
    expect(text).toContain('east/inference dynamo: good Qwen/Qwen3-8B vllm 2/2 4G')
  })

  it('names whoever keeps one that was made elsewhere', async () => {
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' }
    const objects = { dynamographdeployments: [graphOf('foreign', { metadata: { labels } })] }
    const { rows } = await run(
      { clusters: ['other'] },
      context({ other: servingCluster({ cluster: 'other', objects }) }),
    )
    expect(rows.map(({ name }) => name)).toEqual(['foreign'])
  })

  it('counts exactly and stays short over 20 clusters of 50 deployments', async () => {
    const fleet = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => {
        const cluster = `gpu-${String(at).padStart(2, '0')}`
        const objects = Array.from({ length: 50 }, (_, index) =>
          graphOf(`llama-3-3-70b-${index}`, {
            model: ['meta-llama/Llama-3.3-70B-Instruct', 'Qwen/Qwen3-8B', 'openai/gpt-oss-120b'][index % 3]!,
            engine: index % 4 === 0 ? 'sglang' : 'vllm',
            ...(index % 10 === 0 && { state: 'failed', message: `${index % 7} nodes have no free GPU `.repeat(8) }),
          }),
        )
        return [cluster, servingCluster({ cluster, objects: { dynamographdeployments: objects } })]
      }),
    )
    const reply = await run({ clusters: Object.keys(fleet) }, context(fleet))
    const shown = { ...reply.data, rows: reply.rows.slice(0, 25) }
    const text = listDeployments.text(shown as never, { shown: 25, total: 1000 })
    expect(text).toContain('deployments 1000, failed 100, running 900')
    expect(text).toContain('not well by cluster gpu-00 5')
    expect(text.length).toBeLessThan(3_700)
  })

  it('follows its rows, and takes new ones where its filter can tell (MOD-046)', async () => {
    expect((await run()).subject).toBe('models/served/*?')
    expect((await run({ clusters: ['east'], phase: 'failed' })).subject).toBe(
      'models/served/*?cluster=east&phase=failed',
    )
    expect((await run({ text: 'good' })).subject).toBe('models/served/*')
  })
})

describe('on the world', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await testFleet(['hub', 'gpu-east', 'gpu-west', 'edge-lab'])
  })
  afterAll(() => fleet.close())

  it('reads deployments of both versions of the API', async () => {
    const plain = testContext({ clients: fleet.clients, now: fleet.now })
    // Tests share a machine: how fast it is, is measured elsewhere
    const patient = {
      ...plain,
      fanOut: ((names, task) => plain.fanOut(names, task, { timeoutMs: 20_000 })) as typeof plain.fanOut,
    }
    const { rows, clusters } = await run({}, patient)
    expect(rows.length).toBeGreaterThanOrEqual(15)
    expect(rows.filter(({ gpus }) => gpus > 0)).toHaveLength(rows.length)
    expect(clusters!.every(({ status }) => status === 'success')).toBe(true)
  })
})
