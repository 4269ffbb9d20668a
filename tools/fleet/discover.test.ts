import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NewEvent, ToolError } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { FoundUpstreams } from '../clients/index.ts'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'
import { nodeOf } from '../kubernetes/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { discover } from './discover.ts'
import { candidates } from './discover-services.ts'
import { discoverNow } from './discovery.job.ts'
import { readCapabilities } from './discovery-store.ts'

const service = (
  name: string,
  more: {
    namespace?: string
    ports?: { name?: string; port: number }[]
    labels?: Record<string, string>
    headless?: true
  } = {},
): KubeObject => ({
  metadata: { name, namespace: more.namespace ?? 'monitoring', labels: more.labels ?? {} },
  spec: { ports: more.ports ?? [{ port: 9090 }], clusterIP: more.headless ? 'None' : '10.0.0.1' },
})
const named = (...names: string[]): KubeObject[] => names.map((name) => ({ metadata: { name } }))

const kind = (group: string, resource: string, word: string, namespaced = true): ResourceKind => ({
  group,
  version: 'v1',
  resource,
  kind: word,
  namespaced,
})
const ptp = kind('ptp.openshift.io', 'ptpconfigs', 'PtpConfig')
const sriov = kind('sriovnetwork.openshift.io', 'sriovnetworknodepolicies', 'SriovNetworkNodePolicy')
const version = kind('config.openshift.io', 'clusterversions', 'ClusterVersion', false)

/** A cluster that serves these groups and objects; `ready` are the services whose ready path says 200. */
function clusterWith(options: {
  objects?: Record<string, KubeObject[]>
  groups?: string[]
  version?: string
  ready?: string[]
}): KubernetesCluster {
  const base = kubernetesOf({ cluster: 'east', ...options })
  return {
    ...base,
    servedVersions: async (group) => (options.groups?.includes(group) ? ['v1'] : []),
    resolveKind: async (name) => [ptp, sriov, version].find((one) => `${one.resource}.${one.group}` === name)!,
    serviceProxy: async ({ service: name, path }) =>
      new Response('', { status: options.ready?.includes(`${name} ${path}`) ? 200 : 503 }),
  }
}
const look = (kubernetes: KubernetesCluster, clients = {}) =>
  discover({ cluster: 'east', kubernetes, clients, signal: new AbortController().signal })

describe('FLT-054, FLT-055: services', () => {
  it('are found by the names of charts and operators, one for each role, where such things live', () => {
    const found = candidates([
      service('prometheus-operated', { headless: true }),
      service('kube-prometheus-stack-prometheus'),
      service('prometheus', { namespace: 'shop' }),
      service('prometheus-node-exporter', { labels: { 'app.kubernetes.io/name': 'prometheus-node-exporter' } }),
      service('alertmanager-main', { namespace: 'openshift-monitoring', ports: [{ name: 'web', port: 9094 }] }),
      service('loki-gateway', { namespace: 'logging', ports: [{ name: 'http', port: 80 }] }),
      service('loki-memberlist', {
        namespace: 'logging',
        labels: { 'app.kubernetes.io/name': 'loki' },
        ports: [{ port: 7946 }],
      }),
      service('tempo-query-frontend', { namespace: 'tracing', ports: [{ port: 3200 }, { port: 9095 }] }),
      service('thanos-querier', { namespace: 'openshift-monitoring', ports: [{ name: 'web', port: 9091 }] }),
    ])
    expect(
      Object.fromEntries(found.map(({ role, namespace, name, port }) => [role, `${namespace}/${name}:${port}`])),
    ).toEqual({
      prometheus: 'monitoring/kube-prometheus-stack-prometheus:9090',
      alertmanager: 'openshift-monitoring/https:alertmanager-main:9094',
      loki: 'logging/loki-gateway:80',
      tempo: 'tracing/tempo-query-frontend:3200',
      thanos: 'openshift-monitoring/https:thanos-querier:9091',
    })
  })

  it('are asked whether they are ready, and one that is not says why', async () => {
    const services = [service('prometheus-k8s'), service('loki', { namespace: 'logging', ports: [{ port: 3100 }] })]
    const { services: found } = await look(clusterWith({ objects: { services }, ready: ['prometheus-k8s /-/ready'] }))
    expect(found.map(({ role, answers, error }) => [role, answers, error])).toEqual([
      ['prometheus', true, undefined],
      ['loki', false, 'answers 503'],
    ])
  })
})

describe('FLT-052: GPUs', () => {
  it('are what the nodes offer', async () => {
    expect(await look(clusterWith({ objects: { nodes: [nodeOf({ gpus: 8 })] } }))).toMatchObject({
      gpuCount: 8,
      gpuSource: 'nodes',
    })
  })

  it('else what the exporter measures, else the operator is there without any', async () => {
    const answer = () => ({
      resultType: 'vector' as const,
      warnings: [],
      series: [{ metric: { modelName: 'NVIDIA L4' }, values: [[1, '4'] as [number, string]] }],
    })
    const prometheus = perCluster({ east: prometheusOf({ cluster: 'east', answer }) })
    expect(await look(clusterWith({}), { prometheus })).toMatchObject({ gpuCount: 4, gpuSource: 'metrics' })
    const { gpuSource, gpuCount } = await look(clusterWith({}))
    expect([gpuSource, gpuCount]).toEqual([undefined, 0])
  })
})

