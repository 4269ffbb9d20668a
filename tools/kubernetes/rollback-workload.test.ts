import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench, workload } from './change/testing.ts'
import { rollbackWorkload } from './rollback-workload.tool.ts'

let bench: Bench
const web = { name: 'qm-web', namespace: 'gateway' }
const version = (kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', name: string, tag: number) =>
  workload(kind, name, {
    image: `registry.example.com/${name}:${tag}`,
    pod: { nodeSelector: kind === 'DaemonSet' ? { 'node-pool': 'cpu' } : {} },
  })
const imageOf = async (kind: string, name: string) => {
  const { spec } = await bench.get(kind, name, 'gateway')
  return (spec!.template as { spec: { containers: { image: string }[] } }).spec.containers[0]!.image
}

beforeAll(async () => {
  bench = await startBench()
  for (const tag of [1, 2, 3]) {
    await bench.apply('deploy', version('Deployment', 'qm-web', tag))
    await bench.apply('sts', version('StatefulSet', 'qm-db', tag))
    await bench.apply('ds', version('DaemonSet', 'qm-agent', tag))
    bench.fleet.world.tick(180)
  }
})
afterAll(() => bench.close())

describe('rollback_workload', () => {
  it('lists what the cluster keeps, shows the diff, and settles what "previous" means', async () => {
    const plan = await bench.plan(rollbackWorkload, web)
    expect(plan.summary).toBe(
      'Roll Deployment gateway/qm-web on gpu-east back from revision 3 to revision 2 (registry.example.com/qm-web:2)',
    )
    expect(plan.diff).toContain(
      '-          image: registry.example.com/qm-web:3\n+          image: registry.example.com/qm-web:2'.replace(
        / {10}/g,
        plan.diff!.match(/^-( +)image/m)![1]!,
      ),
    )
    expect(plan.impact.map(({ label }) => label)).toEqual(['Pods', 'Ready now', 'Now', 'Back to', 'Kept'])
    expect(plan.input).toMatchObject({ revision: 2 })
  })

  it('goes back, is followed, and run again after a crash stays there', async () => {
    const { input } = await bench.plan(rollbackWorkload, web)
    await bench.change(rollbackWorkload, input!, 'back')
    expect(await imageOf('deploy', 'qm-web')).toBe('registry.example.com/qm-web:2')
    expect((await bench.follow('back')).state).toBe('succeeded')
    // Its revision has become 4, and what was asked for was revision 2
    await bench.rerun(rollbackWorkload, input!, 'back')
    expect(await imageOf('deploy', 'qm-web')).toBe('registry.example.com/qm-web:2')
    expect(await bench.refusal(rollbackWorkload, input!)).toMatchObject({
      message: expect.stringContaining('is at revision 4 already'),
    })
    expect((await bench.plan(rollbackWorkload, web)).input).toMatchObject({ revision: 3 })
  })

  it.each([
    ['sts', 'qm-db'],
    ['ds', 'qm-agent'],
  ])('goes back to a given revision of a %s', async (kind, name) => {
    const asked = { kind, name, namespace: 'gateway', revision: 1 }
    await bench.change(rollbackWorkload, asked, `back-${name}`)
    expect(await imageOf(kind, name)).toBe(`registry.example.com/${name}:1`)
    expect((await bench.follow(`back-${name}`)).state).toBe('succeeded')
  })

  it('names the revisions that are kept where one is not', async () => {
    expect(await bench.refusal(rollbackWorkload, { ...web, revision: 77 })).toMatchObject({
      message: 'Deployment gateway/qm-web on gpu-east has no revision 77.',
      next: 'Kept are 3, 1.',
    })
    await bench.apply('deploy', version('Deployment', 'qm-new', 1))
    bench.fleet.world.tick(5)
    expect(await bench.refusal(rollbackWorkload, { name: 'qm-new', namespace: 'gateway' })).toMatchObject({
      message: expect.stringContaining('no earlier version'),
    })
  })

  it('the guard moves when somebody changes it in between', async () => {
    const { guard } = await bench.plan(rollbackWorkload, web)
    await bench.apply('deploy', version('Deployment', 'qm-web', 9))
    bench.fleet.world.tick(5)
    expect((await bench.plan(rollbackWorkload, web)).guard).not.toEqual(guard)
  })
})
