import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { available, startPrometheus, startThanos } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { type PrometheusUnderTest, prometheusContract } from './contract-suite.ts'

/** The client on a server; returns when `up` of its first scrape can be queried. */
async function open(url: string, stop: () => Promise<void>): Promise<PrometheusUnderTest> {
  const clients = testClients({ clusters: [{ name: 'real', prometheus: { url } }] })
  const client = clients.prometheus.for('real')
  while ((await client.query({ query: 'up' })).series.length === 0) await sleep(200)
  return {
    client,
    at: new Date(),
    close: async () => {
      clients.close()
      await stop()
    },
  }
}

describe.skipIf(!available('prometheus').ok)('prometheus client on a real Prometheus', () => {
  prometheusContract("Debian's Prometheus", async () => {
    const engine = await startPrometheus()
    return open(engine.url, engine.stop)
  })
})

describe.skipIf(!available('prometheus-newest').ok)('prometheus client on the newest Prometheus', () => {
  prometheusContract('the newest Prometheus', async () => {
    const engine = await startPrometheus({ version: 'newest', nodeExporter: false })
    return open(engine.url, engine.stop)
  })
})

const thanosReady = available('thanos').ok && available('prometheus').ok

describe.skipIf(!thanosReady)('prometheus client on a real Thanos', () => {
  prometheusContract('a real Thanos', async () => {
    const prometheus = await startPrometheus({ externalLabels: { cluster: 'real', replica: 'a' } })
    const thanos = await startThanos({ prometheus: [prometheus.url] })
    return open(thanos.url, async () => {
      await thanos.stop()
      await prometheus.stop()
    })
  })

  it('an answer that lacks a store is partial and keeps the warnings (MET-009)', async () => {
    const prometheus = await startPrometheus({ nodeExporter: false, externalLabels: { replica: 'a' } })
    const thanos = await startThanos({ prometheus: [prometheus.url] })
    const under = await open(thanos.url, async () => {
      await thanos.stop()
      await prometheus.stop()
    })
    try {
      const whole = await under.client.query({ query: 'up', fresh: true })
      expect([whole.warnings, whole.partial]).toEqual([[], undefined])
      await thanos.sidecars[0]?.stop()
      const partial = await under.client.query({ query: 'up', fresh: true })
      expect(partial.partial).toBe(true)
      expect(partial.warnings).toEqual([expect.stringContaining('connection refused')])
    } finally {
      await under.close()
    }
  })
})
