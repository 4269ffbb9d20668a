import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerLimitBytes } from '#contract'
import { approvals, audit, events, results } from '#db/schema/core.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { type StartedWorld, startWorld } from '../mocks/main.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'
import { argumentsFor, type Pools } from './testing/arguments.ts'
import { canary, leaksIn, startPlanting, textWith } from './testing/canaries.ts'

const startMs = Date.parse('2026-11-20T12:00:00Z')
const clusterToken = canary('ClusterToken')
const rayToken = canary('RayToken')
const ownerToken = canary('OwnerToken')

let world: StartedWorld
let database: TestDatabase
let app: TestApp
let pools: Pools
let pods: Named[]
const proxies: { kind: string; answered(): number; close(): Promise<void> }[] = []
const log: string[] = []
/** Tools that answered with data at least once */
const answeredWith = new Set<string>()

async function planted(kind: Parameters<typeof startPlanting>[1], url: string): Promise<string> {
  const proxy = await startPlanting(url, kind)
  proxies.push({ kind, ...proxy })
  return proxy.url
}

interface Named {
  name: string
  namespace: string
}
/** What the API server of a cluster holds, to name things that are there. */
async function named(plural: string): Promise<Named[]> {
  const url = world.config.clusters.find(({ name }) => name === 'gpu-east')!.kubernetes.url
  const { items } = (await (await fetch(`${url}/api/v1/${plural}`)).json()) as { items: { metadata: Named }[] }
  return items.map(({ metadata }) => metadata)
}

beforeAll(async () => {
  const podsPerCluster = { hub: 60, 'gpu-east': 140, 'gpu-west': 60, 'edge-lab': 40 }
  world = await startWorld({ clock: () => startMs, tickMs: 0, demoModel: false, podsPerCluster })
  const clusters = await Promise.all(
    world.config.clusters.map(async (cluster) => ({
      ...cluster,
      kubernetes: { url: await planted('kubernetes', cluster.kubernetes.url), token: clusterToken },
      prometheus: { url: await planted('prometheus', cluster.prometheus.url) },
      alertmanager: { url: await planted('alertmanager', cluster.alertmanager.url) },
      loki: { url: await planted('loki', cluster.loki.url) },
    })),
  )
  const ray = await Promise.all(
    world.config.ray.map(async ({ name, dashboardUrl, token }) => ({
      name,
      dashboardUrl: await planted('ray', dashboardUrl),
      token: token ?? rayToken,
    })),
  )
  database = await testDatabase()
  app = await startApp({
    upstreams: { clusters, ray, qubic: world.config.qubic, prices: world.config.prices },
    database,
    now: () => new Date(startMs),
    config: { ownerToken, logLevel: 'debug' },
    writeLog: (line) => log.push(line),
  })
  pods = (await named('pods')).slice(0, 12)
  pools = {
    cluster: ['gpu-east'],
    clusters: ['gpu-east', 'hub', 'edge-lab'],
    namespace: pods.map(({ namespace }) => namespace),
    kind: ['Pod', 'Pod', 'Secret', 'ConfigMap', 'Deployment', 'Node', 'events', 'DynamoGraphDeployment', 'RayCluster'],
    name: pods.map(({ name }) => name),
    pod: pods.map(({ name }) => name),
    path: [
      'spec',
      'data',
      'data.DB_PASSWORD',
      'data.app.yaml',
      'metadata.annotations',
      'spec.containers.0.env',
      'status',
    ],
    since: ['30m', '1h', '6h'],
    start: ['2026-11-20T11:00:00Z'],
    end: ['2026-11-20T12:00:00Z'],
    time: ['2026-11-20T11:30:00Z'],
    step: ['1m'],
    labelName: ['note', 'api_key', 'namespace'],
    labelSelector: ['app=web', 'app'],
    match: ['up'],
    model: ['Qwen/Qwen3-8B'],
    id: ['default', 'gpu-expert'],
    'query_metrics.query': [
      'up',
      'vllm:num_requests_running',
      'DCGM_FI_DEV_GPU_TEMP',
      'sum by (note) (up)',
      'count(up)',
    ],
    'query_logs.query': [
      '{namespace=~".+"}',
      '{namespace=~".+"} |= "error"',
      'sum(count_over_time({namespace=~".+"}[5m]))',
    ],
    any: ['gpu', 'error', textWith('Argument'), 'pods', 'dsn', 'password'],
  }
}, 90_000)
afterAll(async () => {
  await app?.close()
  await database?.close()
  for (const proxy of proxies) await proxy.close()
  await world?.close()
})

/** Calls as a model and as a person; whatever comes back is small and clean. */
async function check(tool: string, input: unknown): Promise<string> {
  const answered = await app.call(tool, input)
  const seen = JSON.stringify(answered)
  const called = `${tool} ${JSON.stringify(input)}`
  expect(leaksIn(seen), called).toEqual([])
  expect(Buffer.byteLength(answered.text), called).toBeLessThanOrEqual(answerLimitBytes)
  expect(Buffer.byteLength(JSON.stringify(answered.answer)), called).toBeLessThanOrEqual(answerLimitBytes)
  expect(answered.answer.error?.code, called).not.toBe('internal')
  if (!answered.answer.error && !answered.answer.empty) answeredWith.add(tool)
  const { result, approval } = answered.answer
  if (result) expect(leaksIn(JSON.stringify(await app.core.results.get(result, 'local'))), called).toEqual([])
  if (approval) {
    const decided = await app.call(
      'decide_approval',
      { id: approval.id, approve: true },
      { actor: owner, face: 'rest' },
    )
    expect(leaksIn(JSON.stringify(decided)), called).toEqual([])
    expect(Buffer.byteLength(JSON.stringify(decided.answer)), called).toBeLessThanOrEqual(answerLimitBytes)
  }
  return seen
}

