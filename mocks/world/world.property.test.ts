import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TEST_START_MS, testWorld } from '../testing.ts'
import { DGD } from './dynamo.ts'
import type { Draft } from './kube-types.ts'
import { quantity } from './quantity.ts'
import { createWorld, type World } from './world.ts'

function oversubscribed(world: World): string[] {
  return world.clusters.flatMap((cluster) =>
    cluster.nodes().flatMap((node) => {
      const name = node.metadata.name
      const pods = cluster
        .pods()
        .filter(
          (pod) => pod.spec.nodeName === name && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed',
        )
      const asked = (resource: string) =>
        pods.reduce(
          (sum, pod) =>
            sum +
            pod.spec.containers.reduce(
              (all, one) =>
                all + quantity(one.resources?.requests?.[resource] ?? one.resources?.limits?.[resource] ?? 0),
              0,
            ),
          0,
        )
      return ['cpu', 'memory', 'nvidia.com/gpu'].flatMap((resource) => {
        const room = quantity(node.status.capacity[resource] ?? 0)
        return asked(resource) > room ? [`${name} ${resource} ${asked(resource)} > ${room}`] : []
      })
    }),
  )
}

function graph(name: string, { gpus, replicas }: { gpus: number; replicas: number }): Draft {
  const main = {
    name: 'main',
    image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0',
    resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
  }
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: { name, namespace: 'inference' },
    spec: { components: [{ name: 'Worker', type: 'worker', replicas, podTemplate: { spec: { containers: [main] } } }] },
  }
}

describe('the fleet', () => {
  it('has the size it is meant to have', () => {
    const world = createWorld({ clock: () => TEST_START_MS })
    expect(world.clusters.map((cluster) => cluster.spec.name)).toEqual(['hub', 'gpu-east', 'gpu-west', 'edge-lab'])
    const count = (of: (cluster: World['clusters'][number]) => number) =>
      world.clusters.reduce((sum, cluster) => sum + of(cluster), 0)
    expect(count((cluster) => cluster.nodes().length)).toBe(60)
    expect(count((cluster) => cluster.gpus.length)).toBe(240)
    expect(count((cluster) => cluster.pods().length)).toBe(2000)
    const pods = world.clusters.flatMap((cluster) => cluster.pods())
    const ready = pods.filter((pod) =>
      pod.status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    ).length
    expect(ready / pods.length).toBeGreaterThan(0.93)
    expect(ready / pods.length).toBeLessThan(0.99)
    const reasons = new Set(pods.map((pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason))
    expect(reasons).toContain('CrashLoopBackOff')
    expect(reasons).toContain('ImagePullBackOff')
    expect(pods.some((pod) => pod.status.containerStatuses?.[0]?.lastState.terminated?.reason === 'OOMKilled')).toBe(
      true,
    )
    expect(pods.some((pod) => pod.status.phase === 'Pending' && !pod.spec.nodeName)).toBe(true)
    expect(oversubscribed(world)).toEqual([])
  })

  it('is the same from the same seed', () => {
    const print = (seed: string) =>
      JSON.stringify(
        testWorld({ seed }).clusters.map((cluster) => [cluster.pods(), cluster.nodes(), cluster.store.list('events')]),
      )
    expect(print('x')).toBe(print('x'))
    expect(print('x')).not.toBe(print('y'))
  })

  it('never gives a node away twice, whatever is deployed, scaled and taken down', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('deploy' as const),
        name: fc.constantFrom('a', 'b', 'c'),
        gpus: fc.integer({ min: 0, max: 9 }),
        replicas: fc.integer({ min: 0, max: 12 }),
      }),
      fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 12 }), (steps) => {
        const world = testWorld({ podsPerCluster: { hub: 60, 'gpu-east': 260, 'gpu-west': 250, 'edge-lab': 80 } })
        const { store } = world.cluster('gpu-east')
        for (const one of steps) {
          if (one.kind === 'deploy') store.put(DGD, graph(one.name, one))
          else if (one.kind === 'remove') store.remove(DGD, 'inference', one.name)
          else world.tick(one.seconds)
          expect(oversubscribed(world)).toEqual([])
        }
        for (const name of ['a', 'b', 'c']) store.remove(DGD, 'inference', name)
        world.tick(90)
        const left = world
          .cluster('gpu-east')
          .pods()
          .filter((pod) => /^[abc]-worker/.test(pod.metadata.name))
        expect(left).toEqual([])
        expect(
          world
            .cluster('gpu-east')
            .plans.reduce(
              (sum, plan) => sum + world.cluster('gpu-east').placement.usage(plan.name).slots.filter(Boolean).length,
              0,
            ),
        ).toBe(82)
      }),
      { numRuns: 8 },
    )
  })

  it('asks for a place once at a time, however often others come and go', () => {
    const world = testWorld()
    const { store } = world.cluster('gpu-east')
    store.put(DGD, graph('hopeless', { gpus: 16, replicas: 3 }))
    const round = () => {
      store.put(DGD, graph('a', { gpus: 1, replicas: 3 }))
      world.tick(30)
      store.remove(DGD, 'inference', 'a')
      world.tick(30)
    }
    for (let count = 0; count < 3; count++) round()
    const before = world.timeline.pending()
    for (let count = 0; count < 10; count++) round()
    // Events of an hour wait to be forgotten, so the number grows, but by what happened and not by its square.
    expect(world.timeline.pending() - before).toBeLessThan(2000)
    expect(store.list('events').filter((event) => event.reason === 'FailedScheduling').length).toBeLessThan(20)
  })

  it('reaches the same state in one leap as in many small steps', () => {
    const leap = testWorld()
    const steps = testWorld()
    const deploy = (world: World) => world.cluster('gpu-east').store.put(DGD, graph('a', { gpus: 2, replicas: 2 }))
    deploy(leap)
    deploy(steps)
    leap.tick(600)
    for (let count = 0; count < 600; count++) steps.tick(1)
    const print = (world: World) =>
      JSON.stringify(world.clusters.map((cluster) => [cluster.pods(), cluster.store.list(DGD)]))
    expect(print(steps)).toBe(print(leap))
  })
})
