import { afterAll, beforeAll, expect, it } from 'vitest'
import { gpuProviders, marketplaceUsers } from '#db/schema/marketplace.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { listNodes } from './list-nodes.tool.ts'
import { nodeOf } from './testing.ts'

let database: TestDatabase
const at = new Date('2026-11-01T00:00:00Z')
beforeAll(async () => {
  database = await testDatabase()
  await database.db
    .insert(marketplaceUsers)
    .values({ id: 'u1', qubicAddress: 'A'.repeat(60), role: 'provider', createdAt: at, updatedAt: at })
  const offer = (id: string, more: object) => ({
    id,
    workerId: `w-${id}`,
    userId: 'u1',
    qubicAddress: 'A'.repeat(60),
    type: 'native' as const,
    gpuModel: 'NVIDIA GeForce RTX 4090',
    gpuVramMb: 24_576,
    pricePerHour: 100n,
    currency: 'qu' as const,
    registeredAt: at,
    updatedAt: at,
    ...more,
  })
  await database.db
    .insert(gpuProviders)
    .values([
      offer('free', { isOnline: true, name: 'desk' }),
      offer('busy', { isOnline: true, currentJobId: 'j1' }),
      offer('off', { isOnline: false }),
      offer('gone', { isOnline: true, removedAt: at }),
    ])
})
afterAll(() => database.close())

it('lists what providers offer when it is asked for, and only then', async () => {
  const ctx = testContext({
    db: database.db,
    clients: {
      fleet: fleetOf([clusterInfo('east')]),
      kubernetes: perCluster({ east: kubernetesOf({ cluster: 'east', objects: { nodes: [nodeOf()] } }) }),
    },
  })
  const run = async (input: object) =>
    (await listNodes.run(listNodes.input.parse(input) as never, ctx)).data as unknown as {
      nodes: { name: string; status: string; gpuFree: number }[]
    }
  const all = await run({ kinds: ['provider'] })
  expect(all.nodes.map((node) => [node.name, node.status, node.gpuFree])).toEqual([
    ['w-off', 'offline', 0],
    ['w-busy', 'busy', 0],
    ['desk', 'ready', 1],
  ])
  expect((await run({ kinds: ['kubernetes', 'provider'] })).nodes).toHaveLength(4)
  expect((await run({})).nodes).toHaveLength(1)
})
