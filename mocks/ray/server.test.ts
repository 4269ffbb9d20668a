import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { fetchJson, type Json, testWorld } from '../testing.ts'
import { startRay } from './server.ts'

const world = testWorld()
let server: RunningServer
let bare: RunningServer
beforeAll(async () => {
  server = await startRay({
    world,
    find: () => world.rayCluster({ cluster: 'gpu-west', namespace: 'ray', name: 'ray-batch' }),
  })
  bare = await startRay({ world, find: () => world.rayCluster('bare') })
})
afterAll(async () => {
  await server.close()
  await bare.close()
})

const get = (path: string) => fetchJson(server.url + path)
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetchJson(server.url + path, { method: 'POST', body: JSON.stringify(body), headers })

describe('the dashboard of a Ray cluster on Kubernetes', () => {
  it('shows its pods as nodes with the GPUs they hold', async () => {
    expect((await get('/api/version')).body).toMatchObject({ version: '4', ray_version: '2.59.0' })
    const { data } = (await get('/nodes?view=summary')).body
    expect(data.summary.length).toBe(5)
    expect(data.summary.filter((one: Json) => one.raylet.isHeadNode).length).toBe(1)
    expect(data.summary.flatMap((one: Json) => one.gpus).length).toBe(8)
    expect(data.summary.flatMap((one: Json) => one.gpus)[0]).toMatchObject({
      name: 'NVIDIA A100-SXM4-80GB',
      memoryTotal: 81920,
    })
    expect((await get('/nodes?view=wrong')).body.result).toBe(false)
    const detail = data.summary[0].raylet.nodeId
    expect((await get(`/nodes/${detail}`)).body.data.detail.hostname).toBe(data.summary[0].hostname)
  })

  it('runs a job from pending to its end, with its log', async () => {
    const { submission_id } = (await post('/api/jobs/', { entrypoint: 'python x.py', metadata: { a: 'b' } })).body
    expect((await get(`/api/jobs/${submission_id}`)).body).toMatchObject({
      status: 'PENDING',
      type: 'SUBMISSION',
      metadata: { a: 'b' },
    })
    world.tick(5)
    const running = (await get(`/api/jobs/${submission_id}`)).body
    expect(running.status).toBe('RUNNING')
    expect(running.driver_info).not.toBeNull()
    expect((await fetchJson(`${server.url}/api/jobs/${submission_id}`, { method: 'DELETE' })).status).toBe(500)
    world.tick(150)
    expect((await get(`/api/jobs/${submission_id}`)).body).toMatchObject({ status: 'SUCCEEDED', driver_exit_code: 0 })
    expect((await get(`/api/jobs/${submission_id}/logs`)).body.logs).toMatch(/^Running entrypoint .*\n[\s\S]*done\n$/)
    expect((await fetchJson(`${server.url}/api/jobs/${submission_id}`, { method: 'DELETE' })).body).toEqual({
      deleted: true,
    })
    expect((await get(`/api/jobs/${submission_id}`)).status).toBe(404)
  })

  it('stops a job, fails one, and refuses what Ray refuses', async () => {
    await post('/api/jobs/', { entrypoint: 'sh -c "exit 1"', submission_id: 'doomed' })
    await post('/api/jobs/', { entrypoint: 'sleep 1', submission_id: 'stopped' })
    world.tick(5)
    expect((await post('/api/jobs/stopped/stop', {})).body).toEqual({ stopped: true })
    world.tick(150)
    expect((await get('/api/jobs/doomed')).body).toMatchObject({
      status: 'FAILED',
      error_type: 'JOB_ENTRYPOINT_COMMAND_ERROR',
    })
    expect((await get('/api/jobs/stopped')).body.status).toBe('STOPPED')
    const again = await post('/api/jobs/', { entrypoint: 'x', submission_id: 'doomed' })
    expect(again.status).toBe(500)
    expect(again.body).toContain('Please use a different submission_id')
    expect((await post('/api/jobs/', { entrypoint: 'x' }, { 'user-agent': 'Mozilla/5.0' })).status).toBe(405)
    expect((await post('/api/jobs/', {})).status).toBe(400)
  })

  it('answers the state API with filters and limits', async () => {
    const nodes = (
      await get('/api/v0/nodes?filter_keys=is_head_node&filter_predicates=%3D&filter_values=false&limit=2')
    ).body.data.result
    expect(nodes).toMatchObject({ total: 5, num_filtered: 4 })
    expect(nodes.result.length).toBe(2)
    expect((await get('/api/v0/actors')).body.data.result.result[0].state).toBe('ALIVE')
    expect((await get('/api/v0/tasks/summarize')).body.result).toBe(true)
    expect((await get('/api/v0/tasks?limit=20000')).body.result).toBe(false)
    expect((await get('/api/v0/unheard')).status).toBe(404)
  })
})

describe('the bare Ray cluster', () => {
  it('asks for its token and shows the Pi that dropped out', async () => {
    const token = world.rayCluster('bare')?.token ?? ''
    const ask = (authorization?: string) =>
      fetchJson(`${bare.url}/nodes?view=summary`, { headers: authorization ? { authorization } : {} })
    expect((await ask()).status).toBe(401)
    expect((await ask('Bearer wrong')).status).toBe(403)
    const { body } = await ask(`Bearer ${token}`)
    expect(body.data.summary.map((one: Json) => [one.hostname, one.raylet.state])).toContainEqual(['pi-03', 'DEAD'])
  })
})
