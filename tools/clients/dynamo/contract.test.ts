import { startKubernetes } from '../../../mocks/kubernetes/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { testClients } from '../testing.ts'
import { dynamoContract } from './contract-suite.ts'

dynamoContract('the mock', async () => {
  const server = await startKubernetes({ world: testWorld(), cluster: 'gpu-east' })
  const clients = testClients({ clusters: [{ name: 'gpu-east', kubernetes: { url: server.url } }] })
  return {
    client: clients.dynamo.for('gpu-east'),
    kubernetes: clients.kubernetes.for('gpu-east'),
    namespace: 'inference',
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
