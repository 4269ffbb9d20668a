import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, type Upstream } from '../testing-upstreams.ts'
import type { FailureRow } from './failing-rows.ts'
import { nodeOf, podOf } from './testing.ts'
import { whatIsFailing } from './what-is-failing.tool.ts'

type Objects = Record<string, KubeObject[]>
type Data = { title: string; rows: FailureRow[]; facts: { label: string; value: string }[] }

function contextOf(clusters: Record<string, Objects | 'hang' | Error>) {
  const clients = Object.fromEntries(
    Object.entries(clusters).map(([cluster, objects]): [string, Upstream<ReturnType<typeof kubernetesOf>>] => [
      cluster,
      objects === 'hang' || objects instanceof Error ? objects : kubernetesOf({ cluster, objects }),
    ]),
  )
  return testContext({
    clients: {
      fleet: fleetOf(Object.keys(clusters).map((name) => clusterInfo(name))),
      kubernetes: perCluster(clients),
    },
  })
}

async function run(clusters: Record<string, Objects | 'hang' | Error>, input: object = {}) {
  const reply = await whatIsFailing.run(whatIsFailing.input.parse(input) as never, contextOf(clusters))
  const data = reply.data as unknown as Data
  const text = data ? whatIsFailing.text(data as never, { shown: data.rows.length, total: data.rows.length }) : ''
  return { ...reply, data, text }
}

