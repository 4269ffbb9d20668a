import type { NewEvent } from '#contract'
import { desc, eq } from '#db/drizzle.ts'
import { deploymentRevisions, modelDeployments } from '#db/schema/models.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Planning, Tool } from '#define'
import type { KubeObject, KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { testContext } from '../../testing.ts'
import { insertApproval, type TestFleet, testFleet } from '../../testing-world.ts'
import type { DeploymentConfig } from '../config.ts'
import { followDeployments } from '../reconcile.job.ts'
import { runtimeOf } from '../runtimes/index.ts'
import { servedKind } from '../runtimes/served.ts'
import { recordChange } from './revisions.ts'

type Row = typeof modelDeployments.$inferSelect
type Revision = typeof deploymentRevisions.$inferSelect

/** The world's API servers, a database and the job, for the tests of the tools that change deployments. */
export interface Bench {
  fleet: TestFleet
  events: NewEvent[]
  client(cluster: string): KubernetesCluster
  plan(tool: Tool, input: object): Promise<Planning<Record<string, unknown>>>
  /** The error that planning ends with */
  refusal(tool: Tool, input: object): Promise<{ code: string; message: string; next: string; field?: string }>
  /** Plans and runs what the plan settled, as the road does */
  change(tool: Tool, input: object, key: string): Promise<Record<string, unknown>>
  /** Runs what was settled, once more under the same approval as after a crash, or at the same time as another */
  run(tool: Tool, settled: object, key: string): Promise<Record<string, unknown>>
  /** The same in a process that dies behind its nth write to the cluster or the database; whether it came so far */
  die(tool: Tool, settled: object, parts: { key: string; after: number }): Promise<boolean>
  approve(key: string): Promise<void>
  /** A deployment that we made, with its first revision */
  deploy(cluster: string, config: DeploymentConfig): Promise<void>
  row(cluster: string, name: string): Promise<Row | undefined>
  /** Newest first */
  revisions(cluster: string, name: string): Promise<Revision[]>
  /** Lets time pass and the job look */
  follow(rounds?: number, seconds?: number): Promise<void>
  apply(cluster: string, object: KubeObject): Promise<KubeObject>
  get(cluster: string, kind: string, name: string): Promise<KubeObject>
  close(): Promise<void>
}

export const benchNamespace = 'inference'

export async function startBench(clusters: readonly string[], more: Record<string, unknown> = {}): Promise<Bench> {
  const fleet = await testFleet(clusters, more)
  const database: TestDatabase = await testDatabase()
  const events: NewEvent[] = []
  const context = (idempotencyKey = 'plan') =>
    testContext({ clients: fleet.clients, db: database.db, now: fleet.now, events, idempotencyKey })
  const parse = (tool: Tool, input: object) => tool.input.parse(input) as never
  const plan: Bench['plan'] = async (tool, input) => tool.plan!(parse(tool, input), context())
  const client = (cluster: string) => fleet.clients.kubernetes.for(cluster)
  const approve = async (key: string) => insertApproval(database.db, key).catch(() => undefined)
  const run: Bench['run'] = async (tool, settled, key) => {
    await approve(key)
    const reply = await tool.run(parse(tool, settled), context(key))
    return tool.output.parse(reply.data) as Record<string, unknown>
  }
  const die: Bench['die'] = async (tool, settled, { key, after }) => {
    await approve(key)
    let left = after
    const written = async <T>(work: () => Promise<T>): Promise<T> => {
      // A dead process writes nothing, not even that it failed
      if (left <= 0) throw new Error('the process is dead')
      const done = await work()
      if (--left === 0) throw new Error('the process died')
      return done
    }
    const ctx = context(key)
    const mortal = {
      ...ctx,
      clients: { ...ctx.clients, kubernetes: mortalClusters(ctx.clients.kubernetes, written) },
      commit: ((work) => written(() => ctx.commit(work))) as typeof ctx.commit,
    }
    await tool.run(parse(tool, settled), mortal).catch((error: Error) => {
      if (left > 0) throw error
    })
    return left === 0
  }
  return {
    ...{ fleet, events, client, plan, approve, run, die },
    async deploy(cluster, config) {
      const runtime = runtimeOf(config.runtime)!
      const kind = await servedKind(client(cluster), runtime, new AbortController().signal)
      const manifests = runtime.manifests(config, kind!.version)
      const stored: KubeObject[] = []
      for (const object of manifests)
        stored.push(await client(cluster).apply(await client(cluster).resolveKind(object.kind!), object))
      const { name, namespace } = config
      await approve(`deploy-${cluster}-${name}`)
      await recordChange(context(`deploy-${cluster}-${name}`), {
        ...{ cluster, name, namespace, config, manifests },
        ...{ runtime: config.runtime, action: 'deploy', change: 'deployed', model: config.modelId },
        ...{ engine: config.engine, mode: config.mode, replicas: config.replicas, gpus: config.gpus * config.replicas },
        root: stored[0]!,
      })
    },
    async refusal(tool, input) {
      try {
        await plan(tool, input)
      } catch (error) {
        const { code, message, options } = error as {
          code: string
          message: string
          options: { next: string; field?: string }
        }
        return { code, message, ...options }
      }
      throw new Error('expected a refusal')
    },
    async change(tool, input, key) {
      const { input: settled = parse(tool, input) } = await plan(tool, input)
      return run(tool, settled, key)
    },
    async row(cluster, name) {
      const rows = await database.db.select().from(modelDeployments).where(eq(modelDeployments.name, name))
      return rows.find((one) => one.cluster === cluster)
    },
    async revisions(cluster, name) {
      const rows = await database.db
        .select()
        .from(deploymentRevisions)
        .where(eq(deploymentRevisions.name, name))
        .orderBy(desc(deploymentRevisions.revision))
      return rows.filter((one) => one.cluster === cluster)
    },
    async follow(rounds = 1, seconds = 15) {
      for (let round = 0; round < rounds; round++) {
        fleet.world.tick(seconds)
        await followDeployments.run(context())
      }
    },
    apply: async (cluster, object) =>
      client(cluster).apply(await client(cluster).resolveKind(object.kind!), object, { force: true }),
    get: async (cluster, kind, name) =>
      client(cluster).get(await client(cluster).resolveKind(kind), { name, namespace: benchNamespace }),
    close: async () => {
      await fleet.close()
      await database.close()
    },
  }
}

type Clusters = TestFleet['clients']['kubernetes']

/** Clients whose writes are counted; a dry run is none. */
function mortalClusters(clusters: Clusters, written: <T>(work: () => Promise<T>) => Promise<T>): Clusters {
  const writes = ['apply', 'patch', 'delete']
  const isTry = (parts: unknown[]) => parts.some((one) => (one as { dryRun?: boolean } | undefined)?.dryRun === true)
  const wrap = <T extends object>(target: T, pick: (key: string, call: (...all: unknown[]) => unknown) => unknown): T =>
    new Proxy(target, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key)
        return typeof value === 'function' ? pick(String(key), value.bind(of)) : value
      },
    })
  const mortal = (cluster: KubernetesCluster): KubernetesCluster =>
    wrap(cluster, (key, call) =>
      writes.includes(key)
        ? (...all: unknown[]) => (isTry(all) ? call(...all) : written(async () => call(...all)))
        : call,
    )
  return wrap(clusters, (key, call) =>
    key === 'for' ? (name: unknown) => mortal(call(name) as KubernetesCluster) : call,
  )
}
