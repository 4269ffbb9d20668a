import type { NewEvent } from '#contract'
import { eq } from '#db/drizzle.ts'
import { clusterChanges } from '#db/schema/kubernetes.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Planning, Tool } from '#define'
import type { KubeObject, KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { testContext } from '../../testing.ts'
import { insertApproval, type TestFleet, testFleet } from '../../testing-world.ts'
import { followChanges } from './follow-changes.job.ts'

/** The world's API server, a database and the job, for the tests of the tools that change workloads. */
export interface Bench {
  fleet: TestFleet
  client: KubernetesCluster
  events: NewEvent[]
  plan(tool: Tool, input: object): Promise<Planning<Record<string, unknown>>>
  /** The error that planning ends with */
  refusal(tool: Tool, input: object): Promise<{ code: string; message: string; next: string }>
  /** Plans and runs what the plan settled, as the road does */
  change(tool: Tool, input: object, key: string): Promise<Record<string, unknown>>
  /** Runs what was settled once more under the same approval, as after a crash */
  rerun(tool: Tool, settled: object, key: string): Promise<Record<string, unknown>>
  row(key: string): Promise<typeof clusterChanges.$inferSelect>
  /** Lets time pass and the job look, until it is over or so many rounds are */
  follow(key: string, rounds?: number): Promise<typeof clusterChanges.$inferSelect>
  apply(kind: string, object: KubeObject): Promise<KubeObject>
  get(kind: string, name: string, namespace?: string): Promise<KubeObject>
  close(): Promise<void>
}

export async function startBench(cluster = 'gpu-east'): Promise<Bench> {
  const fleet = await testFleet([cluster])
  const database: TestDatabase = await testDatabase()
  const events: NewEvent[] = []
  const client = fleet.clients.kubernetes.for(cluster)
  const context = (idempotencyKey = 'plan') =>
    testContext({ clients: fleet.clients, db: database.db, now: fleet.now, events, idempotencyKey })
  const parse = (tool: Tool, input: object) => tool.input.parse({ cluster, ...input }) as never
  const plan = async (tool: Tool, input: object) => tool.plan!(parse(tool, input), context())
  const row = async (key: string) => {
    const [found] = await database.db.select().from(clusterChanges).where(eq(clusterChanges.id, key))
    return found!
  }
  return {
    ...{ fleet, client, events, plan, row },
    async refusal(tool, input) {
      try {
        await plan(tool, input)
      } catch (error) {
        const { code, message, options } = error as { code: string; message: string; options: { next: string } }
        return { code, message, next: options.next }
      }
      throw new Error('expected a refusal')
    },
    async change(tool, input, key) {
      const { input: settled = parse(tool, input) } = await plan(tool, input)
      await insertApproval(database.db, key).catch(() => undefined)
      const reply = await tool.run(settled as never, context(key))
      return tool.output.parse(reply.data) as Record<string, unknown>
    },
    async rerun(tool, settled, key) {
      const reply = await tool.run(parse(tool, settled), context(key))
      return tool.output.parse(reply.data) as Record<string, unknown>
    },
    async follow(key, rounds = 60) {
      for (let round = 0; round < rounds && (await row(key)).state === 'running'; round++) {
        fleet.world.tick(5)
        await followChanges.run(context())
      }
      return row(key)
    },
    apply: async (kind, object) => client.apply(await client.resolveKind(kind), object, { force: true }),
    get: async (kind, name, namespace) =>
      client.get(await client.resolveKind(kind), { name, ...(namespace && { namespace }) }),
    close: async () => {
      await fleet.close()
      await database.close()
    },
  }
}

/** A Deployment, StatefulSet or DaemonSet of small pods. */
export function workload(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', name: string, more: Draft = {}): KubeObject {
  const { namespace = 'gateway', replicas = 2, image = 'registry.example.com/web:1', gpus, spec = {}, pod = {} } = more
  const labels = { app: name }
  const limits = gpus ? { resources: { limits: { 'nvidia.com/gpu': String(gpus) } } } : {}
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image, ...limits }], ...pod } },
      ...spec,
    },
  }
}

interface Draft {
  namespace?: string
  replicas?: number
  image?: string
  gpus?: number
  spec?: Record<string, unknown>
  pod?: Record<string, unknown>
}
