import { startTempo } from '../../../mocks/tempo/server.ts'
import { TEST_START_MS, testWorld } from '../../../mocks/testing.ts'
import { testClients } from '../testing.ts'
import { tempoContract } from './contract-suite.ts'

tempoContract('the mock', async () => {
  const server = await startTempo({ world: testWorld(), cluster: 'gpu-east' })
  const clients = testClients({ clusters: [{ name: 'gpu-east', tempo: { url: server.url } }] })
  return {
    client: clients.tempo.for('gpu-east'),
    service: 'gpt-oss-120b-frontend',
    start: new Date(TEST_START_MS - 3_600_000),
    end: new Date(TEST_START_MS),
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