const waiting = (reason: string, message?: string) => ({
  phase: 'Pending',
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-20T09:00:00Z' }],
  containerStatuses: [
    { name: 'main', image: 'registry.example/app:1', restartCount: 9, state: { waiting: { reason, message } } },
  ],
})
const owned = (workload: string, index: number, status?: object, more: object = {}) =>
  podOf({
    name: `${workload}-6d4cf56db6-${index}`,
    labels: { 'pod-template-hash': '6d4cf56db6' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${workload}-6d4cf56db6`, uid: 'u', controller: true },
    ],
    ...(status && { status }),
    ...more,
  })
const deployment = (name: string, replicas: number, readyReplicas: number): KubeObject => ({
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-11-01T00:00:00Z' },
  spec: { replicas },
  status: { readyReplicas, updatedReplicas: replicas },
})

/** 2,000 pods of one cluster, 107 of them failing for nine causes in sixteen workloads. */
function twoThousand(): Objects {
  const causes = [
    'CrashLoopBackOff',
    'ImagePullBackOff',
    'ErrImagePull',
    'CreateContainerConfigError',
    'RunContainerError',
    'InvalidImageName',
    'ContainerCreating',
    'ErrImageNeverPull',
  ]
  const pods = Array.from({ length: 2_000 }, (_, index) => {
    const workload = `inference-gateway-worker-${index % 16}`
    return owned(
      workload,
      index,
      index < 107 ? waiting(causes[(index % 16) % causes.length]!, `it says ${'why '.repeat(12)}`) : undefined,
    )
  })
  return { pods, nodes: Array.from({ length: 60 }, (_, index) => nodeOf({ name: `n${index}` })) }
}

describe('what_is_failing', () => {
  it('finds all 107 of 2,000 pods, each once, in 2,500 characters', async () => {
    const { data, text } = await run({ east: twoThousand() })
    expect(data.rows.reduce((sum, row) => sum + row.pods, 0)).toBe(107)
    expect(data.rows).toHaveLength(16)
    expect(text.length).toBeLessThanOrEqual(2_500)
    const pods = text
      .split('\n')
      .slice(4)
      .map((line) => Number(line.split('\t')[2]))
    expect(pods.reduce((sum, count) => sum + count, 0)).toBe(107)
    expect(text.split('\n')[0]).toMatch(/^107 failing pods, 16 groups\. .*looked at 2000 pods, 60 nodes$/)
  })

  it('sends a sick GPU to check_gpu_health and another sick node to its events, before the worst pod', async () => {
    const sick = (type: string) => ({
      pods: [],
      nodes: [nodeOf({ name: 'n1', conditions: [{ type, status: 'True', message: 'it said so' }] } as never)],
    })
    expect((await run({ east: sick('SysLogsXIDError') })).next).toEqual([
      'check_gpu_health {"clusters":["east"],"node":"n1"}',
    ])
    expect((await run({ east: sick('DiskPressure') })).next).toEqual([
      'get_events {"clusters":["east"],"object":"Node/n1"}',
    ])
  })

  it('says less of each rather than leaving some out', async () => {
    const few = await run({ east: { pods: twoThousand().pods!.slice(0, 3) } })
    expect(few.text).toContain('inference-gateway-worker-0-6d4cf56db6-0')
    expect((await run({ east: twoThousand() })).text).not.toContain('6d4cf56db6-0')
  })

  it('groups by workload and cause, with the pod that restarted most and the longest time', async () => {
    const early = {
      ...waiting('CrashLoopBackOff'),
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-20T06:00:00Z' }],
    }
    const { data, next } = await run({
      east: {
        pods: [
          owned('web', 1, waiting('CrashLoopBackOff')),
          owned('web', 2, early),
          owned('web', 3, waiting('ErrImagePull')),
          owned('web', 4),
        ],
        deployments: [deployment('web', 4, 1)],
      },
    })
    expect(data.rows.map(({ workload, cause, pods, ready, since }) => [workload, cause, pods, ready, since])).toEqual([
      ['Deployment/web', 'CrashLoopBackOff', 2, '1/4', '2026-11-20T06:00:00Z'],
      ['Deployment/web', 'ImagePullBackOff', 1, '1/4', '2026-11-20T09:00:00Z'],
    ])
    expect(next).toEqual(['diagnose_pod {"cluster":"east","namespace":"shop","pod":"web-6d4cf56db6-1"}'])
  })

  it('tells a lost node once, with the pods it took along', async () => {
    const lost = (name: string) =>
      owned(
        name,
        1,
        {
          ...waiting('x'),
          phase: 'Running',
          containerStatuses: [{ name: 'main', ready: false, state: { running: {} } }],
        },
        { spec: { nodeName: 'gone', containers: [{ name: 'main' }] } },
      )
    const { data } = await run({
      east: {
        pods: [lost('a'), lost('b')],
        nodes: [nodeOf({ name: 'gone', ready: 'Unknown' })],
        deployments: [deployment('a', 1, 0)],
      },
    })
    expect(data.rows.map(({ workload, cause, pods }) => [workload, cause, pods])).toEqual([
      ['Node/gone', 'NodeNotReady', 2],
    ])
  })

  it('tells workloads without pods, and not those whose pods say why', async () => {
    const { data } = await run({
      east: {
        pods: [owned('web', 1, waiting('ErrImagePull'))],
        deployments: [deployment('web', 1, 0), deployment('ghost', 2, 0)],
      },
    })
    expect(data.rows.map(({ workload, cause, pods }) => [workload, cause, pods])).toEqual([
      ['Deployment/web', 'ImagePullBackOff', 1],
      ['Deployment/ghost', 'ShortOfReplicas', 0],
    ])
  })

  it('keeps pods of jobs that came through out, and counts those of failed ones as the job', async () => {
    const of = (job: string) =>
      podOf({
        name: `${job}-x`,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job, uid: 'u', controller: true }],
        status: {
          phase: 'Failed',
          containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 1, reason: 'Error' } } }],
        },
      })
    const job = (name: string, type: string): KubeObject => ({
      kind: 'Job',
      metadata: { name, namespace: 'shop' },
      status: { conditions: [{ type, status: 'True', reason: 'BackoffLimitExceeded' }] },
    })
    const { data } = await run({
      east: { pods: [of('good'), of('bad')], jobs: [job('good', 'Complete'), job('bad', 'Failed')] },
    })
    expect(data.rows.map(({ workload, cause, pods, example }) => [workload, cause, pods, example])).toEqual([
      ['Job/bad', 'JobFailed', 1, 'bad-x'],
    ])
  })

  it('names the cluster that hangs, and totals by cluster', async () => {
    const { data, clusters } = await run({
      east: { pods: [owned('a', 1, waiting('ErrImagePull'))] },
      west: { pods: [owned('a', 1, waiting('ErrImagePull'))] },
      dead: new ToolError('upstream-unreachable', 'dead refused', { next: 'x' }),
    })
    expect(clusters?.find(({ cluster }) => cluster === 'dead')?.status).toBe('error')
    expect(data.facts.find(({ label }) => label === 'by cluster')?.value).toBe('east 1, west 1')
  })

  it('answers without what it may not list, and says so', async () => {
    const client = kubernetesOf({ cluster: 'east', objects: { pods: [owned('a', 1, waiting('ErrImagePull'))] } })
    const list: typeof client.list = (kind, query) =>
      kind.resource === 'jobs'
        ? Promise.reject(new ToolError('upstream-denied', 'jobs is forbidden', { next: 'x' }))
        : client.list(kind, query)
    const ctx = testContext({
      clients: { fleet: fleetOf([clusterInfo('east')]), kubernetes: perCluster({ east: { ...client, list } }) },
    })
    const reply = await whatIsFailing.run(whatIsFailing.input.parse({}) as never, ctx)
    expect((reply.data as unknown as Data).facts.at(-1)).toMatchObject({
      label: 'not looked at',
      value: 'jobs of east: jobs is forbidden',
    })
  })

  it('explains an empty answer by what was looked at', async () => {
    expect((await run({ east: { pods: [podOf()], nodes: [nodeOf()] } })).empty).toMatchObject({
      title: 'Nothing is failing',
      likely: ['1 pod and 1 node looked at: all are well'],
    })
    expect((await run({ east: { pods: [] } }, { namespace: 'nowhere' })).empty?.title).toBe('No pods in nowhere')
    expect((await run({ east: twoThousand() }, { text: 'unheard' })).empty?.likely[0]).toContain('ImagePullBackOff')
  })

  it('counts every failing pod in exactly one group, whatever the mix', async () => {
    const state = fc.constantFrom(
      undefined,
      'CrashLoopBackOff',
      'ErrImagePull',
      'ImagePullBackOff',
      'CreateContainerError',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ workload: fc.constantFrom('a', 'b', 'c'), state }), { minLength: 1, maxLength: 60 }),
        async (drafts) => {
          const pods = drafts.map(({ workload, state }, index) =>
            owned(workload, index, state ? waiting(state) : undefined),
          )
          const { data } = await run({ east: { pods } })
          const failing = drafts.filter(({ state }) => state !== undefined).length
          expect(data?.rows.reduce((sum, row) => sum + row.pods, 0) ?? 0).toBe(failing)
        },
      ),
    )
  })
})
