import { ToolError } from '#contract'
import { and, eq, gt, or } from '#db/drizzle.ts'
import { rayClusters as table } from '#db/schema/ray.ts'
import { defineJob, type JobContext } from '#define'
import { eventKind, podKind } from '../clients/kubernetes/types.ts'
import { followRows, patchOf } from '../follow.ts'
import { asEvent, asPod } from '../kubernetes/service.ts'
import { type Observed, observe, progressCard, type RayClusterRow, type Seen } from './progress.ts'
import { rayClusterKind, subjectOf } from './service.ts'

/** How long a cluster that failed is still looked at: many recover when an image or a node comes back. */
const recoveryMs = 24 * 3_600_000

const eventNames: Record<RayClusterRow['state'], string> = {
  initializing: 'ray-cluster.progressed',
  running: 'ray-cluster.ready',
  paused: 'ray-cluster.paused',
  error: 'ray-cluster.failed',
  terminated: 'ray-cluster.terminated',
}

/** Follows what was launched until it runs or is gone, and writes each change with its event. */
export const followRayClusters = defineJob({
  name: 'ray.follow-clusters',
  everyMs: 2_000,
  needs: ['kubernetes'],
  async run(ctx) {
    const db = await ctx.db()
    const recent = new Date(ctx.now().getTime() - recoveryMs)
    const rows = await db
      .select()
      .from(table)
      .where(or(eq(table.state, 'initializing'), and(eq(table.state, 'error'), gt(table.createdAt, recent))))
    await followRows(ctx, rows, {
      look: async (row, signal) => observe(row, await look(row, ctx, signal), ctx.now()),
      changed: (row, observed) => store(row, observed, ctx),
    })
  },
})

async function look({ cluster, namespace, name }: RayClusterRow, ctx: JobContext, signal: AbortSignal): Promise<Seen> {
  const client = ctx.clients.kubernetes!.for(cluster)
  const [object, pods] = await Promise.all([
    client.get(rayClusterKind, { namespace, name, signal }).catch((error) => {
      if (error instanceof ToolError && error.code === 'not-found') return undefined
      throw error
    }),
    client.list(podKind, { namespace, labelSelector: `ray.io/cluster=${name}`, signal }),
  ])
  const seen = { object, pods: pods.items.map(asPod) }
  if (!object || seen.pods.length > 0) return seen
  // KubeRay has no admission webhook: what it refuses shows only as an event of an object without pods
  const events = await client.list(eventKind, {
    namespace,
    fieldSelector: `involvedObject.kind=RayCluster,involvedObject.name=${name}`,
    signal,
  })
  const warning = events.items.map(asEvent).findLast(({ type }) => type === 'Warning')?.message
  return { ...seen, ...(warning && { warning }) }
}

async function store(row: RayClusterRow, observed: Observed, ctx: JobContext): Promise<void> {
  const now = ctx.now()
  const next = { ...observed, updatedAt: now, endedAt: observed.state === 'initializing' ? null : now }
  await ctx.commit(async (tx) => {
    await tx.update(table).set(next).where(eq(table.id, row.id))
    return {
      value: undefined,
      events: [
        {
          name: eventNames[observed.state],
          subject: subjectOf(row.cluster, row.namespace, row.name),
          cluster: row.cluster,
          data: { ...patchOf(progressCard({ ...row, ...next })) },
        },
      ],
    }
  })
}
