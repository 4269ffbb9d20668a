import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { KubernetesUnderTest } from './contract-suite.ts'
import { type KubeObject, type KubernetesCluster, podKind, type ResourceKind } from './types.ts'

const kindOf = (group: string, resource: string, kind: string): ResourceKind => ({
  group,
  version: 'v1',
  resource,
  kind,
  namespaced: true,
})
const configMaps = kindOf('', 'configmaps', 'ConfigMap')
const deployments = kindOf('apps', 'deployments', 'Deployment')
const budgets = kindOf('policy', 'poddisruptionbudgets', 'PodDisruptionBudget')

/** What we rely on where objects are changed by other means than apply. Called within the suite of the client. */
export function changeContract(under: () => KubernetesUnderTest): void {
  describe('changes', () => {
    let client: KubernetesCluster
    let namespace: string
    beforeAll(() => {
      client = under().client
      namespace = under().namespace
    })
    const configMap = (name: string, more: object = {}): KubeObject => ({
      metadata: { name, namespace, ...more },
      data: { a: '1' },
    })
    const read = (name: string) => client.get(configMaps, { namespace, name })
    const remove = (name: string, more: object = {}) => client.delete(configMaps, { namespace, name, ...more })
    const eventually = <T>(look: () => Promise<T>) =>
      expect.poll(
        async () => {
          await under().pass?.()
          return look()
        },
        { timeout: 60_000, interval: 100 },
      )

    it('create: a dry run stores nothing, a second one of the same name is refused', async () => {
      const planned = await client.create(configMaps, configMap('qm-create'), { dryRun: true })
      expect(planned).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } })
      expect((await failureOf(read('qm-create'))).code).toBe('not-found')
      const made = await client.create(configMaps, configMap('qm-create'))
      expect(made.metadata.uid).toEqual(expect.any(String))
      expect((await failureOf(client.create(configMaps, configMap('qm-create')))).code).toBe('already-exists')
      await remove('qm-create')
    })

    it('merge patch: sets, takes away, tries; another uid is refused, another version a conflict', async () => {
      const { metadata } = await client.create(configMaps, configMap('qm-merge'))
      const patch = (body: object, more: object = {}) =>
        client.patch(configMaps, { namespace, name: 'qm-merge', body, ...more })
      expect((await patch({ data: { b: '2' } }, { dryRun: true })).data).toEqual({ a: '1', b: '2' })
      expect((await read('qm-merge')).data).toEqual({ a: '1' })
      expect((await patch({ data: { a: null, b: '2' } })).data).toEqual({ b: '2' })
      const stranger = { metadata: { uid: '00000000-0000-4000-8000-000000000000' }, data: { c: '3' } }
      expect((await failureOf(patch(stranger))).code).toBe('invalid-request')
      const old = { metadata: { resourceVersion: metadata.resourceVersion }, data: { c: '3' } }
      expect((await failureOf(patch(old))).code).toBe('conflict')
      expect((await read('qm-merge')).data).toEqual({ b: '2' })
      await remove('qm-merge')
    })

    it('JSON patch: one that tests something else is refused whole', async () => {
      await client.create(configMaps, configMap('qm-json'))
      const patch = (body: object[]) => client.patch(configMaps, { namespace, name: 'qm-json', type: 'json', body })
      const set = { op: 'add', path: '/data/b', value: '2' }
      expect((await failureOf(patch([set, { op: 'test', path: '/data/a', value: 'other' }]))).code).toBe(
        'invalid-request',
      )
      expect((await patch([{ op: 'test', path: '/data/a', value: '1' }, set])).data).toEqual({ a: '1', b: '2' })
      await remove('qm-json')
    })

    it('delete: a dry run deletes nothing, another identity is a conflict', async () => {
      const { metadata } = await client.create(configMaps, configMap('qm-delete'))
      await remove('qm-delete', { dryRun: true })
      const error = await failureOf(remove('qm-delete', { uid: '00000000-0000-4000-8000-000000000000' }))
      expect(error).toMatchObject({ code: 'conflict', options: { changed: 'nothing' } })
      expect((await read('qm-delete')).metadata.uid).toBe(metadata.uid)
      await remove('qm-delete', { uid: metadata.uid, resourceVersion: metadata.resourceVersion })
      expect((await failureOf(read('qm-delete'))).code).toBe('not-found')
    })

    it('a finalizer keeps an object that is deleted until it is taken away', async () => {
      await client.create(configMaps, configMap('qm-final', { finalizers: ['example.com/keep'] }))
      await remove('qm-final')
      expect((await read('qm-final')).metadata.deletionTimestamp).toEqual(expect.any(String))
      await client.patch(configMaps, { namespace, name: 'qm-final', body: { metadata: { finalizers: null } } })
      expect((await failureOf(read('qm-final'))).code).toBe('not-found')
    })

    it('tells who we are', async () => {
      expect((await client.whoAmI()).username).toMatch(/\S/)
    })

    describe('of a workload with two pods', () => {
      const name = 'qm-change'
      const labels = { app: name }
      const replicasOf = async () => (await client.get(deployments, { namespace, name })).spec?.replicas
      const pods = async () => {
        const { items } = await client.list(podKind, { namespace, labelSelector: `app=${name}` })
        return items.filter(({ metadata }) => !metadata.deletionTimestamp)
      }
      const ready = async () =>
        (await pods()).filter(({ status }) =>
          (status?.conditions as { type: string; status: string }[] | undefined)?.some(
            (one) => one.type === 'Ready' && one.status === 'True',
          ),
        ).length

      beforeAll(async () => {
        await client.create(deployments, {
          metadata: { name, namespace },
          spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { containers: [{ name: 'main', image: 'example.invalid/none:1' }] },
            },
          },
        })
      })

      it('scale: read, tried and changed through the subresource; a kind without it is not-found', async () => {
        const at = { namespace, name, subresource: 'scale' as const }
        expect(await client.subresource(deployments, at)).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } })
        const planned = await client.patch(deployments, { ...at, body: { spec: { replicas: 2 } }, dryRun: true })
        expect(planned.spec?.replicas).toBe(2)
        expect(await replicasOf()).toBe(1)
        await client.patch(deployments, { ...at, body: { spec: { replicas: 2 } } })
        expect(await replicasOf()).toBe(2)
        const none = client.subresource(configMaps, { namespace, name: 'kube-root-ca.crt', subresource: 'scale' })
        expect((await failureOf(none)).code).toBe('not-found')
        await eventually(ready).toBe(2)
      })

      it('evict: a budget forbids it in its own words, and lets go when it is changed', async () => {
        await client.create(budgets, {
          metadata: { name, namespace },
          spec: { minAvailable: 2, selector: { matchLabels: labels } },
        })
        const healthy = async () => (await client.get(budgets, { namespace, name })).status?.currentHealthy
        await eventually(healthy).toBe(2)
        const [pod] = await pods()
        const eviction = { namespace, pod: pod!.metadata.name, uid: pod!.metadata.uid! }
        const blocked = await client.evict(eviction)
        expect(blocked).toMatchObject({ evicted: false, reason: expect.stringContaining('needs 2 healthy pods') })
        expect((await client.evict({ ...eviction, dryRun: true })).evicted).toBe(false)
        await client.patch(budgets, { namespace, name, body: { spec: { minAvailable: 1 } } })
        await eventually(async () => (await client.evict({ ...eviction, dryRun: true })).evicted).toBe(true)
        expect(await client.evict(eviction)).toEqual({ evicted: true })
        await eventually(async () => (await pods()).some(({ metadata }) => metadata.name === eviction.pod)).toBe(false)
        expect((await failureOf(client.evict({ namespace, pod: 'no-such-pod' }))).code).toBe('not-found')
        await client.delete(budgets, { namespace, name })
        // Only without a budget: the API server takes from it before it looks at the identity.
        const [other] = await pods()
        const another = { namespace, pod: other!.metadata.name, uid: '00000000-0000-4000-8000-000000000000' }
        expect((await failureOf(client.evict(another))).code).toBe('conflict')
        await client.delete(deployments, { namespace, name, propagation: 'Foreground' })
      })
    })
  })
}
