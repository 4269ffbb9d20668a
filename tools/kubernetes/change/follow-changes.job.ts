import { eq } from '#db/drizzle.ts'
import { clusterChanges as table } from '#db/schema/kubernetes.ts'
import { defineJob, type JobContext } from '#define'
import { followRows, patchOf } from '../../follow.ts'
import { type ChangeRow, changeCard, eventNames, type Observed, subjectOfChange } from './followed.ts'
import { lookAt } from './look.ts'

/** Follows rollouts, drains and deletions until they are done, and writes each step with its event. Drains go on here. */
export const followChanges = defineJob({
  name: 'kubernetes.follow-changes',
  everyMs: 2_000,
  needs: ['kubernetes'],
  async run(ctx) {
    const db = await ctx.db()
    const rows = await db.select().from(table).where(eq(table.state, 'running'))
    await followRows(ctx, rows, {
      look: (row, signal) => lookAt(row, { client: ctx.clients.kubernetes!.for(row.cluster), now: ctx.now(), signal }),
      changed: (row, observed) => store(row, observed, ctx),
    })
  },
})

async function store(row: ChangeRow, observed: Observed, ctx: JobContext): Promise<void> {
  const now = ctx.now()
  const next = { ...observed, updatedAt: now, endedAt: observed.state === 'running' ? null : now }
  await ctx.commit(async (tx) => {
    await tx.update(table).set(next).where(eq(table.id, row.id))
    const data = { ...patchOf(changeCard({ ...row, ...next })) }
    const event = { name: eventNames[observed.state], subject: subjectOfChange(row.id), cluster: row.cluster, data }
    return { value: undefined, events: [event] }
  })
}
