import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench, workload } from './change/testing.ts'
import { scaleWorkload } from './scale-workload.tool.ts'

let bench: Bench
const web = { name: 'qm-web', namespace: 'gateway' }
beforeAll(async () => {
  bench = await startBench()
  await bench.apply('deployment', workload('Deployment', 'qm-web'))
  await bench.apply('service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: web,
    spec: { selector: { app: 'qm-web' }, ports: [{ port: 80 }] },
  })
  bench.fleet.world.tick(60)
})
afterAll(() => bench.close())

describe('the plan of scale_workload', () => {
  it('shows from where to where, the dry run, who is served and how to undo it', async () => {
    const plan = await bench.plan(scaleWorkload, { ...web, replicas: 4 })
    expect(plan.summary).toBe('Scale Deployment gateway/qm-web on gpu-east from 2 to 4 replicas')
    expect(plan.diff).toContain('-  replicas: 2\n+  replicas: 4')
    expect(plan.rollback).toBe('Scale qm-web to 2 again')
    expect(plan.impact).toContainEqual({ label: 'Services', value: 'qm-web' })
    expect(plan.guard).toMatchObject({ replicas: '2', autoscaler: 'none' })
    expect(plan.checks.every(({ state }) => state === 'pass')).toBe(true)
    expect((await bench.get('deploy', 'qm-web', 'gateway')).spec!.replicas).toBe(2)
  })

  it('warns that nobody answers when it goes to 0', async () => {
    const { checks } = await bench.plan(scaleWorkload, { ...web, replicas: 0 })
    expect(checks).toContainEqual({ label: 'Traffic', state: 'warn', detail: expect.stringContaining('qm-web') })
  })

  it('warns where an HPA owns the replicas, and names KEDA behind it', async () => {
    await bench.apply('hpa', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: {
        name: 'keda-hpa-web',
        namespace: 'gateway',
        ownerReferences: [
          { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'web', uid: 'u', controller: true },
        ],
      },
      spec: {
        minReplicas: 2,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'qm-web' },
      },
    })
    const { checks, guard } = await bench.plan(scaleWorkload, { ...web, replicas: 8 })
    expect(checks).toContainEqual({
      label: 'KEDA ScaledObject web sets the replicas (2–5)',
      state: 'warn',
      detail: 'it will set them back at once',
    })
    expect(guard.autoscaler).toBe('keda-hpa-web 2–5')
  })

  it('warns where the GPUs are not there', async () => {
    await bench.apply('deployment', workload('Deployment', 'qm-gpu', { replicas: 0, gpus: 8 }))
    const { checks, impact } = await bench.plan(scaleWorkload, { name: 'qm-gpu', namespace: 'gateway', replicas: 500 })
    expect(checks.find(({ label }) => label === 'Free GPUs')).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/room for \d+ of 500 more pods with 8 GPUs each; the others will wait/),
    })
    expect(impact).toContainEqual({ label: 'GPUs', value: '0 → 4000' })
  })

  it('refuses what would be set back, what has no replicas, and what is so already', async () => {
    const sets = await bench.client.list(await bench.client.resolveKind('rs'), {
      namespace: 'gateway',
      labelSelector: 'app=qm-web',
    })
    const replicaSet = { kind: 'rs', name: sets.items[0]!.metadata.name, namespace: 'gateway', replicas: 9 }
    expect(await bench.refusal(scaleWorkload, replicaSet)).toMatchObject({ next: 'Scale the Deployment qm-web.' })
    expect(await bench.refusal(scaleWorkload, { ...web, replicas: 2 })).toMatchObject({
      message: expect.stringContaining('already'),
    })
    expect(await bench.refusal(scaleWorkload, { kind: 'service', ...web, replicas: 2 })).toMatchObject({
      message: 'A Service has no replicas to set.',
    })
    expect(await bench.refusal(scaleWorkload, { name: 'qm-wbe', namespace: 'gateway', replicas: 2 })).toMatchObject({
      code: 'not-found',
      next: expect.stringContaining('qm-web'),
    })
  })

  it('keeps hands off kube-system unless that is meant, and then says so', async () => {
    const dns = { name: 'coredns', namespace: 'kube-system', replicas: 9 }
    expect(await bench.refusal(scaleWorkload, dns)).toMatchObject({
      code: 'permission-denied',
      next: expect.stringContaining('protected: true'),
    })
    const { checks } = await bench.plan(scaleWorkload, { ...dns, protected: true })
    expect(checks).toContainEqual({
      label: 'Deployment kube-system/coredns is protected',
      state: 'warn',
      detail: 'kube-system keeps the cluster itself running',
    })
  })
})

describe('scaling', () => {
  it('is followed until as many pods are ready, with an event for each step', async () => {
    const card = await bench.change(scaleWorkload, { ...web, replicas: 3 }, 'scale-1')
    expect(card).toMatchObject({ state: 'running', title: 'Scale Deployment gateway/qm-web to 3', percent: 25 })
    const row = await bench.follow('scale-1')
    expect(row).toMatchObject({ state: 'succeeded', message: 'Done' })
    expect((await bench.get('deploy', 'qm-web', 'gateway')).status).toMatchObject({ readyReplicas: 3 })
    expect(bench.events.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['change.requested', 'change.progressed', 'change.succeeded']),
    )
    expect(bench.events.at(-1)).toMatchObject({
      subject: 'kubernetes/change/scale-1',
      data: { state: 'succeeded', percent: 100 },
    })
  })

  it('done twice under one approval is done once', async () => {
    await bench.change(scaleWorkload, { ...web, replicas: 4 }, 'scale-2')
    await bench.rerun(scaleWorkload, { ...web, replicas: 4 }, 'scale-2')
    expect((await bench.get('deploy', 'qm-web', 'gateway')).spec!.replicas).toBe(4)
    expect((await bench.follow('scale-2')).state).toBe('succeeded')
  })

  it('says the words of the scheduler while it waits, and gives up at its deadline', async () => {
    await bench.change(scaleWorkload, { name: 'qm-gpu', namespace: 'gateway', replicas: 60 }, 'scale-3')
    const waiting = await bench.follow('scale-3', 3)
    expect(waiting).toMatchObject({ state: 'running', message: expect.stringContaining('Insufficient nvidia.com/gpu') })
    bench.fleet.world.tick(16 * 60)
    expect(await bench.follow('scale-3')).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('Not done after 15m'),
    })
  })

  it('ends when somebody else sets another number, or deletes it', async () => {
    await bench.change(scaleWorkload, { ...web, replicas: 6 }, 'scale-4')
    const kind = await bench.client.resolveKind('deploy')
    await bench.client.patch(kind, { ...web, subresource: 'scale', body: { spec: { replicas: 2 } } })
    expect(await bench.follow('scale-4')).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('somebody else set it to 2'),
    })
    await bench.change(scaleWorkload, { name: 'qm-gpu', namespace: 'gateway', replicas: 1 }, 'scale-5')
    await bench.client.delete(kind, { name: 'qm-gpu', namespace: 'gateway' })
    expect(await bench.follow('scale-5')).toMatchObject({ state: 'failed', message: expect.stringContaining('gone') })
  })
})
