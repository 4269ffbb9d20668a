import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { available, startTempo, type Tempo } from './index.ts'

const TRACE = '5b8efff798038103d269b633813fc60c'

function otlp(traceId: string) {
  const endMs = Date.now()
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const span = {
    traceId,
    spanId: 'eee19b7ec3c1b174',
    name: 'POST /v1/chat/completions',
    kind: 2,
    startTimeUnixNano: String(BigInt(endMs - 250) * 1_000_000n),
    endTimeUnixNano: String(BigInt(endMs) * 1_000_000n),
    status: { code: 2, message: 'no KV cache left' },
    attributes: [text('gpu.uuid', 'GPU-1')],
  }
  const resource = { attributes: [text('service.name', 'frontend')] }
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }
}

describe.skipIf(!available('tempo').ok)('a real Tempo', () => {
  let engine: Tempo

  const read = async (path: string) => (await fetch(`${engine.url}${path}`)).json() as Promise<unknown>

  beforeAll(async () => {
    engine = await startTempo()
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(otlp(TRACE))
    const response = await fetch(`${engine.otlpUrl}/v1/traces`, { method: 'POST', headers, body })
    expect(response.status).toBe(200)
  })
  afterAll(() => engine?.stop())

  it('finds a pushed trace by TraceQL', async () => {
    const query = encodeURIComponent('{ status = error && span.gpu.uuid = "GPU-1" }')
    await expect
      .poll(() => read(`/api/search?q=${query}`), { timeout: 60_000 })
      .toMatchObject({
        traces: [{ traceID: TRACE, rootServiceName: 'frontend', durationMs: 250 }],
      })
  })

  it('gives the whole trace', async () => {
    await expect
      .poll(() => read(`/api/v2/traces/${TRACE}`), { timeout: 60_000 })
      .toMatchObject({
        trace: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'POST /v1/chat/completions' }] }] }] },
      })
  })

  it('refuses wrong TraceQL', async () => {
    const response = await fetch(`${engine.url}/api/search?q=${encodeURIComponent('{ status = }')}`)
    expect(response.status).toBe(400)
  })
})
