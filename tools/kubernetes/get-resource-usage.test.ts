import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { PrometheusResult } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import {
  clusterInfo,
  fleetOf,
  kubernetesOf,
  type PrometheusData,
  perCluster,
  prometheusOf,
} from '../testing-upstreams.ts'
import { getResourceUsage } from './get-resource-usage.tool.ts'
import { nodeOf, podOf } from './testing.ts'
import type { UsageRow } from './usage-rows.ts'

const asking = (cpu: string, memory: string, limits?: Record<string, string>) => ({
  nodeName: 'node-1',
  containers: [{ name: 'main', resources: { requests: { cpu, memory }, ...(limits && { limits }) } }],
})
const pods = [
  podOf({ name: 'web-1', spec: asking('500m', '1Gi', { cpu: '1', memory: '2Gi' }) }),
  podOf({ name: 'web-2', spec: asking('500m', '1Gi', { cpu: '1', memory: '2Gi' }) }),
  podOf({ name: 'train', namespace: 'lab', spec: asking('4', '8Gi', { 'nvidia.com/gpu': '2' }) }),
  podOf({ name: 'done', spec: asking('9', '9Gi'), status: { phase: 'Succeeded' } }),
]
const vector = (series: [Record<string, string>, string][]): PrometheusResult => ({
  resultType: 'vector',
  warnings: [],
  series: series.map(([metric, value]) => ({ metric, values: [[0, value]] })),
})
const of = (namespace: string, pod: string) => ({ namespace, pod })
const answer: NonNullable<PrometheusData['answer']> = ({ query }) => {
  if (query.includes('cpu_usage'))
    return vector([
      [of('shop', 'web-1'), '0.25'],
      [of('lab', 'train'), '3'],
      [of('shop', 'web-2'), 'NaN'],
    ])
  if (query.includes('working_set'))
    return vector([
      [of('shop', 'web-1'), '1073741824'],
      [of('lab', 'train'), '4294967296'],
    ])
  const gpu = (index: string) => ({
    __name__: 'DCGM_FI_DEV_GPU_UTIL',
    gpu: index,
    UUID: `GPU-${index}`,
    Hostname: 'node-1',
    modelName: 'H100',
    ...of('lab', 'train'),
  })
  return vector([
    [gpu('0'), '90'],
    [gpu('1'), '10'],
  ])
}

interface Setup {
  metricsApi?: object[] | Error
  prometheus?: PrometheusData['answer'] | 'none'
}
function contextOf({ metricsApi, prometheus = answer }: Setup = {}) {
  const client = kubernetesOf({ cluster: 'east', objects: { pods, nodes: [nodeOf({ gpus: 8 })] } })
  const list: typeof client.list = async (kind, query) => {
    if (kind.group !== 'metrics.k8s.io') return client.list(kind, query)
    if (metricsApi instanceof Error) throw metricsApi
    return { items: (metricsApi ?? []) as never, resourceVersion: '' }
  }
  const servedVersions = async (group: string) => (group === 'metrics.k8s.io' && metricsApi ? ['v1beta1'] : [])
  return testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east')]),
      kubernetes: perCluster({ east: { ...client, list, servedVersions } }),
      ...(prometheus !== 'none' && {
        prometheus: perCluster({ east: prometheusOf({ cluster: 'east', answer: prometheus }) }),
      }),
    },
  })
}

type Data = {
  title: string
  columns: { key: string; label: string }[]
  rows: UsageRow[]
  facts: { label: string; value: string }[]
}
const run = async (input: object = {}, setup?: Setup) => {
  const reply = await getResourceUsage.run(getResourceUsage.input.parse(input) as never, contextOf(setup))
  const data = reply.data as unknown as Data
  return { ...reply, data, text: data ? getResourceUsage.text(data as never, { shown: 1, total: 1 }) : '' }
}
const fact = ({ facts }: Data, label: string) => facts.find((one) => one.label === label)?.value
const gib = 2 ** 30

describe('get_resource_usage (MET-028)', () => {
  it('adds up what namespaces use of what they asked for, by Prometheus and DCGM', async () => {
    const { data, text } = await run()
    expect(data.rows).toEqual([
      {
        id: 'east/lab/lab',
        cluster: 'east',
        name: 'lab',
        pods: 1,
        cpuUsed: 3,
        memoryUsed: 4 * gib,
        gpuUsed: 1,
        cpuRequested: 4,
        memoryRequested: 8 * gib,
        gpuRequested: 2,
        gpuLimit: 2,
      },
      {
        id: 'east/shop/shop',
        cluster: 'east',
        name: 'shop',
        pods: 2,
        cpuUsed: 0.25,
        memoryUsed: gib,
        cpuRequested: 1,
        memoryRequested: 2 * gib,
        cpuLimit: 2,
        memoryLimit: 4 * gib,
      },
    ])
    expect(fact(data, 'source')).toBe('Prometheus: CPU over 5m, working set; GPUs: DCGM, busy share')
    expect(fact(data, 'cpu')).toBe('3.25 used of 5 requested')
    expect(text).toContain('lab\t1\t3/4/-\t4GiB/8GiB/-\t1/2/2')
  })

  it('asks the metrics API first where it is served', async () => {
    const metricsApi = [
      {
        metadata: { name: 'web-1', namespace: 'shop' },
        containers: [
          { name: 'main', usage: { cpu: '1500m', memory: '512Mi' } },
          { name: 'side', usage: { cpu: '500m', memory: '512Mi' } },
        ],
      },
    ]
    const { data } = await run({ by: 'pods', namespace: 'shop' }, { metricsApi })
    expect(data.rows[0]).toMatchObject({ name: 'web-1', cpuUsed: 2, memoryUsed: gib })
    expect(data.rows[1]).not.toHaveProperty('cpuUsed')
    expect(fact(data, 'source')).toContain('metrics.k8s.io')
  })

  it('takes Prometheus when the metrics API is there and broken, and says so where there is none', async () => {
    const metricsApi = new ToolError('upstream-error', 'metrics server down', { next: 'x' })
    expect(fact((await run({}, { metricsApi })).data, 'source')).toContain('Prometheus')
    const alone = await run({}, { metricsApi, prometheus: 'none' })
    expect(fact(alone.data, 'not measured')).toBe('east: metrics server down')
    expect(alone.data.rows[0]).toMatchObject({ name: 'lab', cpuRequested: 4 })
    expect(fact(alone.data, 'source')).toBe('nothing is measured, only what was asked for')
  })

  it('names a Prometheus without container metrics', async () => {
    const { data } = await run({}, { prometheus: () => vector([]) })
    expect(fact(data, 'not measured')).toContain('no container metrics')
  })

  it('sets nodes against what they can hand out', async () => {
    const { data } = await run({ by: 'nodes', sort: 'gpu' })
    expect(data.rows).toMatchObject([
      { name: 'node-1', pods: 3, cpuUsed: 3.25, cpuRequested: 5, cpuLimit: 191.5, gpuUsed: 1, gpuLimit: 8 },
    ])
    expect(data.columns.find(({ key }) => key === 'cpuLimit')?.label).toBe('CPU to give')
  })

  it('finds words, and explains what it does not find', async () => {
    expect((await run({ by: 'workloads', text: 'train' })).data.rows).toHaveLength(1)
    expect((await run({ text: 'unheard' })).empty?.likely[0]).toBe('None of 2 has a name with these words')
    expect((await run({ namespace: 'nowhere' })).empty?.likely[0]).toContain('nowhere')
  })
})
