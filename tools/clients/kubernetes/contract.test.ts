import { startKubernetes } from '../../../mocks/kubernetes/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { createEndpoint } from '../endpoint.ts'
import { testClients, testHttp } from '../testing.ts'
import { createKubernetes } from './client.ts'
import { kubernetesContract } from './contract-suite.ts'

kubernetesContract('the mock', async () => {
  const world = testWorld()
  const server = await startKubernetes({ world, cluster: 'gpu-east' })
  const clients = testClients({ clusters: [{ name: 'gpu-east', kubernetes: { url: server.url, token: 'operator' } }] })
  const connector = { canRefresh: false, connect: async () => ({ baseUrl: server.url, headers: {} }) }
  const endpoint = createEndpoint({
    upstream: 'kubernetes',
    cluster: 'gpu-east',
    credential: 'none',
    connector,
    http: testHttp(),
  })
  const client = clients.kubernetes.for('gpu-east')
  const { items } = await client.list(await client.resolveKind('pods'), { namespace: 'gateway', limit: 1 })
  const drivers = await client.list(await client.resolveKind('pods'), {
    namespace: 'gpu-operator',
    labelSelector: 'app=nvidia-driver-daemonset',
    limit: 1,
  })
  return {
    client,
    exec: {
      namespace: 'gpu-operator',
      pod: drivers.items[0]!.metadata.name,
      command: ['nvidia-smi', '-L'],
      prints: /^GPU 0: NVIDIA/,
      failing: ['nvidia-smi', '--no-such-option'],
    },
    other: createKubernetes(endpoint, { now: () => 0, credential: 'none', fieldManager: 'contract-other' }),
    namespace: 'gateway',
    pod: { namespace: 'gateway', pod: items[0]!.metadata.name },
    knowsSchema: false,
    pass: async () => world.tick(5),
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
