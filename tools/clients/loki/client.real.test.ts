import { describe } from 'vitest'
import { available, startLoki } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { lokiContract } from './contract-suite.ts'

const MINUTE_MS = 60_000

describe.skipIf(!available('loki').ok)('loki client on a real Loki', () => {
  lokiContract('a real Loki', async () => {
    const engine = await startLoki()
    const startMs = Date.now() - 10 * MINUTE_MS
    const at = (minute: number) => String(BigInt(startMs + minute * MINUTE_MS) * 1_000_000n)
    await engine.push([
      {
        stream: { namespace: 'inference', pod: 'vllm-0', container: 'main' },
        values: [
          [at(1), 'INFO loading weights'],
          [at(2), 'ERROR CUDA out of memory: tried to allocate 2.00 GiB', { trace_id: '5b8efff798038103' }],
          [at(3), 'INFO restarted'],
        ],
      },
      {
        stream: { namespace: 'inference', pod: 'vllm-1', container: 'main' },
        values: [
          [at(2), 'INFO "quoted" text and \\ a backslash'],
          [at(4), 'INFO ready'],
        ],
      },
    ])
    const clients = testClients({ clusters: [{ name: 'real', loki: { url: engine.url } }] })
    return {
      client: clients.loki.for('real'),
      selector: '{namespace="inference"}',
      start: new Date(startMs),
      end: new Date(startMs + 10 * MINUTE_MS),
      close: async () => {
        clients.close()
        await engine.stop()
      },
    }
  })
})
