import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import { changeContract } from './change-contract-suite.ts'
import { eventKind, type KubeObject, type KubernetesCluster, nodeKind, podKind, type ResourceKind } from './types.ts'

export interface KubernetesUnderTest {
  client: KubernetesCluster
  /** The same server as another field manager */
  other: KubernetesCluster
  /** A namespace that exists and that the suite may write to */
  namespace: string
  /** A pod that has written logs; without it the log tests are left out */
  pod?: { namespace: string; pod: string; container?: string }
  /** A pod that a program can be run in, with what it prints; without it those tests are left out */
  exec?: { namespace: string; pod: string; command: string[]; prints: RegExp; failing: string[] }
  /** Whether the server has the schema of Deployments; default true */
  knowsSchema?: boolean
  /** Lets time pass where it stands still */
  pass?(): Promise<void>
  close(): Promise<void>
}

const deployments: ResourceKind = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}

const deployment = (namespace: string, name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels: { 'quartermaster-contract': 'yes' } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'example.invalid/none:1' }] },
    },
    ...spec,
  },
})

/** What we rely on of an API server, mock or real. It writes one Deployment without replicas and removes it. */
export function kubernetesContract(name: string, open: () => Promise<KubernetesUnderTest>): void {
  describe(`Kubernetes contract: ${name}`, () => {
    let under: KubernetesUnderTest
    let client: KubernetesCluster
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())
    const find = (wanted: string) => client.get(deployments, { namespace: under.namespace, name: wanted })

    it('tells its version', async () => {
      expect((await client.version()).gitVersion).toMatch(/^v1\.\d+/)
    })

    it('tells which versions of a group are served', async () => {
      expect(await client.servedVersions('')).toEqual(['v1'])
      expect(await client.servedVersions('apps')).toContain('v1')
      expect(await client.servedVersions('no.such.group')).toEqual([])
    })

    it.each(['pods', 'Pod', 'pod', 'po', 'PODS'])('finds the kind behind %s', async (wanted) => {
      expect(await client.resolveKind(wanted)).toEqual(podKind)
    })

    it.each(['deployments', 'deploy', 'Deployment', 'deployments.apps', 'deployments.v1.apps', 'apps/v1/Deployment'])(
      'finds the kind behind %s',
      async (wanted) => {
        expect(await client.resolveKind(wanted)).toEqual(deployments)
      },
    )

    it('takes the core group where several serve a name', async () => {
      expect(await client.resolveKind('events')).toEqual(eventKind)
    })

    it('names near kinds for one that is not there', async () => {
      const error = await failureOf(client.resolveKind('deploymint'))
      expect(error.code).toBe('not-found')
      expect(error.options.next).toContain('deployment')
      expect(error.options.cluster).toBe(client.cluster)
    })

    it('lists with kind, names and the version of the list', async () => {
      const { items, resourceVersion, remaining } = await client.list(nodeKind)
      expect(items.length).toBeGreaterThan(0)
      expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Node', metadata: { name: expect.any(String) } })
      expect(resourceVersion).toMatch(/^\d+$/)
      expect(remaining).toBe(0)
    })

    it('a limit is kept, and says what is left', async () => {
      const all = await client.list(nodeKind)
      const { items, remaining } = await client.list(nodeKind, { limit: 1 })
      expect(items).toHaveLength(1)
      expect(remaining).toBe(all.items.length - 1)
    })

    it('prints objects in columns of its own, with their names and ages', async () => {
      const [{ items }, table] = await Promise.all([client.list(nodeKind), client.table(nodeKind)])
      expect(table.columns.slice(0, 2)).toMatchObject([{ name: 'Name', priority: 0 }, { name: 'Status' }])
      expect(table.rows.map(({ name }) => name)).toEqual(items.map(({ metadata }) => metadata.name))
      expect(table.rows[0]).toMatchObject({ created: items[0]!.metadata.creationTimestamp })
      expect(table.rows[0]!.cells[1]).toMatch(/Ready/)
      expect(table.remaining).toBe(0)
      const one = await client.table(nodeKind, { limit: 1 })
      expect([one.rows.length, one.remaining]).toEqual([1, items.length - 1])
      expect((await client.table(podKind, { labelSelector: 'no-such-label=here' })).rows).toEqual([])
    })

    it('what is remembered is what is listed', async () => {
      for (const _ of [1, 2, 3]) {
        const remembered = await client.cached(nodeKind)
        const { items } = await client.list(nodeKind)
        expect(remembered.map(({ metadata }) => metadata.name).sort()).toEqual(
          items.map(({ metadata }) => metadata.name).sort(),
        )
      }
    })

    it('selectors narrow; nothing found is an empty list', async () => {
      expect((await client.list(podKind, { labelSelector: 'no-such-label=here' })).items).toEqual([])
      expect((await client.list(podKind, { fieldSelector: 'metadata.name=no-such-pod' })).items).toEqual([])
    })

    it('a wrong selector is refused in its own words', async () => {
      const error = await failureOf(client.list(podKind, { labelSelector: 'a in (' }))
      expect(error.code).toBe('invalid-request')
    })

    it('what is not there is not-found, named', async () => {
      const error = await failureOf(find('no-such-thing'))
      expect(error.code).toBe('not-found')
      expect(error.message).toContain('no-such-thing')
    })

    it('a kind that is not served is not-found', async () => {
      const kind = { group: 'no.such.group', version: 'v1', resource: 'things', kind: 'Thing', namespaced: true }
      expect((await failureOf(client.list(kind))).code).toBe('not-found')
    })

    it('a dry run answers with the object and stores nothing', async () => {
      const planned = await client.apply(deployments, deployment(under.namespace, 'qm-dry'), { dryRun: true })
      expect(planned).toMatchObject({ kind: 'Deployment', metadata: { name: 'qm-dry' }, spec: { replicas: 0 } })
      expect((await failureOf(find('qm-dry'))).code).toBe('not-found')
    })

    it('applies, changes, and deletes', async () => {
      const first = await client.apply(deployments, deployment(under.namespace, 'qm-contract'))
      expect(first.metadata.uid).toEqual(expect.any(String))
      const planned = await client.apply(deployments, deployment(under.namespace, 'qm-contract', { paused: true }), {
        dryRun: true,
      })
      expect(planned.spec?.paused).toBe(true)
      expect((await find('qm-contract')).spec?.paused ?? false).toBe(false)
      const second = await client.apply(deployments, deployment(under.namespace, 'qm-contract', { paused: true }))
      expect(second.metadata.uid).toBe(first.metadata.uid)
      expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion)
      expect((await find('qm-contract')).spec?.paused).toBe(true)
      const { items } = await client.list(deployments, { labelSelector: 'quartermaster-contract=yes' })
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['qm-contract'])
      await client.delete(deployments, { namespace: under.namespace, name: 'qm-contract' })
      expect((await failureOf(find('qm-contract'))).code).toBe('not-found')
    })

    it('a field that another manager owns: conflict that names it, unless forced', async () => {
      const name = 'qm-conflict'
      await under.other.apply(deployments, deployment(under.namespace, name))
      const mine = deployment(under.namespace, name, { paused: true, replicas: 1 })
      const error = await failureOf(client.apply(deployments, mine, { dryRun: true }))
      expect(error.code).toBe('conflict')
      expect(error.options.details?.managers).toEqual(['contract-other'])
      expect(error.options.field).toBe('spec.replicas')
      const forced = await client.apply(deployments, mine, { dryRun: true, force: true })
      expect(forced.spec?.replicas).toBe(1)
      await client.delete(deployments, { namespace: under.namespace, name })
    })

    it('a wrong value is invalid-request that names the field, and nothing is changed', async () => {
      const wrong = deployment(under.namespace, 'qm-wrong', { replicas: -1 })
      const error = await failureOf(client.apply(deployments, wrong))
      expect(error.code).toBe('invalid-request')
      expect(error.options.field).toBe('spec.replicas')
      expect(error.options.changed).toBe('nothing')
    })

    it('an unknown field is refused and named', async (context) => {
      if (under.knowsSchema === false) return context.skip()
      const wrong = deployment(under.namespace, 'qm-unknown', { replicaz: 1 })
      const error = await failureOf(client.apply(deployments, wrong, { dryRun: true }))
      expect(error.code).toBe('invalid-request')
      expect(error.options.field).toBe('spec.replicaz')
    })

    it('deleting what is not there is not-found', async () => {
      const error = await failureOf(client.delete(deployments, { namespace: under.namespace, name: 'no-such-thing' }))
      expect(error.code).toBe('not-found')
    })

    it('reads logs, as many lines as asked', async (context) => {
      if (!under.pod) return context.skip()
      const whole = await client.logs(under.pod)
      expect(whole.length).toBeGreaterThan(0)
      const two = await client.logs({ ...under.pod, tailLines: 2 })
      expect(two.trimEnd().split('\n')).toHaveLength(2)
    })

    it('runs a program: what it printed and how it ended', async (context) => {
      if (!under.exec) return context.skip()
      const { namespace, pod, command, failing, prints } = under.exec
      const good = await client.execInPod({ namespace, pod, command })
      expect(good).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(prints) })
      expect((await client.execInPod({ namespace, pod, command: failing })).exitCode).toBeGreaterThan(0)
      const none = await client.execInPod({ namespace, pod, command: ['/no/such/program'] })
      expect([none.exitCode, none.stderr]).toEqual([127, expect.stringContaining('no/such/program')])
    })

    it('a program in a pod that is not there: not-found', async () => {
      const query = { namespace: under.namespace, pod: 'no-such-pod', command: ['true'] }
      const error = await failureOf(client.execInPod(query))
      expect(error.code).toBe('not-found')
      expect(error.message).toContain('no-such-pod')
    })

    it('logs of a pod that is not there: not-found', async () => {
      const error = await failureOf(client.logs({ namespace: under.namespace, pod: 'no-such-pod' }))
      expect(error.code).toBe('not-found')
    })

    changeContract(() => under)
  })
}
