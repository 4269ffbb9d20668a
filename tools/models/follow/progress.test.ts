import { describe, expect, it } from 'vitest'
import { firstSteps } from '../../follow.ts'
import type { Pod } from '../../kubernetes/service.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import { type DeploymentRow, observe, progressCard, type Seen, stepsOf } from './progress.ts'

const now = new Date('2026-11-20T12:00:00Z')
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000)

const row = (more: Partial<DeploymentRow> = {}): DeploymentRow => ({
  ...{ id: 'a', cluster: 'east', namespace: 'ml', name: 'chat', runtime: 'plain', action: 'deploy' },
  ...{ model: 'Qwen/Qwen3-8B', engine: 'vllm', mode: 'aggregated', replicas: 1, gpus: 2, revision: 1 },
  ...{ uid: 'u', generation: 1, state: 'pending', message: null, approvalId: 'a', requestedBy: 'ada' },
  steps: firstSteps(stepsOf(more.action ?? 'deploy'), now),
  ...{ createdAt: now, updatedAt: now, endedAt: null },
  ...more,
})

const served = (more: Partial<ServedDeployment> = {}): ServedDeployment => ({
  ...{ runtime: 'plain', cluster: 'east', namespace: 'ml', name: 'chat', uid: 'u', generation: 1, phase: 'deploying' },
  conditions: [],
  components: [{ name: 'main', role: 'worker', replicas: 1, readyReplicas: 0, gpusPerReplica: 2 }],
  endpoint: { service: 'chat', port: 8000, path: '/v1' },
  podSelector: 'app=chat',
  raw: { metadata: { name: 'chat' }, status: { observedGeneration: 1 } },
  ...more,
})

const pod = (more: { node?: string; status?: Pod['status'] } = {}): Pod => ({
  metadata: { name: 'chat-1', namespace: 'ml' },
  spec: {
    containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '2' } } }],
    ...(more.node && { nodeName: more.node }),
  },
  status: { phase: 'Pending', ...more.status },
})
const running = (ready: boolean): Pod['status'] => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  containerStatuses: [{ name: 'main', ready, restartCount: 0, state: { running: { startedAt: now.toISOString() } } }],
})

const states = (seen: Partial<Seen>, more: Partial<DeploymentRow> = {}, at = now) => {
  const observed = observe(row(more), { deployment: served(), pods: [], ...seen }, at)
  return { ...observed, at: observed.steps.map(({ state }) => state[0]).join('') }
}

describe('the steps of a deployment', () => {
  it.each([
    ['no pod yet', [], 'srppp', 'pending'],
    ['waits for a node', [pod()], 'srppp', 'pending'],
    ['has a node', [pod({ node: 'n1' })], 'ssrpp', 'deploying'],
    ['loads', [pod({ node: 'n1', status: running(false) })], 'sssrp', 'deploying'],
    ['worker ready', [pod({ node: 'n1', status: running(true) })], 'ssssr', 'deploying'],
  ])('%s', (_, pods, at, state) => {
    expect(states({ pods })).toMatchObject({ at, state })
  })

  it('end with the endpoint, a way to reach it and the test', () => {
    const ready = states({ deployment: served({ phase: 'running' }) })
    expect(ready).toMatchObject({ at: 'sssss', state: 'running', message: 'It serves' })
    const { facts } = progressCard(row({ ...ready }))
    expect(facts).toEqual(
      expect.arrayContaining([
        { label: 'Endpoint', value: 'http://chat.ml:8000/v1' },
        { label: 'Try it', value: 'kubectl port-forward svc/chat 8000:8000 -n ml' },
        { label: 'Test it', value: 'test_deployment {"cluster":"east","namespace":"ml","name":"chat"}' },
      ]),
    )
  })

  it('are not reached by what the operator said of the object before the change', () => {
    const stale = served({
      phase: 'running',
      generation: 2,
      raw: { metadata: { name: 'chat' }, status: { observedGeneration: 1 } },
    })
    expect(states({ deployment: stale }, { action: 'update' }).state).not.toBe('running')
    expect(states({ deployment: served({ phase: 'running' }) }, { generation: 2 }).state).not.toBe('running')
  })

  it('have one more while a queue holds it, in the words of the queue', () => {
    const held = states({ queue: { name: 'team-a', waits: 'no quota for nvidia.com/gpu' } })
    expect(held).toMatchObject({ at: 'srpppp', message: 'Waits in the queue team-a: no quota for nvidia.com/gpu' })
    expect(states({ queue: { name: 'team-a' }, pods: [pod({ node: 'n1' })] }).at).toBe('sssrpp')
  })

  it('fail with the diagnosis when waiting cannot help, and after 45 minutes anyway', () => {
    const pods = [pod({ node: 'n1', status: running(false) })]
    const words = 'chat-1: The model may not be downloaded'
    expect(states({ pods, diagnosis: { words, isFinal: true } })).toMatchObject({ state: 'failed', message: words })
    expect(states({ pods, diagnosis: { words, isFinal: false } }).state).toBe('deploying')
    expect(states({ pods }, {}, later(46))).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('45 minutes'),
    })
  })

  it('say that somebody deleted it', () => {
    expect(states({ deployment: undefined })).toMatchObject({
      state: 'deleted',
      message: expect.stringContaining('dele'),
    })
  })
})

describe('the steps of other changes', () => {
  const three = (ready: number) =>
    served({
      phase: 'running',
      components: [{ name: 'main', role: 'worker', replicas: 3, readyReplicas: ready, gpusPerReplica: 2 }],
    })

  it('scaling is done with the replicas that were asked for', () => {
    const scale = { action: 'scale' as const, replicas: 3 }
    expect(states({ deployment: three(1) }, scale)).toMatchObject({ at: 'srp', state: 'deploying' })
    expect(states({ deployment: three(3) }, scale)).toMatchObject({ at: 'sss', state: 'running' })
  })

  it('a deletion is done when object and pods are gone, and names what holds it', () => {
    const gone = { action: 'delete' as const, state: 'terminating' as const, replicas: 0 }
    const held = served({ raw: { metadata: { name: 'chat', finalizers: ['nvidia.com/finalizer'] } } })
    expect(states({ deployment: held }, gone)).toMatchObject({
      state: 'terminating',
      message: expect.stringContaining('nvidia.com/finalizer'),
    })
    expect(states({ deployment: undefined, pods: [pod()] }, gone)).toMatchObject({ message: '1 pod left' })
    const done = states({ deployment: undefined }, gone)
    expect(done).toMatchObject({ state: 'deleted', at: 'ss' })
    expect(progressCard(row({ ...gone, ...done })).state).toBe('succeeded')
    // Another one of the same name that came since is not the one that was deleted
    expect(states({ deployment: served({ uid: 'other' }) }, gone).state).toBe('deleted')
  })
})
