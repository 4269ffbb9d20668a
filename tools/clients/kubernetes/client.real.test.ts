import { describe } from 'vitest'
import { available, startKubernetes } from '../../../engines/index.ts'
import { createEndpoint } from '../endpoint.ts'
import { testClients, testHttp, testSurroundings } from '../testing.ts'
import { createKubernetes } from './client.ts'
import { kubernetesConnector } from './connect.ts'
import { kubernetesContract } from './contract-suite.ts'

describe.skipIf(!available('kubernetes').ok)('kubernetes client on a real API server', () => {
  kubernetesContract('a real API server, by kubeconfig', async () => {
    const engine = await startKubernetes({ nodes: [{ count: 2, gpus: 8, pool: 'gpu-pool' }] })
    const kubernetes = { kubeconfig: engine.kubeconfigPath, context: 'real' }
    const clients = testClients({ clusters: [{ name: 'real', kubernetes }] })
    const connector = kubernetesConnector(kubernetes, 'test', testSurroundings())
    const endpoint = createEndpoint({
      upstream: 'kubernetes',
      cluster: 'real',
      credential: 'none',
      connector,
      http: testHttp(),
    })
    return {
      client: clients.kubernetes.for('real'),
      other: createKubernetes(endpoint, { now: () => 0, credential: 'none', fieldManager: 'contract-other' }),
      namespace: 'default',
      close: async () => {
        clients.close()
        await engine.stop()
      },
    }
  })
})
