import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { nodeOf } from './testing.ts'
import { claimTrouble, jobFacts, namespaceTrouble, nodeTrouble, workloadTrouble } from './workload-trouble.ts'

const now = new Date('2026-11-20T12:00:00Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString()
const object = (kind: string, parts: Partial<KubeObject> & { name?: string } = {}): KubeObject => ({
  kind,
  ...parts,
  metadata: { name: parts.name ?? 'web', namespace: 'shop', creationTimestamp: ago(900), ...parts.metadata },
})
const deployment = (replicas: number, status: object) =>
  object('Deployment', { spec: { replicas }, status: { ...status } })

describe('a workload short of pods', () => {
  it('says why nothing can be created', () => {
    const conditions = [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'exceeded quota: gpus',
        lastTransitionTime: ago(8),
      },
    ]
    expect(workloadTrouble(deployment(3, { readyReplicas: 1, updatedReplicas: 1, conditions }), now)).toEqual({
      cause: 'FailedCreate',
      tone: 'bad',
      detail: '1 of 3 ready',
      message: 'exceeded quota: gpus',
      since: ago(8),
    })
  })

  it('names a rollout that gave up, and one that was taken back is fine', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime: ago(8) },
    ]
    expect(workloadTrouble(deployment(2, { readyReplicas: 2, updatedReplicas: 1, conditions }), now)).toMatchObject({
      cause: 'ProgressDeadlineExceeded',
      tone: 'warn',
      detail: '2 of 2 ready, 1 of the new version',
    })
    expect(workloadTrouble(deployment(2, { readyReplicas: 2, updatedReplicas: 2, conditions }), now)).toBeUndefined()
  })

  it('gets five minutes', () => {
    const short = (minutes: number) =>
      deployment(2, {
        readyReplicas: 0,
        updatedReplicas: 2,
        conditions: [{ type: 'Available', status: 'False', lastTransitionTime: ago(minutes) }],
      })
    expect(workloadTrouble(short(2), now)).toBeUndefined()
    expect(workloadTrouble(short(6), now)).toMatchObject({ cause: 'ShortOfReplicas', tone: 'bad' })
  })

  it('counts a StatefulSet and a DaemonSet by their own figures', () => {
    expect(
      workloadTrouble(object('StatefulSet', { spec: { replicas: 3 }, status: { readyReplicas: 2 } }), now)?.detail,
    ).toBe('2 of 3 ready')
    expect(
      workloadTrouble(object('DaemonSet', { status: { desiredNumberScheduled: 5, numberReady: 4 } }), now)?.detail,
    ).toBe('4 of 5 ready')
    expect(workloadTrouble(object('StatefulSet', { spec: { replicas: 0 }, status: {} }), now)).toBeUndefined()
  })
})

describe('a node', () => {
  it('that does not answer, with the words of whoever noticed', () => {
    expect(nodeTrouble(nodeOf({ ready: 'Unknown' }))).toMatchObject({
      cause: 'NodeNotReady',
      message: 'NodeStatusUnknown: Kubelet stopped posting node status.',
    })
  })

  it('under pressure, or short of GPUs', () => {
    expect(
      nodeTrouble(nodeOf({ conditions: [{ type: 'DiskPressure', status: 'True', message: 'disk is full' }] })),
    ).toMatchObject({ cause: 'DiskPressure', message: 'disk is full' })
    expect(nodeTrouble(nodeOf({ gpus: 8, healthyGpus: 6 }))).toEqual({
      cause: 'GPUsUnhealthy',
      tone: 'warn',
      detail: '2 of 8 GPUs',
    })
  })

  it.each([
    [
      'healthy conditions of others',
      {
        conditions: [
          { type: 'EtcdIsVoter', status: 'True' },
          { type: 'ClusterAgentReady', status: 'True' },
          { type: 'KernelDeadlock', status: 'False' },
        ],
      },
    ],
    ['a cordon', { cordoned: true }],
  ])('is silent on %s', (_, draft) => {
    expect(nodeTrouble(nodeOf(draft))).toBeUndefined()
  })
})

describe('a claim', () => {
  const claim = (phase: string, minutes = 60) =>
    object('PersistentVolumeClaim', {
      spec: { storageClassName: 'fast' },
      status: { phase },
      metadata: { name: 'data', creationTimestamp: ago(minutes) },
    })
  it('that waits though a pod wants it, or lost its volume', () => {
    expect(claimTrouble(claim('Pending'), now, true)).toMatchObject({ cause: 'ClaimPending', detail: 'class fast' })
    expect(claimTrouble(claim('Lost'), now, false)).toMatchObject({ cause: 'ClaimLost', tone: 'bad' })
  })
  it('is fine while nobody uses it, and for five minutes', () => {
    expect(claimTrouble(claim('Pending'), now, false)).toBeUndefined()
    expect(claimTrouble(claim('Pending', 1), now, true)).toBeUndefined()
    expect(claimTrouble(claim('Bound'), now, true)).toBeUndefined()
  })
})

it('a namespace that cannot end says what remains', () => {
  const conditions = [{ type: 'NamespaceContentRemaining', status: 'True', message: 'pods. has 1 resource instances' }]
  const ending = (minutes: number) =>
    object('Namespace', { metadata: { name: 'old', deletionTimestamp: ago(minutes) }, status: { conditions } })
  expect(namespaceTrouble(ending(30), now)).toMatchObject({
    cause: 'Terminating',
    message: 'pods. has 1 resource instances',
  })
  expect(namespaceTrouble(ending(1), now)).toBeUndefined()
})

describe('jobs', () => {
  const job = (name: string, minutes: number, type?: 'Complete' | 'Failed', cron?: string) =>
    object('Job', {
      metadata: {
        name,
        namespace: 'shop',
        creationTimestamp: ago(minutes),
        ...(cron && {
          ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: cron, uid: 'c', controller: true }],
        }),
      },
      status: {
        conditions: type
          ? [{ type, status: 'True', reason: type === 'Failed' ? 'BackoffLimitExceeded' : 'CompletionsReached' }]
          : [],
      },
    })
  const states = (...jobs: KubeObject[]) =>
    Object.fromEntries([...jobFacts(jobs)].map(([key, fact]) => [key.slice(5), fact.state]))

  it('a failed run of a CronJob counts until a later one ends', () => {
    expect(states(job('b-1', 120, 'Failed', 'b'), job('b-2', 60, 'Complete', 'b'))).toEqual({
      'b-1': 'old',
      'b-2': 'complete',
    })
    expect(states(job('b-1', 120, 'Failed', 'b'), job('b-2', 1, undefined, 'b'))).toEqual({
      'b-1': 'failed',
      'b-2': 'running',
    })
    expect(jobFacts([job('b-1', 120, 'Failed', 'b')]).get('shop/b-1')).toMatchObject({
      workload: 'CronJob/b',
      trouble: { cause: 'JobFailed', detail: 'BackoffLimitExceeded' },
    })
  })

  it('a Job of its own keeps its failure', () => {
    expect(states(job('one', 600, 'Failed'), job('two', 60, 'Complete'))).toEqual({ one: 'failed', two: 'complete' })
  })
})
