import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KubeObject, podKind } from '../clients/kubernetes/types.ts'
import { type Bench, startBench, workload } from './change/testing.ts'
import { drainNode } from './drain-node.tool.ts'

let bench: Bench
let cpu: string
let other: string
beforeAll(async () => {
  bench = await startBench()
  // Budgets of the demo world hold pods of their own.
  const budget = await bench.client.resolveKind('pdb')
  await bench.client.delete(budget, { name: 'loki', namespace: 'logging' })
  await bench.client.delete(budget, { name: 'prometheus', namespace: 'monitoring' })
  const nodes = await bench.client.list(await bench.client.resolveKind('node'), { labelSelector: 'node-pool=cpu' })
  cpu = nodes.items[0]!.metadata.name
  other = nodes.items[1]!.metadata.name
})
afterAll(() => bench.close())

const on = (node: string) => ({ nodeSelector: { 'kubernetes.io/hostname': node } })
const podsOn = async (node: string) =>
  (await bench.client.list(podKind, { fieldSelector: `spec.nodeName=${node}` })).items
const leaving = (pods: KubeObject[]) =>
  pods.filter(({ metadata }) => !['DaemonSet', 'Node'].includes(metadata.ownerReferences?.[0]?.kind ?? ''))
const check = async (label: RegExp, input: object) =>
  (await bench.plan(drainNode, input)).checks.find((one) => label.test(one.label))

describe('the plan of drain_node', () => {
  it('says who goes with which GPUs, who stays, what serves from it, and asks for the name', async () => {
    const nodes = await bench.client.list(await bench.client.resolveKind('node'), {
      labelSelector: 'nvidia.com/gpu.present=true',
    })
    const plans = await Promise.all(
      nodes.items
        .slice(0, 8)
        .map(({ metadata }) => bench.plan(drainNode, { name: metadata.name, force: true, deleteLocalData: true })),
    )
    const plan = plans.find(({ impact }) => impact.some(({ label }) => label === 'Serving from it'))!
    expect(plan.typedName).toMatch(/^gpu-east-/)
    expect(plan.steps[0]).toMatchObject({ verb: 'Cordon' })
    expect(plan.steps[1]).toMatchObject({ verb: 'Evict', detail: expect.stringMatching(/pods?, \d+ GPU/) })
    const impact = Object.fromEntries(plan.impact.map(({ label, value }) => [label, value]))
    expect(impact['Serving from it']).toMatch(/model deployment|Ray cluster/)
    expect(Number(impact['GPUs set free'])).toBeGreaterThan(0)
    expect(Number(impact['DaemonSet pods that stay'])).toBeGreaterThan(0)
    expect(Object.keys(plan.guard)).toEqual(['node', 'cordoned', 'ready', 'workloads'])
  })

  it('stops at pods that nobody makes again and at local data, unless that is accepted', async () => {
    await bench.apply('pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'qm-bare', namespace: 'gateway' },
      spec: { ...on(cpu), containers: [{ name: 'main', image: 'registry.example.com/a:1' }] },
    })
    const scratch = { ...on(cpu), volumes: [{ name: 'scratch', emptyDir: {} }] }
    await bench.apply('deploy', workload('Deployment', 'qm-scratch', { replicas: 1, pod: scratch }))
    bench.fleet.world.tick(30)
    expect(await check(/no controller/, { name: cpu })).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('gateway/qm-bare'),
    })
    expect(await check(/emptyDir/, { name: cpu })).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('deleteLocalData: true'),
    })
    const accepted = { name: cpu, force: true, deleteLocalData: true }
    expect((await bench.plan(drainNode, accepted)).checks.filter(({ state }) => state === 'fail')).toEqual([])
  })

  it('says which Jobs start over', async () => {
    const template = {
      spec: {
        ...on(cpu),
        restartPolicy: 'Never',
        containers: [{ name: 'main', image: 'registry.example.com/train:1' }],
      },
    }
    await bench.apply('job', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'qm-train', namespace: 'gateway' },
      spec: { template },
    })
    bench.fleet.world.tick(20)
    expect(await check(/start over/, { name: cpu, force: true, deleteLocalData: true })).toMatchObject({
      state: 'warn',
      label: '1 pod of Jobs start over',
      detail: expect.stringContaining('gateway/qm-train'),
    })
    await bench.client.delete(await bench.client.resolveKind('job'), { name: 'qm-train', namespace: 'gateway' })
    bench.fleet.world.tick(20)
  })

  it('says which pods find no other node', async () => {
    expect(await check(/find no other node/, { name: cpu, force: true, deleteLocalData: true })).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('gateway/qm-scratch'),
    })
  })
})

describe('draining', () => {
  const web = { name: 'qm-guarded', namespace: 'gateway' }
  it('keeps a budget, tries again, and ends when the budget lets go', async () => {
    const spec = { minAvailable: 2, selector: { matchLabels: { app: 'qm-guarded' } } }
    await bench.apply('deploy', workload('Deployment', 'qm-guarded', { replicas: 2, pod: on(other) }))
    await bench.apply('pdb', { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: web, spec })
    bench.fleet.world.tick(60)
    const asked = { name: other, force: true, deleteLocalData: true }
    expect(await check(/held by a disruption budget/, asked)).toMatchObject({
      state: 'warn',
      label: '2 pods held by a disruption budget now',
      detail: expect.stringContaining('qm-guarded needs 2 healthy pods'),
    })
    const card = await bench.change(drainNode, asked, 'drain-1')
    expect(card).toMatchObject({ state: 'running', message: expect.stringContaining('needs 2 healthy pods') })
    expect((await bench.get('node', other)).spec!.unschedulable).toBe(true)
    const held = await bench.follow('drain-1', 5)
    expect(held.steps).toMatchObject([
      { id: 'cordoned', state: 'succeeded' },
      { id: 'evicted', state: 'running', detail: expect.stringContaining('2 held by a budget') },
      { id: 'gone', state: 'pending' },
    ])
    expect(leaving(await podsOn(other))).toHaveLength(2)
    await bench.apply('pdb', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: web,
      spec: { ...spec, minAvailable: 0 },
    })
    expect(await bench.follow('drain-1')).toMatchObject({
      state: 'succeeded',
      message: expect.stringContaining('stays cordoned'),
    })
    expect(leaving(await podsOn(other))).toEqual([])
    expect((await podsOn(other)).length).toBeGreaterThan(0)
    expect(await bench.refusal(drainNode, asked)).toMatchObject({ next: 'It is drained already.' })
  })

  it('leaves alone what nobody approved, and gives up at its deadline', async () => {
    const kind = await bench.client.resolveKind('pdb')
    await bench.client.create(kind, {
      metadata: { name: 'qm-scratch', namespace: 'gateway' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'qm-scratch' } } },
    })
    const asked = { name: cpu, force: true, deleteLocalData: true, deadlineMinutes: 2 }
    await bench.change(drainNode, asked, 'drain-2')
    const row = await bench.follow('drain-2')
    expect(row).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('Not empty after 2m; it stays cordoned'),
    })
    expect(row.message).toContain('gateway/qm-scratch')
    expect(leaving(await podsOn(cpu)).map(({ metadata }) => metadata.labels?.app)).toEqual(['qm-scratch'])
  })

  it('run again after a crash goes on', async () => {
    const kind = await bench.client.resolveKind('pdb')
    await bench.client.delete(kind, { name: 'qm-scratch', namespace: 'gateway' })
    await bench.rerun(drainNode, { name: cpu, deleteLocalData: true }, 'drain-2')
    expect((await bench.follow('drain-2')).state).toBe('succeeded')
  })
})
