import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterAnswer, Fact, Finding, Node, Series } from '#contract'
import type { AlertRow } from './alerts/alert-rows.ts'
import type { PodRow } from './kubernetes/pod-rows.ts'
import { startTestWorld, type TestWorld } from './testing-whole-world.ts'

/** The tools over the real clients and the servers of the world: what unit tests cannot see. */

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
}, 60_000)
afterAll(() => world.close())

const factValue = (facts: Fact[], label: string) => facts.find((fact) => fact.label === label)?.value
const podsOf = async (input: object) => (await world.run<{ rows: PodRow[]; facts: Fact[] }>('list_pods', input)).data

describe('the fleet', () => {
  it('is online, with every node and GPU counted once', async () => {
    const { data } = await world.run<{ rows: { name: string; state: string }[]; facts: Fact[] }>('list_clusters', {})
    expect(data.rows.map((row) => [row.name, row.state])).toEqual([
      ['hub', 'online'],
      ['gpu-east', 'online'],
      ['gpu-west', 'online'],
      ['edge-lab', 'online'],
    ])
    expect([factValue(data.facts, 'nodes'), factValue(data.facts, 'GPUs')]).toEqual(['60', '240'])
    const nodes = await world.run<{
      summary: { nodes: number; gpuCapacity: number; gpuFree: number; gpuUsed: number }
      nodes: Node[]
    }>('list_nodes', { kinds: ['kubernetes'] })
    expect(nodes.data.summary).toMatchObject({ nodes: 60, gpuCapacity: 240 })
    expect(nodes.data.summary.gpuUsed + nodes.data.summary.gpuFree).toBeLessThanOrEqual(240)
  })

  it('answers which nodes have free GPUs, with those that have most first', async () => {
    const { data, text } = await world.run<{ nodes: Node[] }>('list_nodes', { minFreeGpus: 4, gpuModel: 'h100' })
    expect(data.nodes.length).toBeGreaterThan(0)
    const free = data.nodes.map((node) => node.gpuFree)
    expect(free).toEqual([...free].sort((left, right) => right - left))
    expect(Math.min(...free)).toBeGreaterThanOrEqual(4)
    expect(text.length).toBeLessThan(4000)
  })

  it('lists bare Ray nodes beside Kubernetes ones, and Ray pods not twice', async () => {
    const all = await world.run<{ nodes: Node[] }>('list_nodes', {})
    const ray = all.data.nodes.filter((node) => node.kind === 'ray')
    expect(new Set(ray.map((node) => node.cluster))).toEqual(new Set(['ray-lab']))
  })
})

