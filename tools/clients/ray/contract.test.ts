import { startRay } from '../../../mocks/ray/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { testClients } from '../testing.ts'
import { rayContract } from './contract-suite.ts'

rayContract('the mock', async () => {
  const world = testWorld()
  const token = world.rayCluster('bare')?.token
  const server = await startRay({ world, find: () => world.rayCluster('bare') })
  const clients = testClients({ ray: [{ name: 'lab', dashboardUrl: server.url, token }] })
  return {
    client: clients.ray.for('lab'),
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
