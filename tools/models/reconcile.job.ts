import { eq, inArray } from '#db/drizzle.ts'
import { modelDeployments } from '#db/schema/models.ts'
import { defineJob, type JobContext } from '#define'
import { podKind } from '../clients/kubernetes/types.ts'
import { asPod } from '../kubernetes/service.ts'
import { type DeploymentRow, observe, progressCard } from './progress.ts'
import { subjectOf } from './service.ts'

const eventName = { running: 'deployment.ready', failed: 'deployment.failed', deleted: 'deployment.deleted' } as const

async function look(row: DeploymentRow, ctx: JobContext, signal: AbortSignal) {
  const { namespace, name } = row
  const [deployment, pods] = await Promise.all([
    ctx.clients.dynamo!.for(row.cluster).get({ namespace, name, signal }),
    ctx.clients.kubernetes!.for(row.cluster).list(podKind, {
      namespace,
      labelSelector: `nvidia.com/dynamo-graph-deployment-name=${name}`,
      signal,
    }),
  ])
  return { deployment, pods: pods.items.map(asPod) }
}

/** Follows what was asked for until it serves or fails, and writes each change with its event. */
export const followDeployments = defineJob({
  name: 'models.follow-deployments',
  everyMs: 2_000,
  needs: ['kubernetes', 'dynamo'],
  async run(ctx) {
    const db = await ctx.db()
    const rows = await db
      .select()
      .from(modelDeployments)
      .where(inArray(modelDeployments.state, ['pending', 'deploying']))
    const byCluster = Map.groupBy(rows, ({ cluster }) => cluster)
    await ctx.fanOut(
      [...byCluster.keys()],
      async (cluster, signal) => {
        for (const row of byCluster.get(cluster)!) await follow(row, ctx, signal)
      },
      { timeoutMs: 10_000 },
    )
  },
})

async function follow(row: DeploymentRow, ctx: JobContext, signal: AbortSignal): Promise<void> {
  const now = ctx.now()
  const { state, steps, message } = observe(row, await look(row, ctx, signal), now)
  const changed = state !== row.state || message !== row.message || JSON.stringify(steps) !== JSON.stringify(row.steps)
  if (!changed) return
  const ended = state === 'running' || state === 'failed' || state === 'deleted'
  const next = { state, steps, message, updatedAt: now, endedAt: ended ? now : null }
  await ctx.commit(async (tx) => {
    await tx.update(modelDeployments).set(next).where(eq(modelDeployments.id, row.id))
    const name = eventName[state as keyof typeof eventName] ?? 'deployment.progressed'
    return {
      value: undefined,
      events: [
        {
          name,
          subject: subjectOf(row.cluster, row.namespace, row.name),
          cluster: row.cluster,
          data: { ...progressCard({ ...row, ...next }) },
        },
      ],
    }
  })
}