describe('pods', () => {
  it('counts all two thousand and answers shortly', async () => {
    const { rows, facts } = await podsOf({})
    expect(rows).toHaveLength(2000)
    expect(factValue(facts, 'pods')).toBe('2000')
    const byStatus = facts.filter((fact) => fact.tone !== undefined).reduce((sum, fact) => sum + Number(fact.value), 0)
    expect(byStatus).toBe(2000)
    const tool = world.tool('list_pods')
    expect(
      tool.text({ title: 't', columns: [], rows: rows.slice(0, 25), facts } as never, { shown: 25, total: 2000 })
        .length,
    ).toBeLessThanOrEqual(4000)
  })

  it('are diagnosed: each kind of trouble by its cause, and healthy ones not at all', async () => {
    const { rows } = await podsOf({ problemsOnly: true })
    const findings = async (row: PodRow) =>
      (
        await world.run<{ findings: Finding[] }>('diagnose_pod', {
          cluster: row.cluster,
          namespace: row.namespace,
          pod: row.name,
        })
      ).data.findings
    const first = (status: string, reason: RegExp) =>
      rows.find((row) => row.status === status && reason.test(row.reason ?? ''))!
    expect((await findings(first('CrashLoopBackOff', /OOMKilled/)))[0]!.id).toBe('oom-killed')
    expect((await findings(first('ImagePullBackOff', /./)))[0]!.id).toBe('image-not-found')
    expect((await findings(first('Pending', /Insufficient nvidia/)))[0]!.id).toMatch(/^(gpu-|taint-|node-selector)/)
    expect((await findings(first('CrashLoopBackOff', /exit code 1/))).map((one) => one.id)).not.toContain(
      'exit-with-error',
    )
    const healthy = (await podsOf({})).rows.filter((row) => row.statusTone === 'good')
    for (const row of healthy.filter((_, index) => index % 150 === 0)) expect(await findings(row), row.id).toEqual([])
  })

  it('have logs, and the run before a crash', async () => {
    const [row] = (await podsOf({ status: 'CrashLoopBackOff' })).rows
    const { data } = await world.run<{ lines: { text: string; at?: string }[] }>('get_pod_logs', {
      cluster: row!.cluster,
      namespace: row!.namespace,
      pod: row!.name,
      previous: true,
    })
    expect(data.lines.length).toBeGreaterThan(0)
    expect(data.lines[0]!.at).toMatch(/^2026-11-20T/)
  })

  it('can be read as YAML, and never a Secret', async () => {
    const [row] = (await podsOf({ clusters: ['gpu-east'] })).rows
    const { data } = await world.run<{ yaml: string }>('get_resource', {
      cluster: 'gpu-east',
      kind: 'pod',
      name: row!.name,
    })
    expect(data.yaml).toContain(`name: ${row!.name}`)
    expect(data.yaml).not.toContain('managedFields')
  })
})

describe('metrics and logs', () => {
  it('answer the p95 time to first token per model over the last hour', async () => {
    const { data, clusters } = await world.run<{ series: Series[]; unit: string }>('query_metrics', {
      query: 'histogram_quantile(0.95, sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket[5m])))',
      since: '1h',
      timeoutSeconds: 20,
    })
    expect(data.unit).toBe('seconds')
    expect(data.series.length).toBeGreaterThan(5)
    for (const one of data.series) expect(one.max).toBeGreaterThan(0)
    expect(clusters!.every((answer) => answer.status === 'success')).toBe(true)
  })

  it('find names, labels and lines', async () => {
    const found = await world.run<{ rows: { name: string }[] }>('find_metrics', { text: 'ttft' })
    expect(found.data.rows[0]!.name).toMatch(/time_to_first_token_seconds_bucket$/)
    const labels = await world.run<{ rows: { value: string }[] }>('get_metric_labels', {
      labelName: 'model_name',
      match: 'vllm:num_requests_running',
    })
    expect(labels.data.rows.length).toBeGreaterThan(5)
    const lines = await world.run<{ lines: { at: string }[] }>('query_logs', {
      query: '{namespace="inference"}',
      limit: 20,
    })
    const times = lines.data.lines.map((line) => line.at)
    expect(times).toHaveLength(20)
    expect(times).toEqual([...times].sort())
  })

  it('agree about the GPUs', async () => {
    const { data } = await world.run<{ facts: Fact[] }>('get_gpu_summary', {})
    expect(factValue(data.facts, 'GPUs')).toBe('240')
    const empty = await world.run('query_metrics', {
      query: 'vllm:num_requests_running{model_name="Qwen/Qwen3-8"}',
      timeoutSeconds: 20,
    })
    expect(empty.empty!.likely.join(' ')).toMatch(/No series has model_name="Qwen\/Qwen3-8"; near: Qwen/)
  })
})

