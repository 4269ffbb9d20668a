import { describe } from 'vitest'
import { available, startKubernetes } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { dynamoContract } from './contract-suite.ts'

const isThere = available('kubernetes').ok && available('dynamo-crds').ok

describe.skipIf(!isThere)('dynamo client on a real API server with the definitions of the operator', () => {
  dynamoContract('a real API server', async () => {
    const engine = await startKubernetes({ crds: ['dynamo'] })
    const kubernetes = { kubeconfig: engine.kubeconfigPath, context: 'real' }
    const clients = testClients({ clusters: [{ name: 'real', kubernetes }] })
    return {
      client: clients.dynamo.for('real'),
      kubernetes: clients.kubernetes.for('real'),
      namespace: 'default',
      close: async () => {
        clients.close()
        await engine.stop()
      },
    }
  })
})
