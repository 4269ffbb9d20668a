import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tool } from '#define'
import { deployModel } from '../deploy-model.tool.ts'
import { rollbackDeployment } from '../rollback-deployment.tool.ts'
import { plain } from '../runtimes/plain/runtime.ts'
import { configOf } from '../runtimes/testing.ts'
import { scaleDeployment } from '../scale-deployment.tool.ts'
import { updateDeployment } from '../update-deployment.tool.ts'
import { type Bench, benchNamespace, startBench } from './testing.ts'

const cluster = 'gpu-east'
const graphs = 'dynamographdeployments.nvidia.com'
let bench: Bench
beforeAll(async () => {
  bench = await startBench([cluster], {
    prices: { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } },
  })
  await bench.deploy(cluster, configOf(plain, { name: 'mine' }))
})
afterAll(() => bench.close())

const at = (name: string, more: object = {}) => ({ cluster, name, namespace: benchNamespace, ...more })

/** Every change asks for something else, so that each has something to do. */
const cases: [string, Tool, { name: string; kind: string; input(n: number): object }][] = [
  [
    'deploys',
    deployModel as unknown as Tool,
    {
      name: 'new',
      kind: graphs,
      input: (n) => ({ model: 'Qwen/Qwen3-0.6B', cluster, namespace: benchNamespace, name: `new-${n}`, gpus: 1 }),
    },
  ],
  [
    'updates ours, of several objects',
    updateDeployment as unknown as Tool,
    {
      name: 'mine',
      kind: 'deployments.apps',
      input: (n) => at('mine', { contextLength: 4096 + 256 * n }),
    },
  ],
  [
    'scales ours',
    scaleDeployment as unknown as Tool,
    {
      name: 'mine',
      kind: 'deployments.apps',
      input: (n) => at('mine', { replicas: 2 + (n % 2) }),
    },
  ],
  [
    'rolls ours back',
    rollbackDeployment as unknown as Tool,
    {
      name: 'mine',
      kind: 'deployments.apps',
      input: () => at('mine'),
    },
  ],
  [
    'updates what somebody else made',
    updateDeployment as unknown as Tool,
    {
      name: 'gemma-4-31b',
      kind: graphs,
      input: (n) => at('gemma-4-31b', { contextLength: 4096 + 256 * n }),
    },
  ],
  [
    'scales what somebody else made',
    scaleDeployment as unknown as Tool,
    {
      name: 'gemma-4-31b',
      kind: graphs,
      input: (n) => at('gemma-4-31b', { replicas: 1 + (n % 2) }),
    },
  ],
]

describe('QLT-052: a process that dies in the middle of a change', () => {
  it.each(cases)(
    'that %s: the same approval again does what was meant, once',
    async (label, tool, { name, kind, input }) => {
      let deaths = 0
      for (let after = 1; after < 12; after++) {
        const key = `${label} ${after}`
        const called = name === 'new' ? `new-${after}` : name
        const { input: settled = input(after) } = await bench.plan(tool, input(after))
        const before = await bench.revisions(cluster, called)
        const died = await bench.die(tool, settled, { key, after })
        if (died) deaths++

        await bench.run(tool, settled, key)
        const revisions = await bench.revisions(cluster, called)
        const own = revisions.filter(({ id }) => id === key)
        expect(own, `died behind write ${after}`).toHaveLength(1)
        const added = revisions.slice(0, revisions.length - before.length)
        expect(added.map(({ action }) => action).filter((action) => action !== 'found')).toHaveLength(1)
        expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map((_, index) => revisions.length - index))
        expect(await bench.row(cluster, called)).toMatchObject({ revision: own[0]!.revision, approvalId: key })
        const live = await bench.get(cluster, kind, called)
        const wanted = own[0]!.manifests[0] as { spec: object }
        expect(live.spec).toMatchObject(wanted.spec)

        await bench.run(tool, settled, key)
        expect(await bench.revisions(cluster, called)).toHaveLength(revisions.length)
        expect((await bench.get(cluster, kind, called)).metadata.generation).toBe(live.metadata.generation)
        if (!died) break
      }
      expect(deaths).toBeGreaterThanOrEqual(2)
    },
  )

  it('and comes back behind a later change: that one stays, and the record of it', async () => {
    await bench.deploy(cluster, configOf(plain, { name: 'late' }))
    const first = (await bench.plan(updateDeployment, at('late', { contextLength: 2048 }))).input!
    expect(await bench.die(updateDeployment, first, { key: 'late-first', after: 3 })).toBe(true)
    await bench.change(updateDeployment, at('late', { contextLength: 8192 }), 'late-second')
    const live = await bench.get(cluster, 'deployments.apps', 'late')
    const row = await bench.row(cluster, 'late')
    expect(row).toMatchObject({ revision: 3, approvalId: 'late-second' })

    await bench.run(updateDeployment, first, 'late-first')
    expect((await bench.get(cluster, 'deployments.apps', 'late')).spec).toEqual(live.spec)
    expect(await bench.row(cluster, 'late')).toEqual(row)
    expect((await bench.revisions(cluster, 'late')).map(({ id }) => id)).toEqual([
      'late-second',
      'late-first',
      `deploy-${cluster}-late`,
    ])
  })
})
