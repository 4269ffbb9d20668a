import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '#db/drizzle.ts'
import { modelDeployments } from '#db/schema/models.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Planning } from '#define'
import { available, type Kubernetes, startDynamoOperator, startKubernetes } from '../../engines/index.ts'
import { type ConfiguredClients, clientsConfig, createClients } from '../clients/create.ts'
import { testContext } from '../testing.ts'
import { insertApproval } from '../testing-world.ts'
import { deleteDeployment } from './delete-deployment.tool.ts'
import type { DeployInput } from './deploy/input.ts'
import { deployModel } from './deploy-model.tool.ts'
import { previewDeployment } from './preview-deployment.tool.ts'
import { followDeployments } from './reconcile.job.ts'

const usable = available('kubernetes').ok && available('dynamo-crds').ok
const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } }
const clientsOf = (clusters: { name: string; kubernetes: object }[]) =>
  createClients(clientsConfig.parse({ clusters, prices }), { now: () => new Date(), env: {} })

/** A real API server, scheduler and controllers with Dynamo's own definitions; kwok plays 2 nodes of 8 GPUs and their pods. */
describe.skipIf(!usable)('deploy_model on a real API server', () => {
  let engine: Kubernetes
  let clients: ConfiguredClients
  let database: TestDatabase

  beforeAll(async () => {
    engine = await startKubernetes({ crds: ['dynamo'], nodes: [{ count: 2, gpus: 8, pool: 'h100' }] })
    const kubernetes = { kubeconfig: engine.kubeconfigPath, context: 'real' }
    const dead = { url: 'http://127.0.0.1:9' }
    clients = clientsOf([
      { name: 'real', kubernetes },
      { name: 'dead', kubernetes: dead },
    ])
    database = await testDatabase()
    for (const name of ['serving', 'bounded'])
      await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  })
  afterAll(async () => {
    clients?.close()
    await database?.close()
    await engine?.stop()
  })

  const post = (path: string, body: object) => engine.api({ method: 'POST', path, body })
  const context = (key = 'plan', own = clients) =>
    testContext({ clients: own, db: database.db, now: () => new Date(), idempotencyKey: key, events: [] })
  const planOf = (input: object, ctx = context()) =>
    deployModel.plan!(
      deployModel.input.parse({ model: 'Qwen3-8B', cluster: 'real', namespace: 'serving', ...input }) as never,
      ctx,
    ) as unknown as Promise<Planning<DeployInput>>
  const refusalOf = (planning: Promise<unknown>) =>
    planning.then(
      () => undefined,
      ({ code, message, options }) => ({ code, message, ...options }),
    )
  const checkOf = async (input: object, label: string) =>
    (await planOf(input)).checks.find((check) => check.label.startsWith(label))
  async function run(input: unknown, key: string) {
    await insertApproval(database.db, key)
    return deployModel.run(input as never, context(key))
  }
  const rowOf = async (name: string) =>
    (await database.db.select().from(modelDeployments).where(eq(modelDeployments.name, name)))[0]!
  async function lookedAt(name: string) {
    await followDeployments.run(context())
    return rowOf(name)
  }
  /** Follows as the job does, until what it writes is as expected. */
  const followed = (name: string, expected: object) =>
    expect.poll(() => lookedAt(name), { timeout: 60_000, interval: 500 }).toMatchObject(expected)
  async function remove(name: string, namespace = 'serving') {
    const input = deleteDeployment.input.parse({ cluster: 'real', namespace, name }) as never
    const plan = await deleteDeployment.plan!(input, context())
    await insertApproval(database.db, `delete-${name}`)
    await deleteDeployment.run(plan.input as never, context(`delete-${name}`))
    await followed(name, { action: 'delete', state: 'deleted', message: 'It is gone, its GPUs are free' })
  }
  const podsOf = async (name: string, namespace = 'serving') => {
    const selector = encodeURIComponent(`app.kubernetes.io/instance=${name}`)
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`
    return ((await engine.api({ path })).body as { items: { spec: { nodeName?: string } }[] }).items
  }

  it('MOD-035: planned by dry run, applied, followed until it serves, taken over unchanged, deleted', async () => {
    const plan = await planOf({ gpus: 2, replicas: 2, runtime: 'plain', name: 'chat' })
    expect(plan.checks.filter(({ state }) => state === 'fail')).toEqual([])
    expect(plan.checks[0]).toEqual({ state: 'pass', label: 'The API server accepts all 2 manifests (dry run)' })
    expect(plan.guard.deployment).toBe('absent')
    expect(await podsOf('chat')).toEqual([])
    const reply = await run(plan.input, 'chat')
    expect(reply.data).toMatchObject({ state: 'running' })
    await followed('chat', { state: 'running', message: 'It serves' })
    const row = await rowOf('chat')
    expect(row.steps.map(({ state }) => state)).toEqual(row.steps.map(() => 'succeeded'))
    expect(row.steps.at(-1)!.detail).toBe('http://chat.serving:8000/v1')
    expect((await podsOf('chat')).map(({ spec }) => spec.nodeName)).toEqual([
      expect.stringMatching(/^h100-/),
      expect.stringMatching(/^h100-/),
    ])
    const again = await planOf(plan.input!)
    expect(again).toMatchObject({ diff: '', summary: expect.stringMatching(/^Change/) })
    await remove('chat')
    expect(await podsOf('chat')).toEqual([])
  })

  it('creates the namespace it goes to', async () => {
    const plan = await planOf({ gpus: 1, runtime: 'plain', name: 'first', namespace: 'brand-new' })
    expect(plan.steps[0]).toEqual({ verb: 'Create', target: 'Namespace brand-new' })
    await run(plan.input, 'first')
    expect((await engine.api({ path: '/api/v1/namespaces/brand-new' })).status).toBe(200)
    await followed('first', { state: 'running' })
    await remove('first', 'brand-new')
  })

  it('a rule of the definition refuses before a person is asked, with its field', async () => {
    const components = [{ name: 'frontend', type: 'frontend', replicas: 1 }]
    const metadata = { name: 'elsewhere', namespace: 'serving' }
    const path = '/apis/nvidia.com/v1beta1/namespaces/serving/dynamographdeployments'
    const graph = { apiVersion: 'nvidia.com/v1beta1', kind: 'DynamoGraphDeployment', metadata, spec: { components } }
    expect((await post(path, graph)).status).toBe(201)
    expect(await refusalOf(planOf({ runtime: 'dynamo', gpus: 1, name: 'elsewhere' }))).toMatchObject({
      code: 'invalid-request',
      cluster: 'real',
      field: 'spec.components',
      changed: 'nothing',
      message: expect.stringMatching(
        /^DynamoGraphDeployment serving\/elsewhere: .*spec\.components: .*unique case-insensitively/,
      ),
      next: expect.stringContaining('spec.components'),
    })
    await engine.api({ method: 'DELETE', path: `${path}/elsewhere` })
  })

  it('so does the schema of a plain Deployment', async () => {
    const options = { tolerations: [{ key: 'dedicated', operator: 'Exists', value: 'serving' }] }
    expect(await refusalOf(planOf({ runtime: 'plain', gpus: 1, name: 'plain', options }))).toMatchObject({
      code: 'invalid-request',
      field: expect.stringMatching(/^spec\.template\.spec\.tolerations\[\d\]/),
      changed: 'nothing',
    })
  })

  it('a cluster that does not answer is said in words, and left out where none is named', async () => {
    expect(await refusalOf(planOf({ cluster: 'dead' }))).toMatchObject({ code: 'cluster-unreachable' })
    const somewhere = await planOf({ cluster: undefined, name: 'anywhere' })
    expect(somewhere.input!.cluster).toBe('real')
  })

  it('workers that lost their room meanwhile wait in the words of the scheduler', async () => {
    const { input } = await planOf({ gpus: 8, runtime: 'plain', name: 'wide' })
    await run({ ...input!, replicas: 3 }, 'wide')
    await followed('wide', {
      state: 'deploying',
      message: expect.stringMatching(/waits for a node: .*2 nodes with too few free nvidia\.com\/gpu/),
    })
    const { steps } = await rowOf('wide')
    expect(steps.find(({ label }) => label.includes('GPU node'))).toMatchObject({ detail: '2 of 3 workers' })
    expect(await refusalOf(planOf({ gpus: 8, runtime: 'plain', name: 'more' }))).toMatchObject({
      code: 'does-not-fit',
      message: expect.stringMatching(/room for 0 of 1 worker .*\(0 .* free in all\)/),
    })
    await remove('wide')
  })

  it('a quota that is used up fails the plan with its numbers; one that came later is followed in words', async () => {
    const asked = { gpus: 2, replicas: 2, runtime: 'plain', namespace: 'bounded', name: 'bounded' }
    const { input } = await planOf(asked)
    const spec = { hard: { 'requests.nvidia.com/gpu': '3' } }
    const path = '/api/v1/namespaces/bounded/resourcequotas'
    await post(path, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'gpus' }, spec })
    const used = async () =>
      ((await engine.api({ path: `${path}/gpus` })).body as { status?: { used?: object } }).status?.used
    await expect.poll(used, { timeout: 30_000 }).toEqual({ 'requests.nvidia.com/gpu': '0' })
    expect(await checkOf(asked, 'Quota gpus')).toEqual({
      label: 'Quota gpus',
      state: 'fail',
      detail: '0 of 3 GPUs used; 4 more do not fit: use fewer replicas or GPUs, or another namespace',
    })
    await run(input, 'bounded')
    await followed('bounded', { message: expect.stringMatching(/exceeded quota: gpus/) })
    expect(await podsOf('bounded', 'bounded')).toHaveLength(1)
    await remove('bounded', 'bounded')
  })

  it('the secret of a gated model and a claim must be there', async () => {
    const gated = { model: 'Llama-3.2-1B-Instruct', gpus: 1, runtime: 'plain', name: 'gated' }
    expect(await checkOf(gated, 'Secret hf-token-secret')).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('missing in serving'),
    })
    const metadata = { name: 'hf-token-secret' }
    const data = { HF_TOKEN: Buffer.from('not-a-token').toString('base64') }
    await post('/api/v1/namespaces/serving/secrets', { apiVersion: 'v1', kind: 'Secret', metadata, data })
    expect(await checkOf(gated, 'Secret hf-token-secret')).toMatchObject({ state: 'pass' })
    const options = { storage: { claim: 'weights' } }
    const claimed = { gpus: 1, runtime: 'plain', name: 'claimed', options }
    expect(await checkOf(claimed, 'PersistentVolumeClaim weights')).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('missing in serving'),
    })
  })

  describe('with few rights', () => {
    const group = 'rbac.authorization.k8s.io'
    async function tokenOf(name: string, rules: object[]): Promise<string> {
      const accounts = '/api/v1/namespaces/default/serviceaccounts'
      const rbac = { apiVersion: `${group}/v1`, metadata: { name } }
      await post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
      await post(`/apis/${group}/v1/clusterroles`, { ...rbac, kind: 'ClusterRole', rules })
      await post(`/apis/${group}/v1/clusterrolebindings`, {
        ...{ ...rbac, kind: 'ClusterRoleBinding', roleRef: { apiGroup: group, kind: 'ClusterRole', name } },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
      })
      const apiVersion = 'authentication.k8s.io/v1'
      const spec = { expirationSeconds: 3600 }
      const answer = await post(`${accounts}/${name}/token`, { apiVersion, kind: 'TokenRequest', spec })
      return (answer.body as { status: { token: string } }).status.token
    }
    const clientsAs = (token: string) =>
      clientsOf([{ name: 'real', kubernetes: { url: engine.url, token, insecureSkipTlsVerify: true } }])

    it('a preview is made without the dry run, and says so; a plan names the right that is missing', async () => {
      const own = clientsAs(await tokenOf('viewer', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }]))
      const input = { model: 'Qwen3-8B', cluster: 'real', gpus: 1, name: 'seen', namespace: 'serving' }
      const parsed = previewDeployment.input.parse(input)
      const { data } = await previewDeployment.run(parsed as never, context('preview', own))
      const facts = (data as { facts: { label: string; value: string }[] }).facts
      expect(facts.find(({ label }) => label.startsWith('The API server'))!.value).toMatch(
        /could not be tried: .*cannot (patch|create) resource "dynamographdeployments"/,
      )
      expect(await refusalOf(planOf(input, context('plan', own)))).toMatchObject({
        code: 'upstream-denied',
        changed: 'nothing',
        message: expect.stringMatching(/cannot (patch|create) resource "dynamographdeployments" in API group "nvidia/),
        next: expect.stringContaining('viewer'),
      })
      own.close()
    })

    it('who may do nothing is told which right comes first', async () => {
      const own = clientsAs(engine.powerlessToken)
      expect(await refusalOf(planOf({}, context('plan', own)))).toMatchObject({
        code: 'upstream-denied',
        message: expect.stringMatching(/cannot list resource "(nodes|pods)"/),
      })
      own.close()
    })
  })

  describe.skipIf(!available('dynamo-operator').ok)('with the operator of Dynamo', () => {
    it('a graph is made by the operator, and followed until it serves and until it is gone', async () => {
      const operator = await startDynamoOperator({ kubernetes: engine, namespace: 'serving' })
      try {
        const { input } = await planOf({ runtime: 'dynamo', gpus: 2, replicas: 2, name: 'graph' })
        await run(input, 'graph')
        await followed('graph', { runtime: 'dynamo', state: 'running', message: 'It serves' })
        expect((await rowOf('graph')).steps.at(-1)!.detail).toBe('http://graph-frontend.serving:8000/v1')
        await remove('graph')
      } finally {
        await operator.stop()
      }
    })
  })
})
