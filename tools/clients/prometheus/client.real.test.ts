import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'vitest'
import { available, startPrometheus } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { prometheusContract } from './contract-suite.ts'

describe.skipIf(!available('prometheus').ok)('prometheus client on a real Prometheus', () => {
  prometheusContract('a real Prometheus', async () => {
    const engine = await startPrometheus()
    const clients = testClients({ clusters: [{ name: 'real', prometheus: { url: engine.url } }] })
    const client = clients.prometheus.for('real')
    // Its own `up` appears with the first scrape.
    while ((await client.query({ query: 'up' })).series.length === 0) await sleep(200)
    return {
      client,
      at: new Date(),
      close: async () => {
        clients.close()
        await engine.stop()
      },
    }
  })
})
