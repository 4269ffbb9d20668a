import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalPayload } from '#contract'
import { startKubernetes } from '../mocks/kubernetes/server.ts'
import { testWorld } from '../mocks/testing.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'

/** Changes of model deployments down the real road: planned, approved by a person, done once. */
describe('changing model deployments', () => {
  const world = testWorld()
  let server: Awaited<ReturnType<typeof startKubernetes>>
  let app: TestApp

  beforeAll(async () => {
    server = await startKubernetes({ world, cluster: 'gpu-east' })
    app = await startApp({ upstreams: { clusters: [{ name: 'gpu-east', kubernetes: { url: server.url } }] } })
  })
  afterAll(async () => {
    await app?.close()
    await server?.close()
  })

  async function ask(tool: string, input: object): Promise<ApprovalPayload> {
    const { answer, text } = await app.call(tool, { cluster: 'gpu-east', ...input })
    expect(answer.approval, text).toMatchObject({ state: 'pending' })
    return answer.approval!
  }
  async function decide({ id }: ApprovalPayload, typedName?: string) {
    const { answer } = await app.call(
      'decide_approval',
      { id, approve: true, ...(typedName !== undefined && { typedName }) },
      { actor: owner, face: 'rest' },
    )
    return answer
  }

  it('MOD-055: scaled, updated and rolled back; of two plans for one state the second dies and asks again', async () => {
    const name = 'gemma-4-31b'
    const [scale, update] = [
      await ask('scale_deployment', { name, replicas: 2 }),
      await ask('update_deployment', { name, contextLength: 4096 }),
    ]
    expect((await decide(scale)).data).toMatchObject({ state: 'succeeded' })
    // What it rested on has moved
    expect((await decide(update)).data).toMatchObject({ id: update.id, state: 'superseded' })
    const again = await ask('update_deployment', { name, contextLength: 4096 })
    expect((await decide(again)).data).toMatchObject({ state: 'succeeded' })
    const back = await ask('rollback_deployment', { name, revision: 1 })
    expect(back.plan.impact.map(({ label }) => label)).toContain('Back to')
    expect((await decide(back)).data).toMatchObject({ state: 'succeeded' })
  })

  it('MOD-047: deleted only by the name that a person typed', async () => {
    const approval = await ask('delete_deployment', { name: 'qwen3-30b-a3b' })
    expect(approval).toMatchObject({ risk: 'danger', plan: { typedName: 'qwen3-30b-a3b' } })
    expect((await decide(approval)).error?.message).toBeTruthy()
    expect((await decide(approval, 'qwen3-30b')).error).toBeTruthy()
    expect((await decide(approval, 'qwen3-30b-a3b')).data).toMatchObject({ state: 'succeeded' })
  })

  it('MOD-054: the audit names what was done', async () => {
    const { answer } = await app.call('get_audit_log', { limit: 50 }, { actor: owner, face: 'rest' })
    const text = JSON.stringify(answer.data)
    for (const tool of ['scale_deployment', 'update_deployment', 'rollback_deployment', 'delete_deployment'])
      expect(text).toContain(tool)
  })
})
