import { describe, expect, it } from 'vitest'
import type { Finding } from '#contract'
import { ToolError } from '#contract'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { dcgm } from '../gpu/testing.ts'
import { nodeOf, podOf } from '../kubernetes/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { diagnosePod } from './diagnose-pod.tool.ts'
import { crashedPod, unplacedPod } from './testing.ts'

const gpuSpec = { nodeName: 'node-1', containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '1' } } }] }
const waits = unplacedPod('0/2 nodes are available: 2 Insufficient nvidia.com/gpu.', {
  name: 'waits',
  spec: { nodeName: '', containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '8' } } }] },
})
const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e1', namespace: 'shop' },
  type: 'Warning',
  reason: 'BackOff',
  message: 'Back-off restarting failed container',
  count: 9,
  involvedObject: { kind: 'Pod', name: 'crashes', namespace: 'shop' },
  lastTimestamp: '2026-11-20T11:59:00Z',
}
const context = (deny = false) => {
  const client = kubernetesOf({
    cluster: 'east',
    objects: {
      pods: [
        podOf({ name: 'fine' }),
        podOf({ name: 'crashes', ...crashedPod(1) }),
        podOf(waits),
        podOf({ name: 'xid', spec: gpuSpec }),
      ],
      nodes: [nodeOf({ gpus: 8 }), nodeOf({ name: 'node-2', gpus: 8, cordoned: true })],
      events: [event],
    },
    logs: ({ previous }) =>
      previous
        ? '2026-11-20T11:58:00Z starting\n2026-11-20T11:58:09Z torch.OutOfMemoryError: CUDA out of memory\n'
        : '',
  })
  const denied = new ToolError('permission-denied', 'events is forbidden', { next: 'Grant it.' })
  const list = client.list
  if (deny)
    client.list = async (kind, query) => {
      if (kind.resource === 'events') throw denied
      return list(kind, query)
    }
  const exporter = dcgm([
    { node: 'node-1', gpu: 3, xid: 79, labels: { namespace: 'shop', pod: 'xid' } },
    { node: 'node-1', gpu: 4, xid: 79, labels: { namespace: 'shop', pod: 'other' } },
  ])
  return testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east')]),
      kubernetes: perCluster({ east: client }),
      prometheus: perCluster<Prometheus>({ east: prometheusOf({ cluster: 'east', answer: () => exporter }) }),
    },
  })
}
type Data = { title: string; verdict: string; tone: string; findings: Finding[]; checked: number; unknowns?: string[] }
const run = async (pod: string, ctx = context()) => {
  const reply = await diagnosePod.run(diagnosePod.input.parse({ cluster: 'east', pod }) as never, ctx)
  return { ...reply, data: reply.data as unknown as Data }
}

describe('diagnose_pod', () => {
  it('reads the log of the run before and finds why it ended', async () => {
    const { data, next } = await run('crashes')
    expect(data).toMatchObject({
      title: 'Pod shop/crashes on east: CrashLoopBackOff',
      tone: 'bad',
      verdict: 'The memory of the GPU is too small for main',
    })
    expect(data.findings[0]).toMatchObject({
      id: 'cuda-out-of-memory',
      evidence: [{ source: 'previous log of main', at: '2026-11-20T11:58:09Z' }],
    })
    expect(next).toEqual(['Does this model fit these GPUs?'])
  })

  it('counts the GPUs that nodes lack for a pod that waits', async () => {
    const { data } = await run('waits')
    expect(data.findings[0]!.evidence[1]!.text).toContain('node-1: 7 of 8 free, lacks 1')
  })

  it('ties an XID to the pod that has the GPU, also while the pod still runs', async () => {
    const { data } = await run('xid')
    expect(data.findings.map(({ id, evidence }) => [id, evidence.map((one) => one.source)])).toEqual([
      ['gpu-xid-hardware', ['DCGM, GPU node-1/3']],
    ])
  })

  it('is silent on a healthy pod and says how much it looked at', async () => {
    const { data } = await run('fine')
    expect(data).toMatchObject({ findings: [], tone: 'good', verdict: 'Running and ready; no check found anything' })
    expect(data.checked).toBeGreaterThan(100)
  })

  it('says what it could not look at, and goes on', async () => {
    const { data } = await run('crashes', context(true))
    expect(data.unknowns).toEqual(['events: events is forbidden', 'events of the node: events is forbidden'])
    expect(data.findings[0]!.id).toBe('cuda-out-of-memory')
  })

  it('names a near pod when there is none of that name', async () => {
    await expect(run('crashed')).rejects.toMatchObject({
      code: 'not-found',
      options: { next: 'Did you mean crashes?' },
    })
  })

  it('reads as numbered findings with quoted evidence', async () => {
    const { data } = await run('crashes')
    const text = diagnosePod.text(data as never, { shown: 1, total: 1 })
    expect(text).toContain('1. critical cuda-out-of-memory: The memory of the GPU is too small for main')
    expect(text).toContain(
      'evidence, previous log of main at 11-20 11:58: "torch.OutOfMemoryError: CUDA out of memory"',
    )
  })
})
