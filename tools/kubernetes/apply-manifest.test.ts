import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyManifest } from './apply-manifest.tool.ts'
import { type Bench, startBench, workload } from './change/testing.ts'

let bench: Bench
const namespace = 'gateway'
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.close())

const settings = (level: string, name = 'qm-settings') => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: gateway
data:
  level: ${level}
`
const plan = (manifest: string, more: object = {}) => bench.plan(applyManifest, { manifest, ...more })
const refusal = (manifest: string, more: object = {}) => bench.refusal(applyManifest, { manifest, ...more })

describe('the plan of apply_manifest', () => {
  it('shows for each of several documents whether it is created, changed or left', async () => {
    await bench.change(
      applyManifest,
      { manifest: settings('info', 'qm-kept') + '---\n' + settings('info', 'qm-moved') },
      'first',
    )
    const all = [settings('info', 'qm-kept'), settings('debug', 'qm-moved'), settings('info', 'qm-fresh')].join('---\n')
    const made = await plan(all)
    expect(made.summary).toBe('Apply 3 objects to gpu-east: 1 created, 1 changed, 1 unchanged')
    expect(made.steps.map(({ verb, target }) => `${verb} ${target}`)).toEqual([
      'Leave ConfigMap gateway/qm-kept',
      'Change ConfigMap gateway/qm-moved',
      'Create ConfigMap gateway/qm-fresh',
    ])
    expect(made.diff).toContain('--- now ConfigMap gateway/qm-moved\n+++ planned ConfigMap gateway/qm-moved')
    expect(made.diff).toContain('-  level: info\n+  level: debug')
    expect(made.diff).not.toContain('qm-kept')
    expect(made.guard).toMatchObject({ 'ConfigMap gateway/qm-fresh': 'absent' })
    expect(await bench.refusal(applyManifest, { manifest: settings('info', 'qm-kept') })).toMatchObject({
      message: expect.stringContaining('Nothing would change'),
    })
  })

  it('takes JSON, a List, a default namespace, and a namespace that comes with it', async () => {
    const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'qm-json' }, data: { a: '1' } }
    expect((await plan(JSON.stringify(bare), { namespace })).steps[0]!.target).toBe('ConfigMap gateway/qm-json')
    expect(await refusal(JSON.stringify(bare))).toMatchObject({ message: 'ConfigMap qm-json says no namespace.' })
    const fresh = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'qm-fresh' } }
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [{ ...bare, metadata: { name: 'a', namespace: 'qm-fresh' } }, fresh],
    }
    const made = await plan(JSON.stringify(list))
    expect(made.steps.map(({ target }) => target)).toEqual(['Namespace qm-fresh', 'ConfigMap qm-fresh/a'])
    expect(made.checks[0]).toMatchObject({ state: 'warn', detail: expect.stringContaining('ConfigMap qm-fresh/a') })
    await bench.change(applyManifest, { manifest: JSON.stringify(list) }, 'fresh')
    expect((await bench.get('cm', 'a', 'qm-fresh')).data).toEqual({ a: '1' })
  })

  it('a field of another manager is a conflict that names it, until it is taken by force', async () => {
    await bench.apply('deploy', workload('Deployment', 'qm-web'))
    const kind = await bench.client.resolveKind('deploy')
    await bench.client.patch(kind, { name: 'qm-web', namespace, body: { spec: { replicas: 5 } } })
    const other = JSON.stringify(workload('Deployment', 'qm-web', { replicas: 3 }))
    const conflicting = await plan(other)
    expect(conflicting.checks.find(({ state }) => state === 'fail')).toMatchObject({
      label: 'Deployment gateway/qm-web: conflict with an earlier change from here',
      detail: expect.stringContaining('spec.replicas'),
    })
    const forced = await plan(other, { force: true })
    expect(forced.checks.filter(({ state }) => state === 'fail')).toEqual([])
    expect(forced.checks).toContainEqual(
      expect.objectContaining({
        label: 'Deployment gateway/qm-web: takes fields over from an earlier change from here',
        state: 'warn',
      }),
    )
    expect(forced.diff).toContain('-  replicas: 5\n+  replicas: 3')
  })

  it.each([
    ['a: [', 'invalid-input', /document 1, line 1/],
    ['apiVersion: v1\nkind: ConfigMap\n', 'invalid-input', /no metadata.name/],
    ['just words', 'invalid-input', /no object/],
    ['', 'invalid-input', /holds no object/],
    [settings('a') + '---\n' + settings('b'), 'invalid-input', /twice/],
    ['apiVersion: v1\nkind: ConfigMapp\nmetadata: {name: a, namespace: gateway}', 'not-found', /ConfigMapp/],
    ['apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a, namespace: gateway}', 'not-found', /Deployment/],
    [
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}',
      'permission-denied',
      /protected/,
    ],
    [settings('a').replace('gateway', 'kube-system'), 'permission-denied', /protected/],
    [settings('a').replace('gateway', 'not-there'), 'not-found', /ConfigMap not-there\/qm-settings: .*not-there/],
  ])('refuses %j', async (manifest, code, message) => {
    const refused = await refusal(manifest)
    expect(refused.code).toBe(code)
    expect(refused.message).toMatch(message)
  })

  it('refuses a Secret with values and repeats none of them', async () => {
    const value = 'c3VwZXItc2VjcmV0LXZhbHVl'
    const manifest = `apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: gateway}\ndata:\n  password: ${value}\n`
    const refused = await refusal(settings('info') + '---\n' + manifest)
    expect(refused.message).toContain("A Secret's values are not taken here")
    expect(JSON.stringify(refused)).not.toContain(value)
    const broken = await refusal(`${manifest}  x: [`)
    expect(JSON.stringify(broken)).not.toContain(value)
  })

  it('refuses aliases without end', async () => {
    const lines = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array(10).fill(`*${'abcdefg'[index]}`).join(',')}]`),
    ]
    expect((await refusal(lines.join('\n'))).message).toContain('refers to itself too often')
  })
})

describe('applying', () => {
  it('tells of each object what became of it; again, all is unchanged', async () => {
    const manifest = `${settings('info', 'qm-a')}---\n${settings('info', 'qm-b')}`
    const data = await bench.change(applyManifest, { manifest }, 'apply-1')
    expect(data.rows).toMatchObject([
      { id: 'ConfigMap gateway/qm-a', outcome: 'created' },
      { id: 'ConfigMap gateway/qm-b', outcome: 'created' },
    ])
    const again = await bench.rerun(applyManifest, { manifest }, 'apply-1')
    expect(again.rows).toMatchObject([{ outcome: 'unchanged' }, { outcome: 'unchanged' }])
  })

  it('that stops half way says what was done', async () => {
    const manifest = `${settings('info', 'qm-half')}---\n${settings('info', 'qm-never').replace('gateway', 'not-there')}`
    await expect(bench.rerun(applyManifest, { manifest }, 'apply-2')).rejects.toMatchObject({
      message: expect.stringContaining('Before it, ConfigMap gateway/qm-half was applied'),
      options: { changed: 'something' },
    })
  })
})
