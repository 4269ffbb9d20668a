import type { Db } from '#db/open.ts'
import { approvals } from '#db/schema/core.ts'
import { startKubernetes } from '../mocks/kubernetes/server.ts'
import { testWorld } from '../mocks/testing.ts'
import type { World } from '../mocks/world/world.ts'
import { type ConfiguredClients, clientsConfig, createClients } from './clients/create.ts'

export interface TestFleet {
  world: World
  clients: ConfiguredClients
  /** World time */
  now(): Date
  close(): Promise<void>
}

/** The demo world's clusters behind real clients, for tests that follow a change to its end. Time moves by `world.tick`. */
export async function testFleet(clusters: readonly string[], more: Record<string, unknown> = {}): Promise<TestFleet> {
  const world = testWorld()
  const servers = await Promise.all(
    clusters.map(async (name) => ({ name, server: await startKubernetes({ world, cluster: name }) })),
  )
  const now = () => new Date(world.now())
  const clients = createClients(
    clientsConfig.parse({
      clusters: servers.map(({ name, server }) => ({ name, kubernetes: { url: server.url } })),
      ...more,
    }),
    { now, env: {} },
  )
  return {
    world,
    clients,
    now,
    close: async () => {
      clients.close()
      await Promise.all(servers.map(({ server }) => server.close()))
    },
  }
}

/** A row that what was approved may point at. */
export async function insertApproval(db: Db, id: string): Promise<void> {
  const now = new Date(0)
  await db.insert(approvals).values({
    id,
    state: 'running',
    tool: 'a_tool',
    title: 'A tool',
    risk: 'change',
    input: {},
    inputDigest: '',
    plan: { summary: '', verb: '', steps: [], checks: [], impact: [], guard: {} },
    planDigest: '',
    guardDigest: '',
    actorId: 'ada',
    actor: { id: 'ada', name: 'Ada', role: 'owner', kind: 'human', clusters: '*' },
    askedAt: now,
    expiresAt: now,
  })
}
