import { describe, expect, it } from 'vitest'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { getResource } from './get-resource.tool.ts'
import { nodeOf, podOf } from './testing.ts'

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas: 3 },
  status: {
    readyReplicas: 1,
    conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }],
  },
}
const stuck = {
  ...deployment,
  metadata: { name: 'stuck', namespace: 'shop' },
  status: { readyReplicas: 3, updatedReplicas: 1 },
}
const ctx = testContext({
  clients: {
    fleet: fleetOf([clusterInfo('east')]),
    kubernetes: perCluster({
      east: kubernetesOf({
        cluster: 'east',
        objects: {
          pods: [podOf(), podOf({ name: 'twice', namespace: 'a' }), podOf({ name: 'twice', namespace: 'b' })],
          nodes: [nodeOf()],
          deployments: [deployment, stuck],
          events: [
            {
              metadata: { name: 'e', namespace: 'shop' },
              involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
              type: 'Warning',
              reason: 'BackOff',
              count: 7,
              lastTimestamp: '2026-11-20T11:58:00Z',
              message: 'Back-off "restarting" failed container',
            },
          ],
          secrets: [
            {
              apiVersion: 'v1',
              kind: 'Secret',
              metadata: { name: 'db', namespace: 'shop' },
              data: { password: 'aHVudGVyMg==' },
            },
          ],
        },
      }),
    }),
  },
})
const run = async (input: object) => {
  const reply = await getResource.run(getResource.input.parse({ cluster: 'east', ...input }) as never, ctx)
  return {
    ...reply,
    data: reply.data as unknown as { title: string; yaml: string; facts: { label: string; value: string }[] },
  }
}

describe('get_resource', () => {
  it('reads any kind by any of its names, with its state in short', async () => {
    const { data } = await run({ kind: 'deployment', name: 'web', namespace: 'shop' })
    expect(data.title).toBe('Deployment shop/web on east')
    expect(data.facts.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'replicas: 1 of 3 ready',
      'conditions: Available=False (MinimumReplicasUnavailable)',
    ])
    expect(data.yaml).toContain('replicas: 3')
  })

  it('tells its latest warnings beside the whole, quoted', async () => {
    const { data } = await run({ kind: 'pod', name: 'web-1', namespace: 'shop' })
    expect(data.facts.at(-1)).toEqual({
      label: 'BackOff',
      value: '7 times, last 11-20 11:58 "Back-off \'restarting\' failed container"',
      tone: 'warn',
    })
    const part = await run({ kind: 'pod', name: 'web-1', namespace: 'shop', path: 'spec' })
    expect(part.data.facts.map(({ label }) => label)).not.toContain('BackOff')
  })

  it('does not call a rollout that hangs ready', async () => {
    const { data } = await run({ kind: 'deployment', name: 'stuck', namespace: 'shop' })
    expect(data.facts[0]).toMatchObject({ value: '3 of 3 ready, 1 of the new version', tone: 'warn' })
  })

  it('finds the namespace by the name where there is one only', async () => {
    expect((await run({ kind: 'pods', name: 'web-1' })).data.title).toBe('Pod shop/web-1 on east')
    await expect(run({ kind: 'Pod', name: 'twice' })).rejects.toMatchObject({
      options: { next: 'Name one: a, b', field: 'namespace' },
    })
    expect((await run({ kind: 'Node', name: 'node-1' })).data.title).toBe('Node node-1 on east')
  })

  it('names a near object when there is none', async () => {
    await expect(run({ kind: 'Pod', name: 'web-2', namespace: 'shop' })).rejects.toMatchObject({
      code: 'not-found',
      options: { next: 'Did you mean web-1?' },
    })
    await expect(run({ kind: 'Pod', name: 'x', namespace: 'empty' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(run({ kind: 'Unicorn', name: 'x' })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('reads one part, and says which there are where it is missing', async () => {
    expect((await run({ kind: 'Deployment', name: 'web', path: 'spec' })).data.yaml).toBe('replicas: 3')
    const reply = await run({ kind: 'Deployment', name: 'web', path: 'spec.strategy' })
    expect(reply.empty!.likely[0]).toBe('Its parts are apiVersion, kind, metadata, spec, status')
  })

  it('never shows the values of a Secret, whole or by path', async () => {
    const whole = await run({ kind: 'Secret', name: 'db', namespace: 'shop' })
    const part = await run({ kind: 'Secret', name: 'db', namespace: 'shop', path: 'data.password' })
    expect(JSON.stringify([whole, part])).not.toContain('aHVudGVyMg')
    expect(part.data.yaml).toBe('(hidden, 7 bytes)')
  })
})

it('is read as YAML below a line that says what it is', async () => {
  const { data } = await run({ kind: 'Deployment', name: 'web', path: 'spec' })
  expect(
    getResource
      .text(data as never, { shown: 1, total: 1 })
      .split('\n')
      .at(-1),
  ).toBe('replicas: 3')
})
