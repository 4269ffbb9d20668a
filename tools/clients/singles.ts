import type { ClientsConfig } from './config.ts'
import type { Endpoint } from './endpoint.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import { createHuggingFace } from './huggingface/client.ts'
import type { Clients } from './index.ts'
import type { Singles } from './per-cluster.ts'
import { createQubic } from './qubic/client.ts'
import type { Vault } from './vault.ts'
import { createModelEndpoint } from './vllm/client.ts'

/** What there is once and not for each cluster: made when it is first asked for. */
export function singlesOf(
  { qubic, llm, huggingface: hub, prices }: ClientsConfig,
  more: {
    endpoint: (
      upstream: 'qubic' | 'vllm' | 'huggingface',
      config: EndpointConfig,
      place: { where: string; tokenName?: string },
    ) => Endpoint
    vault: Vault | undefined
  },
): { [K in keyof Singles]: (() => Clients[K]) | undefined } {
  const { endpoint, vault } = more
  return {
    qubic: qubic && (() => createQubic(endpoint('qubic', qubic, { where: 'qubic' }))),
    vllm:
      llm &&
      (() => {
        const { baseUrl, apiKey, timeoutMs } = llm
        const config = { url: baseUrl, bearerToken: apiKey, timeoutMs }
        return createModelEndpoint(endpoint('vllm', config, { where: 'llm', tokenName: 'apiKey' }), baseUrl)
      }),
    huggingface:
      hub &&
      (() => {
        const { url, token, timeoutMs } = hub
        const config = { url, bearerToken: token, timeoutMs }
        return createHuggingFace(endpoint('huggingface', config, { where: 'huggingface', tokenName: 'token' }), url)
      }),
    prices: prices && (() => prices),
    vault: vault && (() => vault),
  }
}
