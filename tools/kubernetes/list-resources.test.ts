import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubeTable } from '../clients/kubernetes/table.ts'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { listResources } from './list-resources.tool.ts'

const deployment = (name: string, replicas: number): KubeObject => ({
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', labels: { app: name } },
  spec: { replicas, template: { spec: { containers: [{ name: 'main', env: [{ name: 'TOKEN', value: 'hush' }] }] } } },
})
const secret: KubeObject = {
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'shop' },
  type: 'Opaque',
  data: { password: 'aHVzaA==', user: 'YQ==' },
}
const table: KubeTable = {
  columns: [
    { name: 'Name', type: 'string', priority: 0 },
    { name: 'Ready', type: 'string', priority: 0 },
    { name: 'Desired', type: 'integer', priority: 0 },
    { name: 'Age', type: 'string', priority: 0 },
    { name: 'Images', type: 'string', priority: 1 },
  ],
  rows: [{ name: 'web', namespace: 'shop', created: '2026-11-01T00:00:00Z', cells: ['web', '2/3', 3, '19d', 'web:1'] }],
  remaining: 4,
}
const asked: { resource: string; query?: object }[] = []
const east = kubernetesOf({
  cluster: 'east',
  asked,
  objects: { deployments: [deployment('web', 3), deployment('api', 1)], secrets: [secret] },
})
const west = kubernetesOf({ cluster: 'west', objects: { deployments: [deployment('web', 2)] } })
const contextOf = (redact?: <T>(value: T) => T) =>
  testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east'), clusterInfo('west')]),
      kubernetes: perCluster({
        east: { ...east, table: (kind, query) => east.table(kind, query).then(() => table) },
        west,
      }),
    },
    ...(redact && { redact }),
  })

type Data = {
  title: string
  columns: { key: string; type: string }[]
  rows: Record<string, unknown>[]
  facts: { label: string; value: string }[]
}
const run = async (input: object, ctx = contextOf()) => {
  asked.length = 0
  const reply = await listResources.run(listResources.input.parse({ kind: 'deployments', ...input }) as never, ctx)
  const data = reply.data as unknown as Data
  return { ...reply, data, text: data ? listResources.text(data as never, { shown: 1, total: 1 }) : '' }
}

describe('list_resources', () => {
  it('shows what the server prints: its columns but names and wide ones, ages as times', async () => {
    const { data, text } = await run({
      clusters: ['east'],
      namespace: 'shop',
      labelSelector: 'app=web',
      fieldSelector: 'metadata.name=web',
    })
    expect(data.rows).toEqual([
      {
        id: 'east/shop/web',
        cluster: 'east',
        namespace: 'shop',
        name: 'web',
        ready: '2/3',
        desired: 3,
        created: '2026-11-01T00:00:00Z',
      },
    ])
    expect(data.columns.map(({ key, type }) => `${key} ${type}`)).toEqual([
      'name text',
      'namespace text',
      'cluster text',
      'ready text',
      'desired number',
      'created age',
    ])
    expect(asked[0]!.query).toMatchObject({
      namespace: 'shop',
      labelSelector: 'app=web',
      fieldSelector: 'metadata.name=web',
    })
    expect(text).toContain('shop\tweb\t2/3\t3\t2026-11-01')
    expect(data.facts).toContainEqual({ label: 'not read', value: '4 more: narrow it', tone: 'warn' })
  })

  it('shows the fields asked for over several clusters, and counts by cluster', async () => {
    const { data } = await run({ fields: ['spec.replicas', 'metadata.labels.app'] })
    expect(data.rows.map((row) => [row.id, row['spec.replicas'], row['metadata.labels.app']])).toEqual([
      ['east/shop/web', 3, 'web'],
      ['east/shop/api', 1, 'api'],
      ['west/shop/web', 2, 'web'],
    ])
    expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual(['east 2', 'west 1'])
    expect((await run({ fields: ['spec.replicas'], text: 'api' })).data.rows).toHaveLength(1)
  })

  it('masks an object as a whole before a field of it is shown', async () => {
    const path = 'spec.template.spec.containers[*].env[*].value'
    const masked = contextOf((value) => JSON.parse(JSON.stringify(value).replaceAll('hush', '***')))
    expect((await run({ fields: [path], clusters: ['east'] }, masked)).data.rows[0]![path]).toBe('***')
  })

  it('tells names, types and keys of Secrets, and no value on any way', async () => {
    const { data, text } = await run({ kind: 'secrets', clusters: ['east'] })
    expect(data.rows[0]).toMatchObject({ name: 'db', type: 'Opaque', keys: 'password, user' })
    expect(text + JSON.stringify(data)).not.toContain('aHVzaA')
    await expect(run({ kind: 'secrets', clusters: ['east'], fields: ['data.password'] })).rejects.toMatchObject({
      code: 'invalid-input',
      options: { field: 'fields' },
    })
  })

  it('names the cluster that does not serve the kind, and passes on what none serves', async () => {
    const kindless = {
      ...west,
      resolveKind: async () => Promise.reject(new ToolError('not-found', 'west has no such kind', { next: 'x' })),
    }
    const ctx = testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east'), clusterInfo('west')]),
        kubernetes: perCluster({ east, west: kindless }),
      },
    })
    expect((await run({ fields: ['spec.replicas'] }, ctx)).clusters?.map(({ status }) => status)).toEqual([
      'success',
      'error',
    ])
    await expect(run({ kind: 'teapots' })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('explains an empty answer', async () => {
    expect((await run({ clusters: ['west'], namespace: 'nowhere' })).empty).toMatchObject({
      title: 'No Deployment objects',
      likely: [expect.stringContaining('nowhere')],
    })
    expect((await run({ clusters: ['west'], text: 'unheard' })).empty?.title).toBe(
      'None of 1 Deployment objects matches "unheard"',
    )
  })
})
