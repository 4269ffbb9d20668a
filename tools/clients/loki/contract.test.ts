import { startLoki } from '../../../mocks/loki/server.ts'
import { TEST_START_MS, testWorld } from '../../../mocks/testing.ts'
import { testClients } from '../testing.ts'
import { lokiContract } from './contract-suite.ts'

lokiContract('the mock', async () => {
  const server = await startLoki({ world: testWorld(), cluster: 'gpu-east' })
  const clients = testClients({ clusters: [{ name: 'gpu-east', loki: { url: server.url } }] })
  return {
    client: clients.loki.for('gpu-east'),
    selector: '{namespace="inference"}',
    start: new Date(TEST_START_MS - 3_600_000),
    end: new Date(TEST_START_MS),
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
