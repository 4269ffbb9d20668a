import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startKubernetes } from '../../mocks/kubernetes/server.ts'
import { testWorld } from '../../mocks/testing.ts'
import { openKubernetes } from '../clients/kubernetes/testing.ts'
import { type KubeObject, nodeKind, podKind } from '../clients/kubernetes/types.ts'
import { nodeRow } from './node-rows.ts'
import { podRowOf } from './pod-rows.ts'
import { podTrouble } from './pod-trouble.ts'
import { asNode, asPod } from './shapes.ts'
import { podOf } from './testing.ts'
import { nodeTrouble } from './workload-trouble.ts'

/** What is remembered of pods and nodes leaves out a lot: nothing that is told of them may change by it. */

const now = new Date('2026-11-20T12:00:00Z')
let server: Awaited<ReturnType<typeof startKubernetes>>
beforeAll(async () => {
  server = await startKubernetes({ world: testWorld(), cluster: 'gpu-west' })
})
afterAll(() => server.close())

const pairs = async (kind: typeof podKind): Promise<[KubeObject, KubeObject][]> => {
  const client = openKubernetes(server.url)
  const [whole, slim] = await Promise.all([client.list(kind), client.cached(kind)])
  return whole.items.map((object, index) => [object, slim[index]!])
}

describe('a remembered object', () => {
  it('tells the same of a pod, in a quarter of the size', async () => {
    const all = await pairs(podKind)
    expect(all.filter(([pod]) => podTrouble(asPod(pod), now)).length).toBeGreaterThan(5)
    for (const [whole, slim] of all) {
      expect(podRowOf(slim, 'a', now)).toEqual(podRowOf(whole, 'a', now))
      expect(podTrouble(asPod(slim), now)).toEqual(podTrouble(asPod(whole), now))
    }
    const size = (side: 0 | 1) => JSON.stringify(all.map((pair) => pair[side])).length
    expect(size(1)).toBeLessThan(size(0))
  })

  it('tells the same of a node', async () => {
    const all = await pairs(nodeKind)
    for (const [whole, slim] of all) {
      expect(nodeRow(asNode(slim), 'a')).toEqual(nodeRow(asNode(whole), 'a'))
      expect(nodeTrouble(slim)).toEqual(nodeTrouble(whole))
    }
    expect(all.length).toBeGreaterThan(5)
  })

  it('keeps claims, finalizers, gates and the reason of a disruption, and no environment', async () => {
    const pod = podOf({
      finalizers: ['a.b/c'],
      deletionTimestamp: '2026-11-20T10:00:00Z',
      spec: {
        schedulingGates: [{ name: 'gate' }],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'd' } },
          { name: 'tmp', emptyDir: {} },
        ],
        containers: [{ name: 'main', env: [{ name: 'PASSWORD', value: 'x' }] }],
      },
    })
    const { slimOf } = await import('../clients/kubernetes/slim.ts')
    const slim = slimOf.pods!(pod)
    expect(slim.metadata.finalizers).toEqual(['a.b/c'])
    expect(slim.spec).toMatchObject({
      schedulingGates: [{ name: 'gate' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'd' } }],
    })
    expect(JSON.stringify(slim)).not.toContain('PASSWORD')
  })

  it('keeps of the annotations those that name GPUs, for which it is the only place', async () => {
    const { slimOf } = await import('../clients/kubernetes/slim.ts')
    const told = { 'nvidia.com/device': 'GPU-01234567-89ab-cdef-0123-456789abcdef,Nvidia,81920' }
    const pod = podOf({ annotations: { ...told, 'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{}}' } })
    expect(slimOf.pods!(pod).metadata.annotations).toEqual(told)
    expect(slimOf.pods!(podOf({})).metadata).not.toHaveProperty('annotations')
  })
})
