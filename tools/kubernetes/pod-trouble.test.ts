import { describe, expect, it } from 'vitest'
import { podTrouble } from './pod-trouble.ts'
import { asPod, type ContainerStatus, type PodStatus } from './shapes.ts'
import { type PodDraft, podOf, running } from './testing.ts'

const now = new Date('2026-11-20T12:00:00Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString()
const trouble = (draft: PodDraft) => podTrouble(asPod(podOf(draft)), now)

const main = (more: Partial<ContainerStatus>): ContainerStatus => ({ name: 'main', ready: false, ...more })
const status = (container: Partial<ContainerStatus>, more: Partial<PodStatus> = {}): PodStatus => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(30) }],
  containerStatuses: [main(container)],
  ...more,
})
const crashed = (more: object = {}) => ({ exitCode: 1, reason: 'Error', finishedAt: ago(2), ...more })

describe('the cause of a failing pod', () => {
  it.each<[string, PodDraft, object]>([
    [
      'CrashLoopBackOff, since it was last ready',
      {
        status: status({
          restartCount: 7,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: crashed() },
        }),
      },
      { cause: 'CrashLoopBackOff', tone: 'bad', detail: 'exit 1, 7 restarts', since: ago(30) },
    ],
    [
      'Error between two starts is the same loop',
      { status: status({ restartCount: 1, state: { terminated: crashed({ exitCode: 3 }) } }) },
      { cause: 'CrashLoopBackOff', detail: 'exit 3, 1 restart' },
    ],
    [
      'so is a start that is not ready yet',
      {
        status: status(
          { restartCount: 4, state: { running: {} }, lastState: { terminated: crashed() } },
          { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(1) }] },
        ),
      },
      { cause: 'CrashLoopBackOff', detail: 'exit 1, 4 restarts, runs at the moment' },
    ],
    [
      'OOMKilled now',
      {
        status: status({ restartCount: 2, state: { terminated: crashed({ reason: 'OOMKilled', exitCode: 137 }) } }),
        spec: { containers: [{ name: 'main', resources: { limits: { memory: '512Mi' } } }] },
      },
      { cause: 'OOMKilled', tone: 'bad', detail: 'limit 512Mi, 2 restarts' },
    ],
    [
      'OOMKilled behind a crash loop',
      {
        status: status({
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: crashed({ reason: 'OOMKilled' }) },
        }),
      },
      { cause: 'OOMKilled', detail: 'without a memory limit, 2 restarts' },
    ],
    [
      'OOMKilled within the hour, running again',
      {
        status: {
          ...running(),
          containerStatuses: [
            main({
              ready: true,
              restartCount: 1,
              state: { running: {} },
              lastState: { terminated: crashed({ reason: 'OOMKilled', finishedAt: ago(40) }) },
            }),
          ],
        },
      },
      { cause: 'OOMKilled', tone: 'warn', since: ago(40) },
    ],
    [
      'restarted again and again, running at the moment',
      {
        status: {
          ...running(),
          containerStatuses: [
            main({ ready: true, restartCount: 3, state: { running: {} }, lastState: { terminated: crashed() } }),
          ],
        },
      },
      { cause: 'Restarting', tone: 'warn' },
    ],
    [
      'ErrImagePull is ImagePullBackOff, and says what the registry said last',
      {
        status: status(
          {
            image: 'registry.example/team/web:9',
            state: {
              waiting: {
                reason: 'ErrImagePull',
                message:
                  'rpc error: code = NotFound desc = failed to resolve reference "registry.example/team/web:9": registry.example/team/web:9: not found',
              },
            },
          },
          { phase: 'Pending' },
        ),
      },
      { cause: 'ImagePullBackOff', message: 'web:9: not found' },
    ],
    [
      'CreateContainerConfigError',
      {
        status: status(
          { state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "db" not found' } } },
          { phase: 'Pending' },
        ),
      },
      { cause: 'CreateContainerConfigError', message: 'secret "db" not found' },
    ],
    [
      'Unschedulable with what each node lacks',
      {
        status: {
          phase: 'Pending',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              lastTransitionTime: ago(9),
              message:
                '0/5 nodes are available: 3 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint(s). preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.',
            },
          ],
        },
      },
      { cause: 'Unschedulable', message: '3 Insufficient nvidia.com/gpu, 2 had untolerated taint(s)', since: ago(9) },
    ],
    [
      'held by a scheduling gate',
      {
        spec: { schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] },
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
      { cause: 'SchedulingGated', detail: 'held by kueue.x-k8s.io/admission' },
    ],
    [
      'Evicted',
      {
        status: {
          phase: 'Failed',
          reason: 'Evicted',
          message: 'The node was low on resource: memory.',
          conditions: [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime: ago(90) }],
        },
      },
      { cause: 'Evicted', message: 'The node was low on resource: memory.', since: ago(90) },
    ],
    [
      'a failing init container',
      {
        spec: { initContainers: [{ name: 'fetch' }], containers: [{ name: 'main' }] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [
            {
              name: 'fetch',
              restartCount: 4,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: crashed() },
            },
          ],
          containerStatuses: [main({ state: { waiting: { reason: 'PodInitializing' } } })],
        },
      },
      { cause: 'Init:CrashLoopBackOff', detail: 'fetch exit 1, 4 restarts' },
    ],
    [
      'an init container that never ends',
      {
        spec: { initContainers: [{ name: 'wait-db' }], containers: [{ name: 'main' }] },
        status: { phase: 'Pending', initContainerStatuses: [{ name: 'wait-db', state: { running: {} } }] },
      },
      { cause: 'Init:Waiting', detail: 'init container wait-db does not end' },
    ],
    [
      'not ready for long',
      { status: status({ state: { running: {} } }) },
      { cause: 'NotReady', tone: 'warn', detail: 'main not ready', since: ago(30) },
    ],
    [
      'created and not started for long',
      { status: status({ state: { waiting: { reason: 'ContainerCreating' } } }, { phase: 'Pending', conditions: [] }) },
      { cause: 'ContainerCreating', since: '2026-11-18T12:00:00Z' },
    ],
    [
      'stuck at its end',
      { deletionTimestamp: ago(20), finalizers: ['example.dev/hold'] } as PodDraft,
      { cause: 'Terminating', detail: 'finalizers: example.dev/hold', since: ago(20) },
    ],
    [
      'a bare pod that failed',
      {
        spec: { restartPolicy: 'Never', containers: [{ name: 'main' }] },
        status: status(
          { state: { terminated: crashed({ exitCode: 2, message: 'no such table' }) } },
          { phase: 'Failed' },
        ),
      },
      { cause: 'Error', detail: 'exit 2', message: 'no such table', since: ago(2) },
    ],
  ])('%s', (_, draft, expected) => {
    expect(trouble(draft)).toMatchObject(expected)
  })

  it.each<[string, PodDraft]>([
    ['runs and is ready', {}],
    [
      'has completed',
      {
        status: {
          phase: 'Succeeded',
          containerStatuses: [main({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })],
        },
      },
    ],
    [
      'restarted long ago',
      {
        status: {
          ...running(),
          containerStatuses: [
            main({
              ready: true,
              restartCount: 30,
              state: { running: {} },
              lastState: { terminated: crashed({ finishedAt: ago(600) }) },
            }),
          ],
        },
      },
    ],
    ['was just made', { creationTimestamp: ago(1), status: { phase: 'Pending' } }],
    ['is just ending', { deletionTimestamp: ago(1) }],
  ])('nothing where it %s', (_, draft) => {
    expect(trouble(draft)).toBeUndefined()
  })
})
