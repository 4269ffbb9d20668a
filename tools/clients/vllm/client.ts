import type { Endpoint } from '../endpoint.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import type { ModelEndpoint } from './types.ts'
import { models } from './wire.ts'

/** An OpenAI-compatible endpoint. Two GETs: the 35 MB of the openai package would buy nothing here. */
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
  }
}
