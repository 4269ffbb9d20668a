import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { models } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import { plainConfig } from '../testing-config.ts'
import { checksOf } from './checks.ts'
import type { Facts, Reading } from './facts.ts'

const model = models().find(({ id }) => id === 'Qwen/Qwen3-8B')!
const found = <T>(value: T): Reading<T> => ({ state: 'found', value })
const absent = { state: 'absent' } as const
const denied = { state: 'unreadable', why: 'may not get secrets' } as const
const nothing: Facts = { priorityClasses: found([]), quotas: found([]), limits: found([]), autoscaler: absent }
const object = (more: Record<string, unknown>): KubeObject => ({ metadata: { name: 'x' }, ...more })
const gi = (size: number) => `${size}Gi`
const claim = (spec: Record<string, unknown>, status: Record<string, unknown> = {}) => found(object({ spec, status }))
const node = (labels: Record<string, string>): KubeObject => ({ metadata: { name: 'n', labels } })

const check = (config: Partial<DeploymentConfig>, facts: Partial<Facts>, nodes: KubeObject[] = []) =>
  checksOf(plainConfig({ gpus: 2, replicas: 2, enforceEager: false, ...config }), {
    facts: { ...nothing, ...facts },
    model,
    nodes,
    exists: false,
  })

const limit = (type: string, max: Record<string, string>) => found([object({ spec: { limits: [{ type, max }] } })])
const quota = (hard: Record<string, string>, used: Record<string, string> = {}) =>
  found([object({ spec: { hard }, status: { hard, used } })])
const queue = (more: object) =>
  found({ name: 'q', clusterQueue: 'gpus', pending: 1, admitted: 2, gpuQuota: 8, gpuUsed: 2, ...more })

