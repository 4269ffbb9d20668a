import { setTimeout as delay } from 'node:timers/promises'
import { describe } from 'vitest'
import { available, startTempo } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { tempoContract } from './contract-suite.ts'

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })

/** A request of two services that ended so many seconds ago, as an instrumented program sends it. */
function request(number: number, { endMs, failed }: { endMs: number; failed: boolean }) {
  const traceId = `5b8efff798038103d269b633813fc6${number.toString(16).padStart(2, '0')}`
  const nanos = (ms: number) => String(BigInt(ms) * 1_000_000n)
  const status = failed ? { code: 2, message: 'no KV cache left' } : {}
  const span = (spanId: string, more: object) => ({ traceId, spanId, status, endTimeUnixNano: nanos(endMs), ...more })
  const of = (service: string, one: object) => ({
    resource: { attributes: [text('service.name', service)] },
    scopeSpans: [{ spans: [one] }],
  })
  const id = number.toString(16).padStart(2, '0')
  return [
    of(
      'frontend',
      span(`eee19b7ec3c1b1${id}`, { name: 'POST /v1/chat', kind: 2, startTimeUnixNano: nanos(endMs - 250) }),
    ),
    of(
      'worker',
      span(`aaa19b7ec3c1b1${id}`, {
        parentSpanId: `eee19b7ec3c1b1${id}`,
        name: 'llm_request',
        kind: 2,
        startTimeUnixNano: nanos(endMs - 200),
      }),
    ),
  ]
}

describe.skipIf(!available('tempo').ok)('tempo client on a real Tempo', () => {
  tempoContract('a real Tempo', async () => {
    const engine = await startTempo()
    const now = Date.now()
    const resourceSpans = [1, 2, 3, 4].flatMap((number) =>
      request(number, { endMs: now - number * 2_000, failed: number === 2 }),
    )
    const headers = { 'content-type': 'application/json' }
    await fetch(`${engine.otlpUrl}/v1/traces`, { method: 'POST', headers, body: JSON.stringify({ resourceSpans }) })
    const clients = testClients({ clusters: [{ name: 'real', tempo: { url: engine.url } }] })
    const client = clients.tempo.for('real')
    const range = { start: new Date(now - 600_000), end: new Date(now + 60_000) }
    const found = async () => (await client.search({ query: '{ kind = server }', ...range })).length
    // A trace is found seconds after it came
    for (let tries = 0; tries < 60 && (await found()) < 4; tries += 1) await delay(1_000)
    return {
      client,
      service: 'frontend',
      ...range,
      close: async () => {
        clients.close()
        await engine.stop()
      },
    }
  })
})
