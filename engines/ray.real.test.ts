import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { available, type Ray, type RayEngine, type RayWorker, startRay } from './index.ts'

const cases: { engine: RayEngine; token?: string }[] = [
  { engine: 'ray' },
  { engine: 'ray', token: 'a-token-that-is-long-enough' },
  { engine: 'ray-older' },
]

describe.each(cases)('$engine, token $token', ({ engine, token }) => {
  describe.skipIf(!available(engine).ok)('a real head', () => {
    let ray: Ray
    let worker: RayWorker
    beforeAll(async () => {
      ray = await startRay({ engine, token })
      worker = await ray.addWorker({ cpus: 2, gpus: 1, resources: { pi: 1 } })
    }, 180_000)
    afterAll(() => ray?.stop(), 60_000)

    const get = async (
      path: string,
      headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {},
    ) => fetch(`${ray.dashboardUrl}${path}`, { headers })
    const states = async () => {
      const { data } = (await (await get('/nodes?view=summary')).json()) as {
        data: { summary: { raylet: { state: string; resourcesTotal?: Record<string, number> } }[] }
      }
      return data.summary.map(({ raylet }) => raylet)
    }

    test('says its version', async () => {
      expect(await (await get('/api/version')).json()).toMatchObject({ ray_version: ray.version })
    })

    test('counts what the worker brought', async () => {
      await expect
        .poll(async () => (await states()).some((node) => node.resourcesTotal?.pi === 1), { timeout: 20_000 })
        .toBe(true)
    })

    test.runIf(token)('answers nobody without the token', async () => {
      expect((await get('/nodes?view=summary', {})).status).toBe(401)
      expect((await get('/nodes?view=summary', { authorization: 'Bearer another-token-of-some-length' })).status).toBe(
        403,
      )
    })

    test('notices a worker that dies', async () => {
      worker.kill()
      await expect
        .poll(async () => (await states()).some(({ state }) => state === 'DEAD'), { timeout: 60_000 })
        .toBe(true)
    }, 90_000)
  })
})