describe('each tool stays inside the rights it names', () => {
  const isName = (part: string | undefined) => part !== undefined
  /** The right that a request to an API server needs; undefined for discovery, which everybody has. */
  function rightOf(path: string): { verb: string; group: string; resource: string } | undefined {
    const [root, ...parts] = path
      .split('?')[0]!
      .split('/')
      .filter((part) => part !== '')
    if (root !== 'api' && root !== 'apis') return undefined
    const group = root === 'api' ? '' : parts.shift()!
    parts.shift()
    if (parts[0] === 'namespaces' && parts.length > 2) parts.splice(0, 2)
    const [resource, name, sub] = parts
    if (!resource) return undefined
    return { verb: isName(name) ? 'get' : 'list', group, resource: sub ? `${resource}/${sub}` : resource }
  }

  it.each([
    ['list_clusters', {}],
    ['get_cluster_status', { cluster: 'gpu-east' }],
    ['list_nodes', {}],
    ['list_pods', { namespace: 'inference' }],
    ['get_events', {}],
    ['get_resource', { cluster: 'gpu-east', kind: 'deploy', name: 'nothing-of-this-name', namespace: 'inference' }],
    ['list_alerts', {}],
    ['get_pod_logs', 'a pod'],
    ['diagnose_pod', 'a pod'],
  ] as [string, object | 'a pod'][])('%s', async (name, given) => {
    const [pod] = given === 'a pod' ? (await podsOf({ status: 'CrashLoopBackOff' })).rows : []
    const input = pod ? { cluster: pod.cluster, namespace: pod.namespace, pod: pod.name } : given
    const last = world.httpFaults.requests().at(-1)
    await world.run(name, input as object).catch(() => {})
    const seen = world.httpFaults.requests()
    const rights = seen
      .slice(last ? seen.lastIndexOf(last) + 1 : 0)
      .flatMap((request) => (request.server === 'kubernetes' ? (rightOf(request.path) ?? []) : []))
    const { access } = world.tool(name)
    for (const { verb, group, resource } of rights)
      expect(
        access.some(
          (one) => one.group === group && [resource, '*'].includes(one.resource) && one.verbs.includes(verb as never),
        ),
        `${verb} ${group}/${resource}`,
      ).toBe(true)
    if (access.length > 0) expect(rights.length).toBeGreaterThan(0)
  })
})

describe('bad days', () => {
  it('name the cluster that hangs, refuses or is garbled, and answer for the others', async () => {
    for (const [cluster, mode] of [
      ['hub', 'hang'],
      ['gpu-west', '403'],
      ['edge-lab', 'garbage'],
    ] as const)
      world.httpFaults.add({ server: 'kubernetes', cluster, mode })
    world.patience(3000)
    try {
      const { data, clusters } = await world.run<{ nodes: Node[] }>('list_nodes', { kinds: ['kubernetes'] })
      expect(new Set(data.nodes.map((node) => node.cluster))).toEqual(new Set(['gpu-east']))
      const statuses = Object.fromEntries(clusters!.map((answer: ClusterAnswer) => [answer.cluster, answer.status]))
      expect(statuses).toEqual({ hub: 'timeout', 'gpu-east': 'success', 'gpu-west': 'error', 'edge-lab': 'error' })
    } finally {
      world.httpFaults.clear()
      world.patience(15_000)
    }
  })

  it('an XID 79 is seen alike by GPU telemetry, alerts, nodes and the diagnosis of its pod', async () => {
    const trouble = world.faults.inject('xid79', { cluster: 'gpu-east' })
    world.pass(240)
    const gpus = await world.run<{ rows: { node: string; gpu: string; state: string; pod?: string }[] }>(
      'get_gpu_nodes',
      { clusters: ['gpu-east'], problemsOnly: true, perGpu: true },
    )
    const sick = gpus.data.rows.find((row) => row.state.startsWith('XID 79'))!
    expect(sick.node).toBe(trouble.node)
    const nodes = await world.run<{ nodes: Node[] }>('list_nodes', { clusters: ['gpu-east'], text: trouble.node! })
    expect(nodes.data.nodes[0]!.reason).toContain('1 of 8 GPUs unhealthy')
    const alerts = await world.run<{ rows: AlertRow[] }>('list_alerts', { clusters: ['gpu-east'], text: 'xid' })
    expect(alerts.data.rows.length).toBeGreaterThan(0)
    world.faults.clear(trouble.id)
  })
})
