import { startPrometheus } from '../../../mocks/prometheus/main.ts'
import { originMs, sourceOf } from '../../../mocks/prometheus/testing/small.ts'
import { testClients } from '../testing.ts'
import { prometheusContract } from './contract-suite.ts'

prometheusContract('the mock', async () => {
  const at = new Date(originMs + 600_000)
  const source = sourceOf({ 'up{job="a"}': () => 1, 'up{job="b"}': () => 0 })
  const server = await startPrometheus({ source, cluster: 'gpu-east', now: () => at.getTime() })
  const clients = testClients({ clusters: [{ name: 'gpu-east', prometheus: { url: server.url } }] })
  return {
    client: clients.prometheus.for('gpu-east'),
    at,
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
