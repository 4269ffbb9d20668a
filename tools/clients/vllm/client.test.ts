import { afterEach, describe, expect, it } from 'vitest'
import { startVllm } from '../../../mocks/vllm/main.ts'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testClients, testHttp, testSurroundings } from '../testing.ts'
import { createModelEndpoint } from './client.ts'
import { modelEndpointContract } from './contract-suite.ts'

const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createModelEndpoint(
    configuredEndpoint({
      upstream: 'vllm',
      config: { url, timeoutMs },
      where: 'llm',
      http,
      surroundings: testSurroundings(),
    }),
    url,
  )

modelEndpointContract('the demo model', async () => {
  const server = await startVllm()
  const clients = testClients({ llm: { baseUrl: `${server.url}/v1` } })
  return {
    client: clients.vllm,
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})

clientFailures('model endpoint', ({ url, signal, ...setup }) => open(url, setup).models(signal), {
  unreachable: 'upstream-unreachable',
  timeout: 'upstream-timeout',
  credential: 'llm.',
})

let server: TestServer
afterEach(() => server?.close())

describe('model endpoint client', () => {
  it('reads models with and without a length', async () => {
    server = await serveJson({ object: 'list', data: [{ id: 'a', max_model_len: 4096, root: 'x' }, { id: 'b' }] })
    expect(await open(`${server.url}/v1`).models()).toEqual([{ id: 'a', maxModelLen: 4096 }, { id: 'b' }])
    expect(server.requests).toEqual(['GET /v1/models'])
  })

  it('sends the API key, from the environment', async () => {
    const seen: unknown[] = []
    server = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end('{"data":[]}')
    })
    await testClients({ llm: { baseUrl: server.url, apiKey: { env: 'KEY' } } }, { KEY: 'sk-1' }).vllm.models()
    expect(seen).toEqual(['Bearer sk-1'])
  })

  it('is not healthy where nothing answers', async () => {
    server = await serveJson({}, 500)
    expect(await open(server.url).healthy()).toBe(false)
  })
})
