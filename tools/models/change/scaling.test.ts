import { describe, expect, it } from 'vitest'
import type { KubeObject, KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { kubernetesOf } from '../../testing-upstreams.ts'
import { plain } from '../runtimes/plain/runtime.ts'
import { configOf } from '../runtimes/testing.ts'
import { boundsFor, patchOf, scalingOwner } from './scaling.ts'
import { keeperOf, type Target } from './target.ts'

const scaledObject = (annotations: Record<string, string> = {}): KubeObject => ({
  metadata: { name: 'by-queue', namespace: 'inference', uid: 'keda', resourceVersion: '7', annotations },
  spec: { scaleTargetRef: { name: 'chat' }, minReplicaCount: 1, maxReplicaCount: 4 },
})

function ownerOf(objects: Record<string, KubeObject[]>, { replicas = 2 } = {}) {
  const upstream = kubernetesOf({ cluster: 'east', objects })
  const client: KubernetesCluster = {
    ...upstream,
    servedVersions: async (group) => (group === 'keda.sh' ? ['v1alpha1'] : ['v1']),
  }
  const [made] = plain.manifests(configOf(plain, { replicas }), 'v1')
  const object = { ...made!, metadata: { ...made!.metadata, uid: 'root', resourceVersion: '3' } }
  const kind = { ...plain.root, version: 'v1', namespaced: true }
  const deployment = plain.read('east', object)!
  const target: Target = { cluster: 'east', client, deployment, runtime: plain, kind, object, title: 'it' }
  return scalingOwner(target, deployment.components[0]!, new AbortController().signal)
}

describe('who sets the replicas', () => {
  it('the deployment itself where nothing else does', async () => {
    const owner = await ownerOf({})
    expect(owner).toMatchObject({ title: 'Deployment inference/chat', replicas: 2 })
    expect(patchOf(owner, boundsFor(owner, 3))).toMatchObject({
      name: 'chat',
      body: { spec: { replicas: 3 }, metadata: { resourceVersion: '3' } },
    })
  })

  it('KEDA where a ScaledObject aims at it: its bounds are written, and 0 pauses it', async () => {
    const owner = await ownerOf({ scaledobjects: [scaledObject()] })
    expect(owner).toMatchObject({ autoscaler: 'KEDA ScaledObject inference/by-queue', bounds: { min: 1, max: 4 } })
    expect(patchOf(owner, boundsFor(owner, 3)).body.spec).toEqual({ minReplicaCount: 3, maxReplicaCount: 4 })
    expect(patchOf(owner, boundsFor(owner, 1)).body.spec).toEqual({ minReplicaCount: 1, maxReplicaCount: 1 })
    expect(patchOf(owner, boundsFor(owner, 0)).body.metadata).toMatchObject({
      annotations: { 'autoscaling.keda.sh/paused-replicas': '0' },
    })
  })

  it('a pause of KEDA is kept: paused at a number it is set there, paused altogether it is passed by', async () => {
    const at = await ownerOf({ scaledobjects: [scaledObject({ 'autoscaling.keda.sh/paused-replicas': '2' })] })
    expect(at.bounds).toBeUndefined()
    expect(patchOf(at, boundsFor(at, 3)).body.metadata).toMatchObject({
      annotations: { 'autoscaling.keda.sh/paused-replicas': '3' },
    })
    const paused = await ownerOf({ scaledobjects: [scaledObject({ 'autoscaling.keda.sh/paused': 'true' })] })
    expect(paused).toMatchObject({ title: 'Deployment inference/chat', note: expect.stringContaining('is paused') })
  })

  it('an HPA rests at 0 and is passed by', async () => {
    const hpa: KubeObject = {
      metadata: { name: 'chat', namespace: 'inference', uid: 'hpa' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'chat' }, minReplicas: 2, maxReplicas: 5 },
    }
    expect(await ownerOf({ horizontalpodautoscalers: [hpa] })).toMatchObject({ bounds: { min: 2, max: 5 } })
    const resting = await ownerOf({ horizontalpodautoscalers: [hpa] }, { replicas: 0 })
    expect(resting).toMatchObject({ title: 'Deployment inference/chat', note: expect.stringContaining('rests') })
  })

  it.each([
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }, 'Argo CD'],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'Flux (apps)'],
    [
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'r' } },
      'Helm (r)',
    ],
    [{ labels: { 'app.kubernetes.io/managed-by': 'quartermaster' } }, undefined],
    [{}, undefined],
  ])('%j is kept by %s', (metadata, keeper) => {
    expect(keeperOf({ metadata: { name: 'chat', ...metadata } })).toBe(keeper)
  })
})