describe('FLT-053, FLT-056: CNF workloads', () => {
  it.each([
    [
      ['du-site1', 'cu-core', 'upf-edge', 'open5gs-amf', 'smf2'],
      ['amf', 'smf', 'upf', 'vcu', 'vdu'],
    ],
    [['education', 'cuda-jobs', 'dubai', 'current', 'default'], []],
  ])('are told by the names of namespaces: %j', async (names, types) => {
    expect((await look(clusterWith({ objects: { namespaces: named(...names) } }))).cnfTypes).toEqual(types)
  })

  it('are what PTP and SR-IOV are there for', async () => {
    const withPtp = clusterWith({ groups: ['ptp.openshift.io'], objects: { ptpconfigs: named('grandmaster') } })
    expect(await look(withPtp)).toMatchObject({ cnfTypes: ['vdu'], hasPtp: true, hasSriov: false })
    const withSriov = clusterWith({
      groups: ['sriovnetwork.openshift.io'],
      objects: { sriovnetworknodepolicies: named('policy') },
    })
    expect(await look(withSriov)).toMatchObject({ cnfTypes: ['upf'], hasPtp: false, hasSriov: true })
  })
})

describe('FLT-057: platform and versions', () => {
  it.each([
    ['v1.36.2', undefined],
    ['v1.33.4-eks-ac2d5a0', 'eks'],
    ['v1.33.4-gke.1036000', 'gke'],
    ['v1.33.4+k3s1', 'k3s'],
    ['v1.33.4+rke2r1', 'rke2'],
  ])('%s is %s', async (gitVersion, distribution) => {
    const { distribution: found, platform } = await look(clusterWith({ version: gitVersion }))
    expect([found, platform]).toEqual([distribution, 'kubernetes'])
  })

  it('tells OpenShift with its own version, and a service mesh', async () => {
    const clusterversions = [{ metadata: { name: 'version' }, status: { desired: { version: '4.21.3' } } }]
    const groups = ['config.openshift.io', 'networking.istio.io']
    const openshift = { ...clusterWith({ groups }), get: async () => clusterversions[0]! }
    expect(await look(openshift)).toMatchObject({ platform: 'openshift', platformVersion: '4.21.3', mesh: 'istio' })
  })

  it('names what it was refused, and finds the rest', async () => {
    const base = clusterWith({ objects: { nodes: [nodeOf({ gpus: 2 })] } })
    const refused: KubernetesCluster = {
      ...base,
      list: async (wanted, query) => {
        if (wanted.resource === 'services')
          throw new ToolError('permission-denied', 'services is forbidden', { next: 'Grant it.' })
        return base.list(wanted, query)
      },
    }
    const { unknowns, gpuCount, services } = await look(refused)
    expect([unknowns, gpuCount, services]).toEqual([['services: services is forbidden'], 2, []])
  })
})

describe('what was found', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase('')
  })
  afterAll(() => database?.close())

  it('is kept, told when it changes (FLT-058), and used where a cluster has no address of its own', async () => {
    const events: NewEvent[] = []
    const used: [string, FoundUpstreams][] = []
    const services = [service('prometheus-k8s')]
    const east = clusterWith({ objects: { services }, ready: ['prometheus-k8s /-/ready'] })
    const ctx = testContext({
      db: database.db,
      events,
      clients: {
        fleet: fleetOf([clusterInfo('east'), clusterInfo('dead')]),
        kubernetes: perCluster<KubernetesCluster>({
          east,
          dead: new ToolError('cluster-unreachable', 'refused', { next: 'x' }),
        }),
        registry: {
          found: (cluster: string, found: FoundUpstreams) => void used.push([cluster, found]),
        } as never,
      },
    })
    const first = await discoverNow(ctx, ['east', 'dead'])
    expect(first.clusters.map(({ cluster, status }) => [cluster, status])).toEqual([
      ['east', 'success'],
      ['dead', 'error'],
    ])
    expect(used).toEqual([['east', { prometheus: { namespace: 'monitoring', name: 'prometheus-k8s', port: 9090 } }]])
    await discoverNow(ctx, ['east'])
    expect(events.map(({ name, subject }) => [name, subject])).toEqual([
      ['cluster.capabilities-changed', 'fleet/cluster/east'],
    ])
    services.push(service('tempo', { ports: [{ port: 3200 }] }))
    await discoverNow(ctx, ['east'])
    expect(events).toHaveLength(2)
    const kept = await readCapabilities(ctx, ['east', 'dead'])
    expect([...kept.keys()]).toEqual(['east'])
    expect(kept.get('east')!.services.map(({ role }) => role)).toEqual(['prometheus', 'tempo'])
  })
})