describe('QLT-047: no planted secret comes out, and every answer is bounded', () => {
  it('the canaries are there: an answer past the server holds them', async () => {
    const url = world.config.clusters[0]!.kubernetes.url
    const proxy = await startPlanting(url, 'kubernetes')
    const raw = await (await fetch(`${proxy.url}/api/v1/pods?limit=1`)).text()
    await proxy.close()
    expect(leaksIn(raw).length).toBeGreaterThan(5)
  })

  it('over every tool with its examples, and with nothing', { timeout: 120_000 }, async () => {
    for (const { tool } of app.core.registry.all())
      for (const example of [...tool.examples, {}]) await check(tool.name, example)
  })

  it('over every reading tool with generated arguments', { timeout: 180_000 }, async () => {
    const reading = app.core.registry.visible({ ...owner, kind: 'agent' }).filter(({ tool }) => tool.risk === 'read')
    const call = fc
      .constantFrom(...reading)
      .chain(({ tool, input }) =>
        fc.tuple(fc.constant(tool), argumentsFor(input, pools, tool.name), fc.constantFrom(...pods)),
      )
    await fc.assert(
      fc.asyncProperty(call, async ([tool, input, { name, namespace }]) => {
        // one pod as a whole, and not the name of one in the namespace of another
        const pod = {
          ...('pod' in input && { pod: name, namespace }),
          ...(input.kind === 'Pod' && { name, namespace }),
        }
        await check(tool.name, { ...input, ...pod })
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['a Secret', { kind: 'Secret' }],
    ['a value of a Secret', { kind: 'Secret', path: 'data.DB_PASSWORD' }],
    ['a value of a ConfigMap', { kind: 'ConfigMap', path: 'data.DB_PASSWORD' }],
    ['a file of a ConfigMap', { kind: 'ConfigMap', path: 'data.app.yaml' }],
    ['the environment of a container', { kind: 'Pod', path: 'spec.containers.0.env' }],
    ['one variable of it', { kind: 'Pod', path: 'spec.containers.0.env.0' }],
    ['the literal of one variable', { kind: 'Pod', path: 'spec.containers.0.env.0.value' }],
    ['the arguments of a container', { kind: 'Pod', path: 'spec.containers.0.args' }],
    ['an annotation', { kind: 'Pod', path: 'metadata.annotations' }],
    ['the whole Pod', { kind: 'Pod' }],
  ] as [string, { kind: string; path?: string }][])('get_resource of %s', async (_, { kind, path }) => {
    const plural = { Secret: 'secrets', ConfigMap: 'configmaps', Pod: 'pods' }[kind]!
    const { name, namespace } = (await named(plural))[0]!
    const seen = await check('get_resource', { cluster: 'gpu-east', kind, name, namespace, ...(path && { path }) })
    expect(seen).toContain(kind)
  })

  it('the log of a Pod, and what is wrong with it', async () => {
    for (const { name, namespace } of pods.slice(0, 4)) {
      const pod = { cluster: 'gpu-east', namespace, pod: name }
      await check('get_pod_logs', pod)
      await check('diagnose_pod', pod)
    }
  })

  it.each([
    ['query_logs', { query: '{namespace=~".+"}', since: '1h' }],
    ['query_metrics', { query: 'up' }],
    // addresses name a series last, so that here the planted key does
    ['query_metrics', { query: 'sum by (instance) (up)', clusters: ['gpu-east'] }],
    ['query_metrics', { query: 'sum by (note, api_key) (up)', since: '1h' }],
    ['get_metric_labels', { labelName: 'note' }],
    ['get_events', { since: '6h', type: 'all' }],
  ])('%s %j', async (tool, input) => void (await check(tool, input)))

  it('what was asked are tools that answer with data, and every kind of upstream', () => {
    const silent = app.core.registry
      .all()
      .filter(({ tool }) => tool.risk === 'read' && tool.needs.length > 0 && !answeredWith.has(tool.name))
    expect(silent.map(({ tool }) => tool.name)).toEqual([])
    for (const kind of ['kubernetes', 'prometheus', 'loki', 'alertmanager'])
      expect(
        proxies.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.answered(), 0),
        kind,
      ).toBeGreaterThan(0)
  })

  it('none is in events, audit, results, approvals as shown, or the log', async () => {
    const { db } = database
    for (const [name, rows] of [
      ['events', await db.select().from(events)],
      ['audit', await db.select().from(audit)],
      ['results', await db.select().from(results)],
      // the input is stored as it will run, and never shown
      ['approvals', (await db.select().from(approvals)).map(({ input: _, ...row }) => row)],
    ] as const)
      expect(leaksIn(JSON.stringify(rows)), name).toEqual([])
    const words = `${textWith('LogText')} ${clusterToken} ${rayToken} ${ownerToken}`
    app.log.error({ error: new Error(words), headers: { authorization: canary('LogHeader') }, words }, words)
    await fetch(`${app.url}/api/v1/clusters?text=${encodeURIComponent(words)}`, {
      headers: { authorization: `Bearer ${ownerToken}`, 'user-agent': words },
    })
    expect(log.filter((line) => line.includes('[redacted:')).length).toBeGreaterThan(1)
    expect(leaksIn(log.join('\n'))).toEqual([])
    for (const { name } of await db.select().from(events)) expect(app.core.eventNames).toContain(name)
    const metrics = await app.metrics.registry.metrics()
    expect(leaksIn(metrics)).toEqual([])
  })
})
