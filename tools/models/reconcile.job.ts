import { and, eq, gt, inArray, or } from '#db/drizzle.ts'
import { modelDeployments as table } from '#db/schema/models.ts'
import { defineJob, type JobContext } from '#define'
import { podKind } from '../clients/kubernetes/types.ts'
import { followRows, patchOf } from '../follow.ts'
import { asPod } from '../kubernetes/service.ts'
import { type DeploymentRow, type Observed, observe, progressCard } from './progress.ts'
import { subjectOf } from './service.ts'

/** How long a deployment that failed is still looked at: many recover when an image or a node comes back. */
const recoveryMs = 24 * 3_600_000

const eventNames: Partial<Record<DeploymentRow['state'], string>> = {
  running: 'deployment.ready',
  failed: 'deployment.failed',
  deleted: 'deployment.deleted',
}

/** Follows what was asked for until it serves or is gone, and writes each change with its event. */
export const followDeployments = defineJob({
  name: 'models.follow-deployments',
  everyMs: 2_000,
  needs: ['kubernetes', 'dynamo'],
  async run(ctx) {
    const db = await ctx.db()
    const recent = new Date(ctx.now().getTime() - recoveryMs)
    const rows = await db
      .select()
      .from(table)
      .where(
        or(inArray(table.state, ['pending', 'deploying']), and(eq(table.state, 'failed'), gt(table.createdAt, recent))),
      )
    await followRows(ctx, rows, {
      look: (row, signal) => look(row, ctx, signal),
      changed: (row, observed) => store(row, observed, ctx),
    })
  },
})

async function look(row: DeploymentRow, ctx: JobContext, signal: AbortSignal): Promise<Observed> {
  const { namespace, name } = row
  const [deployment, pods] = await Promise.all([
    ctx.clients.dynamo!.for(row.cluster).get({ namespace, name, signal }),
    ctx.clients.kubernetes!.for(row.cluster).list(podKind, {
      namespace,
      labelSelector: `nvidia.com/dynamo-graph-deployment-name=${name}`,
      signal,
    }),
  ])
  return observe(row, { deployment, pods: pods.items.map(asPod) }, ctx.now())
}

async function store(row: DeploymentRow, observed: Observed, ctx: JobContext): Promise<void> {
  const now = ctx.now()
  const ended = eventNames[observed.state] !== undefined
  const next = { ...observed, updatedAt: now, endedAt: ended ? now : null }
  await ctx.commit(async (tx) => {
    await tx.update(table).set(next).where(eq(table.id, row.id))
    return {
      value: undefined,
      events: [
        {
          name: eventNames[observed.state] ?? 'deployment.progressed',
          subject: subjectOf(row.cluster, row.namespace, row.name),
          cluster: row.cluster,
          data: { ...patchOf(progressCard({ ...row, ...next })) },
        },
      ],
    }
  })
}
