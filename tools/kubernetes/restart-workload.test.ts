import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { podKind } from '../clients/kubernetes/types.ts'
import { type Bench, startBench, workload } from './change/testing.ts'
import { restartWorkload } from './restart-workload.tool.ts'

let bench: Bench
const at = (name: string) => ({ name, namespace: 'gateway' })
beforeAll(async () => {
  bench = await startBench()
  await bench.apply('deploy', workload('Deployment', 'qm-web', { replicas: 3 }))
  await bench.apply('sts', workload('StatefulSet', 'qm-db', { replicas: 2 }))
  await bench.apply('ds', workload('DaemonSet', 'qm-agent', { pod: { nodeSelector: { 'node-pool': 'cpu' } } }))
  await bench.apply('sts', workload('StatefulSet', 'qm-hand', { spec: { updateStrategy: { type: 'OnDelete' } } }))
  bench.fleet.world.tick(120)
})
afterAll(() => bench.close())

const podNames = async (app: string) =>
  (await bench.client.list(podKind, { namespace: 'gateway', labelSelector: `app=${app}` })).items.map(
    ({ metadata }) => metadata.uid,
  )

describe('restart_workload', () => {
  it('plans how pods are replaced, by a dry run', async () => {
    const plan = await bench.plan(restartWorkload, at('qm-web'))
    expect(plan.summary).toBe(
      'Restart Deployment gateway/qm-web on gpu-east: 3 pods, at most 25% away, 25% more at a time',
    )
    expect(plan.diff).toContain('+        kubectl.kubernetes.io/restartedAt:')
    expect(plan.guard).toEqual((await bench.plan(restartWorkload, at('qm-web'))).guard)
  })

  it.each([
    ['deploy', 'qm-web'],
    ['sts', 'qm-db'],
    ['ds', 'qm-agent'],
  ])('replaces every pod of a %s and ends when all are ready', async (kind, name) => {
    const before = await podNames(name)
    expect(before.length).toBeGreaterThan(0)
    await bench.change(restartWorkload, { kind, ...at(name) }, `restart-${name}`)
    expect((await bench.follow(`restart-${name}`)).state).toBe('succeeded')
    const after = await podNames(name)
    expect(after).toHaveLength(before.length)
    expect(after.filter((uid) => before.includes(uid))).toEqual([])
  })

  it('run again under the same approval restarts nothing twice', async () => {
    const template = async () => JSON.stringify((await bench.get('deploy', 'qm-web', 'gateway')).spec!.template)
    await bench.change(restartWorkload, at('qm-web'), 'again')
    const first = await template()
    bench.fleet.world.tick(90)
    await bench.rerun(restartWorkload, at('qm-web'), 'again')
    expect(await template()).toBe(first)
  })

  it('says what restarting does not do: OnDelete, nothing there, paused, no workload', async () => {
    const { checks } = await bench.plan(restartWorkload, { kind: 'sts', ...at('qm-hand') })
    expect(checks).toContainEqual({
      label: 'How pods are replaced',
      state: 'warn',
      detail: expect.stringContaining('until somebody deletes them'),
    })
    await bench.change(restartWorkload, { kind: 'sts', ...at('qm-hand') }, 'hand')
    expect(await bench.follow('hand')).toMatchObject({
      state: 'succeeded',
      message: expect.stringContaining('OnDelete'),
    })
    await bench.apply('deploy', workload('Deployment', 'qm-none', { replicas: 0 }))
    expect(await bench.refusal(restartWorkload, at('qm-none'))).toMatchObject({
      message: expect.stringContaining('no pods'),
    })
    await bench.apply('deploy', workload('Deployment', 'qm-paused', { spec: { paused: true } }))
    expect(await bench.refusal(restartWorkload, at('qm-paused'))).toMatchObject({
      message: expect.stringContaining('paused'),
    })
    expect(await bench.refusal(restartWorkload, { kind: 'ns', name: 'gateway' })).toMatchObject({
      next: expect.stringContaining('StatefulSet'),
    })
  })

  it('a rollout that hangs says why, in the words of the kubelet', async () => {
    await bench.apply(
      'deploy',
      workload('Deployment', 'qm-stuck', { image: 'registry.example.com/web:does-not-exist' }),
    )
    bench.fleet.world.tick(30)
    await bench.change(restartWorkload, at('qm-stuck'), 'stuck')
    const row = await bench.follow('stuck', 6)
    expect(row).toMatchObject({ state: 'running', message: expect.stringMatching(/ImagePullBackOff|ErrImagePull/) })
    bench.fleet.world.tick(700)
    expect(await bench.follow('stuck')).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('timed out progressing'),
    })
  })
})
