import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench, workload } from './change/testing.ts'
import { deleteResource } from './delete-resource.tool.ts'

let bench: Bench
const namespace = 'gateway'
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...more },
  data: { level: 'info' },
})
beforeAll(async () => {
  bench = await startBench()
  const volumes = [{ name: 'settings', configMap: { name: 'qm-settings' } }]
  await bench.apply('cm', configMap('qm-settings'))
  await bench.apply('deploy', workload('Deployment', 'qm-web', { pod: { volumes } }))
  const spec = { selector: { app: 'qm-web' }, ports: [{ port: 80 }] }
  await bench.apply('service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'qm-web', namespace }, spec })
  bench.fleet.world.tick(60)
})
afterAll(() => bench.close())

const gone = (kind: string, name: string) =>
  expect(bench.get(kind, name, namespace)).rejects.toMatchObject({ code: 'not-found' })

describe('the plan of delete_resource', () => {
  it('is bound to the object that is there now, and says what goes and who is served', async () => {
    const plan = await bench.plan(deleteResource, { kind: 'deploy', name: 'qm-web', namespace })
    const { uid } = (await bench.get('deploy', 'qm-web', namespace)).metadata
    expect(plan.summary).toBe('Delete Deployment gateway/qm-web on gpu-east, and 3 objects that belong to it')
    expect(plan).toMatchObject({ typedName: 'qm-web', input: { uid } })
    const labels = plan.checks.map(({ label }) => label)
    expect(labels).toEqual(expect.arrayContaining(['Goes with it', 'It serves traffic']))
    expect(plan.diff).toMatch(/^--- now\n\+\+\+ \/dev\/null/)
    expect(plan.diff).toContain('-kind: Deployment')
  })

  it('says who uses a ConfigMap, who would make an object again, and what holds it', async () => {
    const of = async (kind: string, name: string) =>
      (await bench.plan(deleteResource, { kind, name, namespace })).checks
    expect(await of('cm', 'qm-settings')).toContainEqual({
      label: 'Pods use it',
      state: 'warn',
      detail: expect.stringContaining('2 pods: qm-web-'),
    })
    const pods = await bench.client.list(await bench.client.resolveKind('pod'), {
      namespace,
      labelSelector: 'app=qm-web',
    })
    expect((await of('pod', pods.items[0]!.metadata.name)).map(({ label }) => label)).toContainEqual(
      expect.stringMatching(/^ReplicaSet qm-web-\w+ will make it again$/),
    )
    expect(await of('service', 'qm-web')).toContainEqual({
      label: 'Traffic to its pods ends',
      state: 'warn',
      detail: expect.stringContaining('2 pods'),
    })
    await bench.apply('cm', configMap('qm-held', { finalizers: ['example.com/keep'] }))
    expect(await of('cm', 'qm-held')).toContainEqual({
      label: 'It stays until its finalizers are done',
      state: 'warn',
      detail: 'example.com/keep',
    })
  })

  it('a Secret is shown nowhere, and cannot be undone', async () => {
    const plan = await bench.plan(deleteResource, { kind: 'secret', name: 'hf-token-secret', namespace: 'inference' })
    expect(plan.rollback).toContain('None')
  })

  it.each([
    [{ kind: 'namespace', name: 'kube-system', protected: true }, 'invalid-request'],
    [{ kind: 'namespace', name: 'default', protected: true }, 'invalid-request'],
    [{ kind: 'namespace', name: 'gateway' }, 'permission-denied'],
    [{ kind: 'node', name: 'gpu-east-h100-01' }, 'permission-denied'],
    [{ kind: 'crd', name: 'rayclusters.ray.io' }, 'permission-denied'],
    [{ kind: 'deploy', name: 'coredns', namespace: 'kube-system' }, 'permission-denied'],
  ])('refuses %j', async (input, code) => {
    expect(await bench.refusal(deleteResource, input)).toMatchObject({ code })
  })

  it('what is meant all the same is said in the plan', async () => {
    const { checks, summary } = await bench.plan(deleteResource, { kind: 'ns', name: 'gateway', protected: true })
    expect(checks).toContainEqual({
      label: 'Namespace gateway is protected',
      state: 'warn',
      detail: 'everything in it goes with it',
    })
    expect(summary).toMatch(/and \d+ objects that belong to it/)
  })
})

describe('deleting', () => {
  it('takes the object and what it owns, and is followed until it is gone', async () => {
    await bench.change(deleteResource, { kind: 'deploy', name: 'qm-web', namespace }, 'delete-1')
    expect(await bench.follow('delete-1')).toMatchObject({ state: 'succeeded', message: 'Gone' })
    await gone('deploy', 'qm-web')
    bench.fleet.world.tick(30)
    expect(
      (await bench.client.list(await bench.client.resolveKind('rs'), { namespace, labelSelector: 'app=qm-web' })).items,
    ).toEqual([])
  })

  it('waits for finalizers by name', async () => {
    await bench.change(deleteResource, { kind: 'cm', name: 'qm-held', namespace }, 'delete-2')
    expect(await bench.follow('delete-2', 3)).toMatchObject({
      state: 'running',
      message: 'It waits for its finalizers: example.com/keep',
    })
    expect(await bench.refusal(deleteResource, { kind: 'cm', name: 'qm-held', namespace })).toMatchObject({
      message: expect.stringContaining('is being deleted since'),
    })
    const kind = await bench.client.resolveKind('cm')
    await bench.client.patch(kind, { name: 'qm-held', namespace, body: { metadata: { finalizers: null } } })
    expect((await bench.follow('delete-2')).state).toBe('succeeded')
  })

  it('never takes another one of the same name: neither planned nor run again after a crash', async () => {
    const asked = { kind: 'cm', name: 'qm-twin', namespace }
    await bench.apply('cm', configMap('qm-twin'))
    const { input } = await bench.plan(deleteResource, asked)
    await bench.change(deleteResource, asked, 'delete-3')
    await bench.apply('cm', configMap('qm-twin'))
    await bench.rerun(deleteResource, input!, 'delete-3')
    expect((await bench.follow('delete-3')).state).toBe('succeeded')
    expect((await bench.get('cm', 'qm-twin', namespace)).metadata.uid).not.toBe(input!.uid)
    expect(await bench.refusal(deleteResource, input!)).toMatchObject({
      message: expect.stringContaining('is another one now'),
    })
  })

  it('orphan leaves what it owned', async () => {
    await bench.apply('deploy', workload('Deployment', 'qm-orphan'))
    bench.fleet.world.tick(60)
    const asked = { kind: 'deploy', name: 'qm-orphan', namespace, propagation: 'orphan' }
    expect((await bench.plan(deleteResource, asked)).checks.map(({ label }) => label)).toContain(
      'Left without an owner',
    )
    await bench.change(deleteResource, asked, 'delete-4')
    bench.fleet.world.tick(30)
    const left = await bench.client.list(await bench.client.resolveKind('rs'), {
      namespace,
      labelSelector: 'app=qm-orphan',
    })
    expect(left.items).toHaveLength(1)
    expect(left.items[0]!.metadata.ownerReferences).toBeUndefined()
  })
})
