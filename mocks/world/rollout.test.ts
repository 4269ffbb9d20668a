import { describe, expect, it } from 'vitest'
import { testWorld } from '../testing.ts'
import { DGD } from './dynamo.ts'
import { DGDR } from './dynamo-request.ts'
import { createFaults } from './faults.ts'
import type { Condition, Draft, KubeObject, Pod } from './kube-types.ts'
import { ROLLOUT_FAULTS } from './rollout-faults.ts'
import { isReady } from './workloads.ts'
import type { World } from './world.ts'

const namespace = 'inference'
const component = (name: string, type: string, more: object = {}, gpus = '1') => ({
  name,
  type,
  replicas: 1,
  ...more,
  podTemplate: {
    spec: {
      containers: [
        {
          name: 'main',
          image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0',
          command: ['python3', '-m', 'dynamo.vllm'],
          args: ['--model', 'meta-llama/Llama-3.1-8B-Instruct'],
          ...(gpus === '0' ? {} : { resources: { limits: { 'nvidia.com/gpu': gpus } } }),
        },
      ],
    },
  },
})
const graph = (components: object[], more: object = {}): Draft => ({
  apiVersion: 'nvidia.com/v1beta1',
  kind: 'DynamoGraphDeployment',
  metadata: { name: 'new-model', namespace },
  spec: { components: [component('Frontend', 'frontend', {}, '0'), ...components], ...more },
})
const east = (world: World) => world.cluster('gpu-east')
const podsOf = (world: World): Pod[] =>
  east(world)
    .pods()
    .filter((pod) => pod.metadata.labels?.['nvidia.com/dynamo-graph-deployment-name'] === 'new-model')
const workers = (world: World) =>
  podsOf(world).filter((pod) => pod.metadata.labels?.['nvidia.com/dynamo-component-type'] !== 'frontend')
const statusOf = (object: KubeObject | undefined) =>
  (object?.status ?? {}) as {
    phase?: string
    profilingPhase?: string
    dgdName?: string
    conditions?: Condition[]
    components?: Record<string, { replicas: number; readyReplicas: number; componentKind: string }>
  }
function run(world: World, seconds: number) {
  for (let passed = 0; passed < seconds; passed += 5) world.tick(5)
}

