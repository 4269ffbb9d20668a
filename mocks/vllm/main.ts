import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createVllmServer, DEMO_MODEL, MAX_MODEL_LENGTH } from './http.ts'
import { createMetrics } from './metrics.ts'

export { DEMO_MODEL } from './http.ts'

export interface VllmOptions {
  /** 0 takes any free port. */
  port?: number
  /** Epoch milliseconds; the world's clock where there is one. */
  now?: () => number
  tokensPerSecond?: number
  /** What a prompt takes before its first token; default none */
  firstTokenMs?: number
  /** One of `behaviours.ts`, for every request that does not choose its own by header or model name. */
  behaviour?: string
}

/**
 * Starts the demo model on loopback. `url` is the base without `/v1`; the OpenAI interface is under `url/v1`, and
 * `/health`, `/metrics`, `/version` and `/tokenize` beside it. `close` ends open streams.
 */
export async function startVllm({
  port = 0,
  now = Date.now,
  tokensPerSecond = 200,
  firstTokenMs = 0,
  behaviour,
}: VllmOptions = {}): Promise<{ url: string; close(): Promise<void> }> {
  const newId = () => randomUUID().replaceAll('-', '')
  const metrics = createMetrics(DEMO_MODEL, MAX_MODEL_LENGTH)
  const server = createVllmServer({ metrics, tokensPerSecond, firstTokenMs, now, newId, behaviour })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startVllm({ port: Number(process.argv[2] ?? 0) })
  console.log(`demo model: LLM_BASE_URL=${url}/v1`)
}
