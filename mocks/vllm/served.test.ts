import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { startKubernetes } from '../kubernetes/server.ts'
import { fetchJson, testWorld } from '../testing.ts'
import { createSeriesSource } from '../world/source.ts'
import type { World } from '../world/world.ts'
import { servedModelsProxy } from './served.ts'

let world: World
let server: RunningServer
beforeAll(async () => {
  world = testWorld()
  const source = createSeriesSource(world)
  const proxy = servedModelsProxy(world, source, 50)
  server = await startKubernetes({ world, cluster: 'edge-lab', proxy })
})
afterAll(() => server.close())

const at = (service: string, path: string) =>
  `${server.url}/api/v1/namespaces/inference/services/${service}/proxy${path}`
const post = (service: string, body: object) =>
  fetch(at(service, '/v1/chat/completions'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'hello '.repeat(60) }], ...body }),
  })

describe('the Services of served models', () => {
  it.each([
    ['qwen3-0-6b-frontend:8000', 'Qwen/Qwen3-0.6B', 'dynamo_frontend_requests_total'],
    ['qwen3-0-6b-frontend', 'Qwen/Qwen3-0.6B', 'dynamo_frontend_time_to_first_token_seconds_bucket'],
    ['llama-3-1-8b-edge:http', 'meta-llama/Llama-3.1-8B-Instruct', 'vllm:num_requests_running'],
  ])('%s answers as its model', async (service, model, metric) => {
    const { body } = await fetchJson(at(service, '/v1/models'))
    expect(body.data).toEqual([expect.objectContaining({ id: model, object: 'model' })])
    expect((await fetch(at(service, '/health'))).status).toBe(200)
    const metrics = await (await fetch(at(service, '/metrics'))).text()
    expect(metrics).toContain(`# TYPE ${metric.replace('_bucket', '')} `)
    expect(metrics).toMatch(new RegExp(`^${metric}\\{[^}]*\\} [\\d.e+]+$`, 'm'))
    expect(metrics).not.toContain('pod=')
    const whole = await (await post(service, { model, max_tokens: 12 })).json()
    expect(whole).toMatchObject({
      model,
      usage: { completion_tokens: 12 },
      choices: [{ message: { role: 'assistant' } }],
    })
  })

  it('streams tokens, then the usage that was asked for', async () => {
    const asked = { model: 'Qwen/Qwen3-0.6B', stream: true, max_tokens: 20, stream_options: { include_usage: true } }
    const answer = await post('qwen3-0-6b-frontend:8000', asked)
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const events = (await answer.text()).split('\n\n').filter(Boolean)
    expect(events.at(-1)).toBe('data: [DONE]')
    expect(JSON.parse(events.at(-2)!.slice(6)).usage.completion_tokens).toBe(20)
    expect(events.filter((event) => event.includes('"content":"') && !event.includes('"role"')).length).toBe(20)
  })

  it('knows its own model alone', async () => {
    expect((await post('qwen3-0-6b-frontend:8000', { model: 'quartermaster-demo' })).status).toBe(404)
  })

  it('has nothing behind a wrong port, and nothing while no pod is ready', async () => {
    expect((await fetchJson(at('qwen3-0-6b-frontend:9999', '/v1/models'))).status).toBe(503)
    const scale = { spec: { replicas: 0 } }
    await fetch(`${server.url}/apis/apps/v1/namespaces/inference/deployments/llama-3-1-8b-edge`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify(scale),
    })
    world.tick(20_000)
    // The ticking is longer than an idle connection is kept
    const gone = await fetchJson(at('llama-3-1-8b-edge:8000', '/v1/models'), { headers: { connection: 'close' } })
    expect(gone.status).toBe(503)
    expect(gone.body.message).toContain('no endpoints available')
  })
})
