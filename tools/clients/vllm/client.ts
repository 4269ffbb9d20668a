import type { Endpoint } from '../endpoint.ts'
import { laterFetch } from '../later-fetch.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import { createServedModel } from './served.ts'
import type { ModelEndpoint } from './types.ts'
import { models } from './wire.ts'

/** An OpenAI-compatible endpoint. Its two GETs do without the openai package, which is for measuring. */
export function createModelEndpoint(endpoint: Endpoint, baseUrl: string): ModelEndpoint {
  const asked = { upstream: endpoint.upstream }
  return {
    baseUrl,
    async models(signal) {
      const { data } = parseAnswer(asked, models, await endpoint.call({ path: '/models', signal }))
      return data.map(({ id, max_model_len }) => ({ id, ...(max_model_len && { maxModelLen: max_model_len }) }))
    },
    // Every OpenAI-compatible server lists its models; /health is vLLM's alone.
    healthy: (signal) => isReady(endpoint, '/models', signal),
    measured: () =>
      createServedModel({
        baseUrl: 'http://endpoint',
        way: laterFetch(async () => {
          const { streamFetch } = await import('../stream-fetch.ts')
          return streamFetch(endpoint, { credential: 'llm.apiKey' })
        }),
        credential: 'llm.apiKey',
        clock: () => performance.now(),
      }),
  }
}
