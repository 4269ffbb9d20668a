import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { servingCluster } from '../testing-served.ts'
import { readAutoscaler } from './autoscaler.ts'

const now = new Date('2026-11-20T12:00:00Z')
const signal = new AbortController().signal
const read = (data: Partial<Parameters<typeof servingCluster>[0]>) =>
  readAutoscaler(servingCluster({ cluster: 'east', groups: {}, ...data }), { signal, now })
const status = (text: string) => ({
  objects: {
    configmaps: [{ metadata: { name: 'cluster-autoscaler-status', namespace: 'kube-system' }, data: { status: text } }],
  },
})
const old = (time: string, health: string) =>
  `Cluster-autoscaler status at ${time} +0000 UTC:\nCluster-wide:\n  Health:      ${health} (ready=3)\n`
const yaml = (time: string, health: string) =>
  `time: "${time} +0000 UTC"\nautoscalerStatus: Running\nclusterWide:\n  health:\n    status: ${health}\n`
const pool = (name: string, ready: string): KubeObject => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }] },
})
const karpenter = (...nodepools: KubeObject[]) => ({ groups: { 'karpenter.sh': ['v1'] }, objects: { nodepools } })

describe('who adds nodes (MOD-063)', () => {
  it('nobody shows itself', async () => {
    expect(await read({})).toBeUndefined()
    expect(await read(karpenter())).toBeUndefined()
  })

  it.each([
    ['as text, healthy', old('2026-11-20 11:58:00.123', 'Healthy'), true, 'healthy'],
    ['as YAML, healthy', yaml('2026-11-20 11:58:00.123', 'Healthy'), true, 'healthy'],
    ['as text, not healthy', old('2026-11-20 11:58:00', 'Unhealthy'), false, 'says that it is not healthy'],
    ['as YAML, not healthy', yaml('2026-11-20 11:58:00', 'Unhealthy'), false, 'says that it is not healthy'],
    ['that no longer runs', old('2026-11-20 11:54:59', 'Healthy'), false, 'its status is older than 5 minutes'],
    ['that nobody can read', 'oops', false, 'its status is older than 5 minutes'],
  ])('the cluster autoscaler %s', async (_, text, isHealthy, detail) => {
    expect(await read(status(text))).toEqual({ name: 'cluster-autoscaler', isHealthy, detail })
  })

  it('Karpenter is healthy while one of its pools is, and comes first', async () => {
    const { groups, objects } = karpenter(pool('spot', 'False'), pool('h100', 'True'))
    const found = { name: 'Karpenter', isHealthy: true, detail: 'node pools spot, h100' }
    expect(await read({ groups, objects: { ...objects, ...status('').objects } })).toEqual(found)
    expect(await read(karpenter(pool('spot', 'False')))).toMatchObject({ isHealthy: false })
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => pool(name, 'True'))
    expect((await read(karpenter(...many)))!.detail).toBe('node pools a, b, c, d …')
  })

  it('what is not ours to read helps nobody, and hides not the other', async () => {
    const { groups, objects } = karpenter(pool('spot', 'True'))
    expect(await read({ groups, objects, refused: ['nodepools'] })).toBeUndefined()
    const text = old('2026-11-20 11:59:00', 'Healthy')
    expect(await read({ groups, refused: ['nodepools'], ...status(text) })).toMatchObject({
      name: 'cluster-autoscaler',
      isHealthy: true,
    })
  })
})
