import { startQubic } from '../../../mocks/qubic/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { testClients } from '../testing.ts'
import { qubicContract } from './contract-suite.ts'

qubicContract('the mock', async () => {
  const world = testWorld()
  const server = await startQubic({ world })
  const clients = testClients({ qubic: { url: server.url } })
  const settled = world.book().transactions.find((one) => one.chainHash && one.completedAt)!
  return {
    client: clients.qubic,
    identity: settled.from,
    hash: settled.chainHash,
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
