import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubeObject, KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { servingCluster } from '../testing-served.ts'
import { readAdmission, readQueue } from './queue.ts'

const signal = new AbortController().signal
const groups = { 'kueue.x-k8s.io': ['v1beta1'] }
const namespace = 'serving'
const local: KubeObject = {
  metadata: { name: 'team-a', namespace },
  spec: { clusterQueue: 'gpus' },
  status: { pendingWorkloads: 2, admittedWorkloads: 5, conditions: [{ type: 'Active', status: 'True' }] },
}
const parent = (more: { spec?: object; status?: object } = {}): KubeObject => ({
  metadata: { name: 'gpus' },
  spec: {
    resourceGroups: [
      {
        flavors: [
          {
            resources: [
              { name: 'cpu', nominalQuota: 64 },
              { name: 'nvidia.com/gpu', nominalQuota: '8' },
            ],
          },
          { resources: [{ name: 'nvidia.com/gpu', nominalQuota: 4 }] },
        ],
      },
    ],
    ...more.spec,
  },
  status: {
    flavorsUsage: [
      {
        resources: [
          { name: 'nvidia.com/gpu', total: '3' },
          { name: 'cpu', total: '9' },
        ],
      },
      { resources: [{ name: 'nvidia.com/gpu', total: '1' }] },
    ],
    ...more.status,
  },
})
const cluster = (objects: Record<string, KubeObject[]>) => servingCluster({ cluster: 'east', groups, objects })
const read = (client: KubernetesCluster, name = 'team-a') => readQueue(client, { name, namespace, signal })
const both = (more?: Parameters<typeof parent>[0]) => ({ localqueues: [local], clusterqueues: [parent(more)] })

describe('a queue of Kueue', () => {
  it('counts the GPUs of all flavors, and nothing else', async () => {
    expect(await read(cluster(both()))).toEqual({
      ...{ name: 'team-a', clusterQueue: 'gpus', pending: 2, admitted: 5, gpuQuota: 12, gpuUsed: 4 },
    })
  })

  it('is missing, or Kueue is', async () => {
    expect(await read(cluster({}))).toBe('missing')
    expect(await read(servingCluster({ cluster: 'east', groups: {} }))).toBeUndefined()
  })

  it('says why it takes nothing', async () => {
    const conditions = [{ type: 'Active', status: 'False', message: 'FlavorNotFound:\nno flavor h100' }]
    expect(await read(cluster(both({ status: { conditions } })))).toMatchObject({
      stopped: 'FlavorNotFound: no flavor h100',
    })
    expect(await read(cluster(both({ spec: { stopPolicy: 'Hold' } })))).toMatchObject({ stopped: 'stopped (Hold)' })
    expect(await read(cluster(both({ spec: { stopPolicy: 'None' } })))).not.toHaveProperty('stopped')
  })

  it('is read without its ClusterQueue where that is absent or not ours to read, and fails where the cluster does', async () => {
    const alone = { name: 'team-a', clusterQueue: 'gpus', pending: 2, admitted: 5 }
    expect(await read(cluster({ localqueues: [local] }))).toEqual(alone)
    const failing = (code: ToolError['code']): KubernetesCluster => {
      const client = cluster(both())
      return {
        ...client,
        get: async (kind, place) => {
          if (kind.resource === 'clusterqueues') throw new ToolError(code, 'no', { next: 'Ask' })
          return client.get(kind, place)
        },
      }
    }
    expect(await read(failing('upstream-denied'))).toEqual(alone)
    await expect(read(failing('cluster-unreachable'))).rejects.toMatchObject({ code: 'cluster-unreachable' })
  })
})

describe('how Kueue holds a deployment', () => {
  const workload = (name: string, conditions: object[], metadata: object): KubeObject => ({
    metadata: { name, namespace, ...metadata },
    spec: { queueName: 'team-a' },
    status: { conditions },
  })
  const owned = (name: string) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid: name }] })
  const admitted = [{ type: 'Admitted', status: 'True' }]
  const waiting = [{ type: 'QuotaReserved', status: 'False', message: 'insufficient quota for\nnvidia.com/gpu' }]
  const admission = (workloads: KubeObject[]) =>
    readAdmission(cluster({ workloads }), { name: 'chat', namespace, signal })

  it('waits in the words of Kueue while one of its workloads does', async () => {
    const workloads = [workload('a', admitted, owned('chat-0')), workload('b', waiting, owned('chat-1'))]
    expect(await admission(workloads)).toEqual({ name: 'team-a', waits: 'insufficient quota for nvidia.com/gpu' })
    expect(await admission([workload('a', [], owned('chat'))])).toEqual({ name: 'team-a', waits: 'not admitted yet' })
  })

  it('is let through when all are admitted', async () => {
    const labels = { 'app.kubernetes.io/instance': 'chat' }
    expect(await admission([workload('a', admitted, { labels })])).toEqual({ name: 'team-a' })
  })

  it('of others says nothing, a name that only begins alike among them', async () => {
    expect(await admission([workload('a', waiting, owned('chatter-0'))])).toBeUndefined()
    expect(await readAdmission(servingCluster({ cluster: 'e', groups: {} }), { name: 'chat', namespace, signal })).toBe(
      undefined,
    )
  })
})
