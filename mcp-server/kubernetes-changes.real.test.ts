import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ApprovalPayload, CardData } from '#contract'
import { clusterChanges } from '#db/schema/kubernetes.ts'
import { clientsConfig, createClients } from '#tools/clients/create.ts'
import type { KubeObject, KubernetesCluster } from '#tools/clients/kubernetes/types.ts'
import { podKind } from '#tools/clients/kubernetes/types.ts'
import { available, type Kubernetes, startKubernetes } from '../engines/index.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'

/** Changes of a cluster down the real road: planned, approved by a person, done, followed by the job of the server. */
describe.skipIf(!available('kubernetes').ok)('changes of a real cluster', () => {
  let engine: Kubernetes
  let app: TestApp
  let client: KubernetesCluster
  const namespace = 'shop'

  beforeAll(async () => {
    engine = await startKubernetes({ nodes: [{ count: 3, gpus: 0, pool: 'cpu' }] })
    const caFile = join(tmpdir(), `quartermaster-changes-${process.pid}.pem`)
    await writeFile(caFile, engine.caPem)
    const kubernetes = { url: engine.url, token: engine.token, caFile }
    app = await startApp({ upstreams: { clusters: [{ name: 'real', kubernetes }] } })
    const clients = createClients(clientsConfig.parse({ clusters: [{ name: 'real', kubernetes }] }), {
      now: () => new Date(),
      env: {},
    })
    client = clients.kubernetes.for('real')
    await client.apply(await client.resolveKind('ns'), { metadata: { name: namespace } })
  })
  afterAll(async () => {
    await app?.close()
    await engine?.stop()
  })

  const deployment = (
    name: string,
    { image = 'example/web:1', replicas = 2, kind = 'Deployment' } = {},
  ): KubeObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      replicas,
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
    },
  })
  const make = async (object: KubeObject) =>
    client.apply(await client.resolveKind(object.kind!), object, { force: true })
  const get = async (kind: string, name: string) => client.get(await client.resolveKind(kind), { name, namespace })
  const podsOf = async (app: string) =>
    (await client.list(podKind, { namespace, labelSelector: `app=${app}` })).items.filter(
      ({ metadata }) => !metadata.deletionTimestamp,
    )
  const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 90_000, interval: 250 })
  const ready = (kind: string, name: string, count: number) =>
    eventually(async () => expect((await get(kind, name)).status?.readyReplicas).toBe(count))

  async function ask(tool: string, input: object): Promise<ApprovalPayload> {
    const { answer, text } = await app.call(tool, { cluster: 'real', ...input })
    expect(answer.approval, text).toMatchObject({ state: 'pending' })
    return answer.approval!
  }
  async function approve({ id, plan }: ApprovalPayload): Promise<ApprovalPayload> {
    const typed = plan.typedName === undefined ? {} : { typedName: plan.typedName }
    const { answer, text } = await app.call(
      'decide_approval',
      { id, approve: true, ...typed },
      { actor: owner, face: 'rest' },
    )
    expect(answer.error, text).toBeUndefined()
    return answer.data as ApprovalPayload
  }
  async function done(tool: string, input: object): Promise<string> {
    const ended = await approve(await ask(tool, input))
    expect(ended, JSON.stringify(ended.outcome)).toMatchObject({ state: 'succeeded' })
    return ended.id
  }
  const rowOf = async (id: string) => {
    const { db } = await app.core.database.get()
    return (await db.select().from(clusterChanges)).find((row) => row.id === id)!
  }
  const ends = (id: string, state: string) => eventually(async () => expect(await rowOf(id)).toMatchObject({ state }))

  it('apply: created, then a conflict with another manager that is named, then taken by force', async () => {
    const manifest = (level: string) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace },
        data: { level },
      })
    await done('apply_manifest', { manifest: manifest('info') })
    await engine.api({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/configmaps/settings?fieldManager=somebody`,
      contentType: 'application/merge-patch+json',
      body: { data: { level: 'debug' } },
    })
    const { answer } = await app.call('apply_manifest', { cluster: 'real', manifest: manifest('warn') })
    expect(answer.error).toMatchObject({
      code: 'does-not-fit',
      message: expect.stringContaining('conflict with somebody'),
    })
    const forced = await ask('apply_manifest', { manifest: manifest('warn'), force: true })
    expect(forced.plan.diff).toContain('-  level: debug\n+  level: warn')
    expect(await approve(forced)).toMatchObject({ state: 'succeeded' })
    expect((await get('cm', 'settings')).data).toEqual({ level: 'warn' })
  })

  it('apply: what the schema refuses is said before a person is asked', async () => {
    const wrong = { ...deployment('wrong'), spec: { ...deployment('wrong').spec, replicaz: 1 } }
    const { answer } = await app.call('apply_manifest', { cluster: 'real', manifest: JSON.stringify(wrong) })
    expect(answer.error).toMatchObject({ message: expect.stringContaining('spec.replicaz') })
  })

  it('scale: followed until the pods are ready', async () => {
    await make(deployment('web'))
    await ready('deploy', 'web', 2)
    const id = await done('scale_workload', { name: 'web', namespace, replicas: 4 })
    await ends(id, 'succeeded')
    expect((await get('deploy', 'web')).status).toMatchObject({ readyReplicas: 4 })
  })

  it('restart: every pod is another one', async () => {
    const before = (await podsOf('web')).map(({ metadata }) => metadata.uid)
    await ends(await done('restart_workload', { name: 'web', namespace }), 'succeeded')
    const after = (await podsOf('web')).map(({ metadata }) => metadata.uid)
    expect(after).toHaveLength(4)
    expect(after.filter((uid) => before.includes(uid))).toEqual([])
  })

  it.each([
    ['deploy', 'Deployment'],
    ['sts', 'StatefulSet'],
  ])('roll back: a %s to the previous revision, and to a given one', async (kind, full) => {
    const name = `back-${kind}`
    for (const tag of [1, 2, 3]) {
      await make(deployment(name, { kind: full, image: `example/web:${tag}` }))
      await eventually(async () => {
        const { status, metadata } = await get(kind, name)
        expect(status).toMatchObject({ observedGeneration: metadata.generation, updatedReplicas: 2, readyReplicas: 2 })
      })
    }
    const image = async () => JSON.stringify((await get(kind, name)).spec!.template)
    await ends(await done('rollback_workload', { kind, name, namespace }), 'succeeded')
    expect(await image()).toContain('example/web:2')
    const asked = await ask('rollback_workload', { kind, name, namespace, revision: 1 })
    expect(asked.plan.summary).toContain('example/web:1')
    await ends((await approve(asked)).id, 'succeeded')
    expect(await image()).toContain('example/web:1')
  })

  it('somebody else changed it in between: the approval dies and nothing is done', async () => {
    const asked = await ask('scale_workload', { name: 'web', namespace, replicas: 7 })
    await make(deployment('web', { replicas: 3 }))
    expect(await approve(asked)).toMatchObject({ state: 'superseded' })
    expect((await get('deploy', 'web')).spec!.replicas).toBe(3)
  })

  it('cordon and uncordon', async () => {
    const unschedulable = async () =>
      (await client.get(await client.resolveKind('node'), { name: 'cpu-2' })).spec!.unschedulable
    await done('cordon_node', { name: 'cpu-2' })
    expect(await unschedulable()).toBe(true)
    await done('cordon_node', { name: 'cpu-2', uncordon: true })
    expect((await unschedulable()) ?? false).toBe(false)
  })

  it('drain: a budget blocks, and lets go', async () => {
    const budget = async (minAvailable: number) =>
      make({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'guarded', namespace },
        spec: { minAvailable, selector: { matchLabels: { app: 'guarded' } } },
      })
    await make(deployment('guarded', { replicas: 3 }))
    await ready('deploy', 'guarded', 3)
    await budget(3)
    await eventually(async () => expect((await get('pdb', 'guarded')).status).toMatchObject({ currentHealthy: 3 }))
    const node = String((await podsOf('guarded'))[0]!.spec!.nodeName)
    const here = async () => (await podsOf('guarded')).filter(({ spec }) => spec!.nodeName === node).length
    const held = await here()
    const asked = await ask('drain_node', { name: node })
    expect(asked.plan.checks).toContainEqual(
      expect.objectContaining({
        state: 'warn',
        detail: expect.stringContaining('guarded needs 3 healthy pods and has 3 currently'),
      }),
    )
    const { answer } = await app.call(
      'decide_approval',
      { id: asked.id, approve: true },
      { actor: owner, face: 'rest' },
    )
    expect(answer.error).toMatchObject({ field: 'typedName' })
    const { id, outcome } = await approve(asked)
    expect((outcome!.data as CardData['progress']).message).toContain('guarded')
    await eventually(async () =>
      expect((await rowOf(id)).steps[1]).toMatchObject({
        state: 'running',
        detail: expect.stringContaining('held by a budget'),
      }),
    )
    expect(await here()).toBe(held)
    await budget(1)
    await ends(id, 'succeeded')
    expect(await here()).toBe(0)
    await ready('deploy', 'guarded', 3)
  })

  it('delete: exactly the one that was planned', async () => {
    const id = await done('delete_resource', { kind: 'cm', name: 'settings', namespace })
    await ends(id, 'succeeded')
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'twin', namespace }, data: {} }
    await make(configMap)
    const asked = await ask('delete_resource', { kind: 'cm', name: 'twin', namespace })
    await client.delete(await client.resolveKind('cm'), { name: 'twin', namespace })
    const { metadata } = await make(configMap)
    const { answer } = await app.call(
      'decide_approval',
      { id: asked.id, approve: true, typedName: 'twin' },
      { actor: owner, face: 'rest' },
    )
    expect(answer.error?.message ?? (answer.data as ApprovalPayload).state).toMatch(/is another one now|superseded/)
    expect((await get('cm', 'twin')).metadata.uid).toBe(metadata.uid)
  })
})
