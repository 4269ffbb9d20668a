import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'vitest'
import { available, startTempo } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { tempoContract } from './contract-suite.ts'

const MINUTE_MS = 60_000
const TRACES = 4

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })

/** One trace in OTLP's JSON: a request to a gateway and the model server behind it; the last one fails. */
function otlp(index: number, startMs: number) {
  const failed = index === TRACES - 1
  const traceId = `${index + 1}`.padStart(32, '0')
  const at = (ms: number) => String(BigInt(startMs + ms) * 1_000_000n)
  const parent = {
    traceId,
    spanId: '00000000000000a1',
    name: 'POST /v1/chat/completions',
    kind: 2,
    startTimeUnixNano: at(0),
    endTimeUnixNano: at(250),
    status: failed ? { code: 2, message: 'no KV cache left' } : {},
    attributes: [text('http.request.method', 'POST')],
  }
  const child = {
    traceId,
    spanId: '00000000000000b2',
    parentSpanId: parent.spanId,
    name: 'generate',
    kind: 1,
    startTimeUnixNano: at(20),
    endTimeUnixNano: at(240),
  }
  const of = (service: string, span: object) => ({
    resource: { attributes: [text('service.name', service)] },
    scopeSpans: [{ spans: [span] }],
  })
  return { resourceSpans: [of('gateway', parent), of('vllm', child)] }
}

describe.skipIf(!available('tempo').ok)('tempo client on a real Tempo', () => {
  tempoContract('a real Tempo', async () => {
    const engine = await startTempo()
    const startMs = Date.now() - 2 * MINUTE_MS
    const headers = { 'content-type': 'application/json' }
    for (let index = 0; index < TRACES; index++) {
      const body = JSON.stringify(otlp(index, startMs + index * 10_000))
      await fetch(`${engine.otlpUrl}/v1/traces`, { method: 'POST', headers, body })
    }
    const clients = testClients({ clusters: [{ name: 'real', tempo: { url: engine.url } }] })
    const client = clients.tempo.for('real')
    const range = { start: new Date(startMs - MINUTE_MS), end: new Date(startMs + 2 * MINUTE_MS) }
    while ((await client.search({ query: '{}', ...range })).length < TRACES) await sleep(200)
    return {
      client,
      service: 'gateway',
      ...range,
      close: async () => {
        clients.close()
        await engine.stop()
      },
    }
  })
})