describe('a graph of Dynamo', () => {
  it('with prefill apart, a planner and several nodes comes up; replicas count whole', () => {
    const world = testWorld()
    const split = [
      component('Prefill', 'prefill'),
      component('Decode', 'decode', { replicas: 2, multinode: { nodeCount: 2 } }),
      component('Planner', 'planner', {}, '0'),
    ]
    east(world).store.put(DGD, graph(split, { env: [{ name: 'A', value: 'b' }] }))
    run(world, 90)
    const status = statusOf(east(world).store.get(DGD, namespace, 'new-model'))
    expect(status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' })
    expect(status.components?.Decode).toMatchObject({
      replicas: 2,
      readyReplicas: 2,
      componentKind: 'PodCliqueScalingGroup',
    })
    expect(podsOf(world)).toHaveLength(7)
    expect(podsOf(world).every((pod) => pod.spec.containers[0]!.env?.[0]?.name === 'A')).toBe(true)
  })
})

describe('what keeps a rollout from coming up', () => {
  const seen: Record<(typeof ROLLOUT_FAULTS)[number], (pod: Pod) => unknown> = {
    'load-oom': (pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason,
    'gated-download': (pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason,
    'image-pull': (pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason,
    unschedulable: (pod) => pod.status.conditions.find(({ type }) => type === 'PodScheduled')?.reason,
  }
  const shows: Record<(typeof ROLLOUT_FAULTS)[number], RegExp> = {
    'load-oom': /^CrashLoopBackOff$/,
    'gated-download': /^CrashLoopBackOff$/,
    'image-pull': /^(ErrImagePull|ImagePullBackOff)$/,
    unschedulable: /^Unschedulable$/,
  }

  it.each(ROLLOUT_FAULTS)('%s: announced before it is deployed, seen on its workers, healed when it ends', (kind) => {
    const world = testWorld()
    const faults = createFaults(world)
    const fault = faults.inject(kind, { cluster: 'gpu-east', namespace, app: 'new-model' })
    east(world).store.put(DGD, graph([component('Worker', 'worker')]))
    run(world, 60)
    expect(workers(world)).toHaveLength(1)
    expect(seen[kind](workers(world)[0]!)).toMatch(shows[kind])
    expect(statusOf(east(world).store.get(DGD, namespace, 'new-model')).conditions?.[0]?.status).toBe('False')
    const frontend = podsOf(world).find((pod) => !workers(world).includes(pod))!
    expect(isReady(frontend)).toBe(true)
    faults.clear(fault.id)
    run(world, 400)
    expect(workers(world).every(isReady)).toBe(true)
  })

  it.each([
    ['load-oom', /CUDA out of memory/],
    ['gated-download', /GatedRepoError: 403 .*meta-llama\/Llama-3.1-8B-Instruct/],
  ] as const)('%s: the last words of the engine say why', (kind, words) => {
    const world = testWorld()
    createFaults(world).inject(kind, { namespace, app: 'new-model' })
    east(world).store.put(DGD, graph([component('Worker', 'worker')]))
    run(world, 60)
    const { stream } = world.logOf('gpu-east', workers(world)[0]!)
    const text = stream.lines(world.now() - 60_000, world.now()).map((line) => line.text)
    expect(text.join('\n')).toMatch(words)
    expect(text.join('\n')).not.toMatch(/DATABASE_URL/)
  })

  it('one that runs is struck too', () => {
    const world = testWorld()
    const faults = createFaults(world)
    const fault = faults.inject('image-pull', { cluster: 'gpu-east' })
    run(world, 60)
    const hit = east(world)
      .pods()
      .filter((pod) => pod.metadata.labels?.['nvidia.com/dynamo-graph-deployment-name'] === fault.app)
    expect(hit.some((pod) => /Pull/.test(String(pod.status.containerStatuses?.[0]?.state.waiting?.reason)))).toBe(true)
  })
})

describe('a request by goal', () => {
  const request = (spec: object): Draft => ({
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeploymentRequest',
    metadata: { name: 'goal', namespace },
    spec: { model: 'Qwen/Qwen3-8B', ...spec },
  })
  const look = (world: World) => statusOf(east(world).store.get(DGDR, namespace, 'goal'))

  it('searches, makes a graph with the name that was asked for, and is deployed when that is ready', () => {
    const world = testWorld()
    const dgd = { metadata: { name: 'goal', labels: { team: 'a' } } }
    east(world).store.put(DGDR, request({ hardware: { totalGpus: 2 }, overrides: { dgd } }))
    const phases = new Set<string>()
    for (let step = 0; step < 60 && look(world).phase !== 'Deployed'; step++) {
      world.tick(2)
      phases.add(look(world).phase ?? '')
      phases.add(look(world).profilingPhase ?? '')
    }
    expect([...phases].filter(Boolean)).toEqual([
      'Pending',
      'Profiling',
      'Initializing',
      'SweepingPrefill',
      'SweepingDecode',
      'SelectingConfig',
      'BuildingCurves',
      'GeneratingDGD',
      'Deploying',
      'Deployed',
    ])
    const made = east(world).store.get(DGD, namespace, 'goal')!
    expect(made.metadata.labels).toMatchObject({ team: 'a', 'dgdr.nvidia.com/name': 'goal' })
    expect(made.metadata.ownerReferences).toBeUndefined()
    expect(statusOf(made).components?.DecodeWorker?.readyReplicas).toBe(2)
  })

  it('that is only to be looked at ends with a graph in its status', () => {
    const world = testWorld()
    east(world).store.put(DGDR, request({ autoApply: false, searchStrategy: 'thorough', backend: 'sglang' }))
    run(world, 60)
    expect(look(world)).toMatchObject({
      phase: 'Ready',
      profilingResults: { selectedConfig: { spec: { backendFramework: 'sglang' } } },
    })
    expect(east(world).store.get(DGD, namespace, 'goal-dgd')).toBeUndefined()
  })

  it('fails when its graph is taken away', () => {
    const world = testWorld()
    east(world).store.put(DGDR, request({}))
    while (look(world).phase !== 'Deploying') world.tick(2)
    east(world).store.remove(DGD, namespace, 'goal-dgd')
    run(world, 10)
    expect(look(world).phase).toBe('Failed')
  })
})
