import { describe, expect, it } from 'vitest'
import { ownerOf, podReason, podState } from './pod-status.ts'
import { asPod, type ContainerStatus, type PodSpec, type PodStatus } from './shapes.ts'
import { podOf, running } from './testing.ts'

const now = new Date('2026-11-20T12:00:00Z')
const ready = (status: 'True' | 'False') => [{ type: 'Ready', status, lastTransitionTime: '2026-11-20T08:00:00Z' }]
const one = (status: Partial<ContainerStatus>): ContainerStatus => ({ name: 'main', ...status })
const inits = {
  initContainers: [{ name: 'fetch' }, { name: 'check' }],
  containers: [{ name: 'main' }],
} satisfies PodSpec

interface Case {
  word: string
  status?: PodStatus
  spec?: PodSpec
  deletionTimestamp?: string
  ready?: string
  restarts?: number
  problem: boolean
}

const cases: Case[] = [
  { word: 'Running', status: running() as PodStatus, ready: '1/1', problem: false },
  { word: 'Pending', status: { phase: 'Pending' }, problem: true },
  {
    word: 'CrashLoopBackOff',
    status: {
      phase: 'Running',
      containerStatuses: [one({ restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } })],
    },
    restarts: 7,
    problem: true,
  },
  {
    word: 'OOMKilled',
    status: {
      phase: 'Running',
      containerStatuses: [one({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } })],
    },
    problem: true,
  },
  {
    word: 'ExitCode:3',
    status: { phase: 'Failed', containerStatuses: [one({ state: { terminated: { exitCode: 3 } } })] },
    problem: true,
  },
  {
    word: 'Signal:9',
    status: { phase: 'Failed', containerStatuses: [one({ state: { terminated: { exitCode: 137, signal: 9 } } })] },
    problem: true,
  },
  {
    word: 'Completed',
    status: {
      phase: 'Succeeded',
      containerStatuses: [one({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })],
    },
    problem: false,
  },
  { word: 'Evicted', status: { phase: 'Failed', reason: 'Evicted' }, problem: true },
  {
    word: 'Init:0/2',
    spec: inits,
    status: { phase: 'Pending', initContainerStatuses: [one({ name: 'fetch', state: { running: {} } })] },
    problem: true,
  },
  {
    word: 'Init:1/2',
    spec: inits,
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        one({ name: 'fetch', state: { terminated: { exitCode: 0 } } }),
        one({ name: 'check', state: { waiting: { reason: 'PodInitializing' } } }),
      ],
    },
    problem: true,
  },
  {
    word: 'Init:CrashLoopBackOff',
    spec: inits,
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        one({ name: 'fetch', restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } }),
      ],
    },
    restarts: 4,
    problem: true,
  },
  {
    word: 'Init:ExitCode:2',
    spec: inits,
    status: {
      phase: 'Pending',
      initContainerStatuses: [one({ name: 'fetch', state: { terminated: { exitCode: 2 } } })],
    },
    problem: true,
  },
  {
    word: 'Terminating',
    status: running() as PodStatus,
    deletionTimestamp: '2026-11-20T11:59:50Z',
    ready: '1/1',
    problem: false,
  },
  {
    word: 'Terminating',
    status: running() as PodStatus,
    deletionTimestamp: '2026-11-20T10:00:00Z',
    problem: true,
  },
  {
    word: 'Unknown',
    status: { phase: 'Running', reason: 'NodeLost' },
    deletionTimestamp: '2026-11-20T10:00:00Z',
    problem: true,
  },
  {
    word: 'NotReady',
    spec: { containers: [{ name: 'job' }, { name: 'proxy' }] },
    status: {
      phase: 'Running',
      conditions: ready('False'),
      containerStatuses: [
        one({ name: 'job', state: { terminated: { exitCode: 0, reason: 'Completed' } } }),
        one({ name: 'proxy', ready: true, state: { running: {} } }),
      ],
    },
    ready: '1/2',
    problem: true,
  },
  {
    word: 'SchedulingGated',
    status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    problem: true,
  },
  {
    word: 'Running',
    spec: { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }], containers: [{ name: 'main' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Initialized', status: 'True' }, ...ready('True')],
      initContainerStatuses: [
        one({ name: 'proxy', started: true, ready: true, restartCount: 2, state: { running: {} } }),
      ],
      containerStatuses: [one({ ready: true, restartCount: 1, state: { running: {} } })],
    },
    ready: '2/2',
    restarts: 3,
    problem: false,
  },
]

describe('podState says what kubectl says', () => {
  for (const [index, test] of cases.entries())
    it(`${test.word} (${index})`, () => {
      const pod = asPod(
        podOf({
          ...(test.spec && { spec: test.spec }),
          ...(test.status && { status: test.status }),
          ...(test.deletionTimestamp && { deletionTimestamp: test.deletionTimestamp }),
        }),
      )
      const state = podState(pod, now)
      expect(state.status).toBe(test.word)
      expect(state.problem).toBe(test.problem)
      if (test.ready) expect(`${state.readyContainers}/${state.containers}`).toBe(test.ready)
      if (test.restarts !== undefined) expect(state.restarts).toBe(test.restarts)
    })

  it('gives a starting pod five minutes before it is a problem', () => {
    const starting = asPod(podOf({ creationTimestamp: '2026-11-20T11:58:00Z', status: { phase: 'Pending' } }))
    expect(podState(starting, now)).toMatchObject({ problem: false, tone: 'busy' })
    const unschedulable = asPod(
      podOf({
        creationTimestamp: '2026-11-20T11:59:50Z',
        status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      }),
    )
    expect(podState(unschedulable, now)).toMatchObject({ problem: true, tone: 'warn' })
  })

  it('survives an object with nothing in it', () => {
    expect(podState(asPod({ metadata: { name: 'x' } }), now)).toMatchObject({ status: 'Unknown', containers: 0 })
  })
})

it('names the reason behind a problem: scheduler, last OOM, image, exit code', () => {
  const reason = (status: PodStatus) => podReason(asPod(podOf({ status })))
  expect(reason({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] })).toBe(
    '0/3 nodes are available',
  )
  const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=main' } }
  expect(
    reason({
      containerStatuses: [one({ state: backOff, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } })],
    }),
  ).toBe('last end: OOMKilled')
  expect(
    reason({
      containerStatuses: [one({ state: backOff, lastState: { terminated: { exitCode: 1, reason: 'Error' } } })],
    }),
  ).toBe('last end: Error, exit code 1')
  expect(
    reason({ containerStatuses: [one({ state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } })] }),
  ).toBe('no such image')
})

it('calls a ReplicaSet of a Deployment by the Deployment', () => {
  const owner = (kind: string, name: string, labels = {}) =>
    ownerOf(
      asPod(podOf({ labels, ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true }] })),
    )
  expect(owner('ReplicaSet', 'web-6b8f9', { 'pod-template-hash': '6b8f9' })).toBe('Deployment/web')
  expect(owner('ReplicaSet', 'web-6b8f9')).toBe('ReplicaSet/web-6b8f9')
  expect(owner('StatefulSet', 'db')).toBe('StatefulSet/db')
  expect(ownerOf(asPod(podOf()))).toBeUndefined()
})