describe('what surrounds a deployment', () => {
  it.each<[string, Partial<DeploymentConfig>, Partial<Facts>, 'pass' | 'warn' | 'fail', RegExp]>([
    ['token there', { hfTokenSecret: 't' }, { hfToken: found(object({ data: { HF_TOKEN: 'x' } })) }, 'pass', /^$/],
    [
      'token missing',
      { hfTokenSecret: 't' },
      { hfToken: absent },
      'fail',
      /kubectl create secret generic t -n inference --from-literal=HF_TOKEN/,
    ],
    ['token under another key', { hfTokenSecret: 't' }, { hfToken: found(object({ data: {} })) }, 'fail', /no key/],
    ['token not readable', { hfTokenSecret: 't' }, { hfToken: denied }, 'warn', /may not get secrets/],
    [
      'pull secret missing',
      { imagePullSecret: 'p' },
      { pullSecret: absent },
      'fail',
      /create secret docker-registry p/,
    ],
    [
      'pull secret of another type',
      { imagePullSecret: 'p' },
      { pullSecret: found(object({ type: 'Opaque' })) },
      'fail',
      /type Opaque/,
    ],
    ['claim missing', { storage: { claim: 'c' } }, { claim: absent }, 'fail', /create it/],
    [
      'claim too small',
      { storage: { claim: 'c' } },
      { claim: claim({ accessModes: ['ReadWriteMany'], resources: { requests: { storage: gi(4) } } }) },
      'fail',
      /weights alone/,
    ],
    [
      'claim for one node',
      { storage: { claim: 'c' } },
      { claim: claim({ accessModes: ['ReadWriteOnce'] }, { capacity: { storage: gi(100) } }) },
      'warn',
      /one node/,
    ],
    [
      'claim for one pod',
      { storage: { claim: 'c' } },
      { claim: claim({ accessModes: ['ReadWriteOncePod'] }) },
      'fail',
      /one pod/,
    ],
    ['claim lost', { storage: { claim: 'c' } }, { claim: claim({}, { phase: 'Lost' }) }, 'fail', /lost/],
    ['quota left', {}, { quotas: quota({ 'requests.nvidia.com/gpu': '8' }) }, 'pass', /0 of 8/],
    [
      'quota used up',
      {},
      { quotas: quota({ 'requests.nvidia.com/gpu': '8' }, { 'requests.nvidia.com/gpu': '6' }) },
      'fail',
      /6 of 8 GPUs used; 4 more/,
    ],
    ['quota that wants CPU', {}, { quotas: quota({ 'limits.cpu': '10' }) }, 'warn', /give options.cpu/],
    ['limit of GPUs', {}, { limits: limit('Container', { 'nvidia.com/gpu': '1' }) }, 'fail', /at most 1 nvidia/],
    [
      'limit of memory',
      { memory: '64Gi' },
      { limits: limit('Pod', { memory: gi(32) }) },
      'fail',
      /at most 32Gi memory/,
    ],
    ['queue with room', { queue: 'q' }, { queue: queue({}) }, 'pass', /6 of 8 GPUs left/],
    ['queue full', { queue: 'q' }, { queue: queue({ gpuUsed: 7 }) }, 'warn', /it waits/],
    ['queue too small', { queue: 'q' }, { queue: queue({ gpuQuota: 2 }) }, 'fail', /never be admitted/],
    ['queue stopped', { queue: 'q' }, { queue: queue({ stopped: 'held' }) }, 'fail', /held/],
    ['queue missing', { queue: 'q' }, { queue: absent }, 'fail', /no LocalQueue q/],
    ['no Kueue', { queue: 'q' }, { queue: { state: 'no-kueue' } }, 'fail', /not installed/],
    [
      'priority class missing',
      { priorityClass: 'high' },
      { priorityClasses: found([object({})]) },
      'fail',
      /there is: x/,
    ],
    ['code of the model', { trustRemoteCode: true }, {}, 'warn', /rights of the worker/],
    ['no CUDA graphs', { enforceEager: true }, {}, 'pass', /decodes slower/],
  ])('%s', (_, config, facts, state, detail) => {
    const checks = check(config, facts)
    expect(checks).toHaveLength(1)
    expect(checks[0]!.state).toBe(state)
    expect(checks[0]!.detail ?? '').toMatch(detail)
  })

  it.each([
    [{ pool: 'h100' }, 'pass', 'matches 1 node'],
    [{ pool: 'h200' }, 'fail', 'matches no node: pool is h100'],
    [{ zone: 'a' }, 'fail', 'matches no node: zone is on no node'],
  ])('node selector %j: %s', (nodeSelector, state, detail) => {
    expect(check({ nodeSelector }, {}, [node({ pool: 'h100' })])[0]).toMatchObject({ state, detail })
  })

  it('a selector that no node has may be met by nodes that an autoscaler adds', () => {
    const autoscaler = found({ name: 'Karpenter', isHealthy: true, detail: '' })
    expect(check({ nodeSelector: { pool: 'h200' } }, { autoscaler }, [node({})])[0]!.state).toBe('warn')
  })

  it('spreading needs a label that nodes have, with more than one value', () => {
    const spread = (...zones: string[]) =>
      check(
        { spreadOver: 'zone' },
        {},
        zones.map((zone) => node({ zone })),
      )[0]!.state
    expect([spread('a', 'b'), spread('a'), spread()]).toEqual(['pass', 'warn', 'fail'])
  })

  it('GPU nodes with taints that nobody tolerates are named; those of Kubernetes itself are not', () => {
    const tainted = (name: string, taint: object, gpus = true): KubeObject => ({
      metadata: { name, labels: gpus ? { 'nvidia.com/gpu.product': 'NVIDIA-H100' } : {} },
      spec: { taints: [taint] },
      status: { allocatable: gpus ? { 'nvidia.com/gpu': '8' } : {} },
    })
    const training = { key: 'dedicated', value: 'training', effect: 'NoSchedule' }
    const nodes = [
      tainted('a', training),
      tainted('b', { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }),
      tainted('c', { key: 'nvidia.com/gpu', effect: 'NoSchedule' }),
      tainted('d', { ...training, effect: 'PreferNoSchedule' }),
      tainted('e', training, false),
    ]
    expect(check({}, {}, nodes)).toEqual([
      {
        label: 'Tainted GPU nodes',
        state: 'warn',
        detail: 'not counted, as options.tolerations does not allow them: dedicated=training:NoSchedule on a',
      },
    ])
    expect(check({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] }, {}, nodes)).toEqual([])
  })

  it('nothing that was not asked for is checked', () => expect(check({}, {})).toEqual([]))
})
