import * as z from 'zod'
import { type NewEvent, ToolError } from '#contract'
import { and, asc, eq, isNull } from '#db/drizzle.ts'
import { computeJobs, gpuProviders, providerMetrics } from '#db/schema/marketplace.ts'
import { type Context, defineTool } from '#define'
import { counted, tableOf } from '../table.ts'
import { lines, tsv } from '../text.ts'
import { offerOf, type ProviderRow, stateOf, subjectOf } from './offers.ts'

const percent = z.number().min(0).max(100)
const size = z.number().min(0).max(1e9)

/** What a worker measures (GPU-016). */
const usage = z.strictObject({
  cpuPercent: percent,
  ramPercent: percent,
  ramUsedGb: size.optional(),
  ramTotalGb: size.optional(),
  gpuPercent: percent.optional(),
  gpuTemp: z.number().min(-50).max(200).optional().describe('Celsius'),
  gpuMemUsedMb: size.optional(),
  gpuMemTotalMb: size.optional(),
  timestamp: z.iso.datetime().optional(),
})

const input = z.strictObject({
  workerId: z.string().min(1).max(200).describe('Worker'),
  usage: usage.describe('What it measured'),
  status: z.enum(['online', 'offline', 'busy']).describe('busy: takes no further job'),
  currentJob: z.string().max(200).optional().describe('Id of the job it works on'),
})
type Input = z.output<typeof input>

const pendingJob = z.strictObject({
  id: z.string(),
  number: z.number().int(),
  jobType: z.string(),
  modelType: z.string().optional(),
  requiredVramMb: z.number().int().optional(),
})

/** A longer silence than this was no uptime. */
export const silenceMs = 90_000
const pendingLimit = 5

/** @throws ToolError not-found (PWK-028), permission-denied for a token that is not this worker's */
async function requireProvider(workerId: string, ctx: Context): Promise<ProviderRow> {
  const db = await ctx.db()
  const [row] = await db
    .select()
    .from(gpuProviders)
    .where(and(eq(gpuProviders.workerId, workerId), isNull(gpuProviders.removedAt)))
    .limit(1)
  if (!row)
    throw new ToolError('not-found', `No worker is registered as ${workerId.slice(0, 80)}`, {
      field: 'workerId',
      next: 'Register the worker first',
      changed: 'nothing',
    })
  if (row.workerTokenHash === null || ctx.actor.id !== `worker:${row.workerTokenHash}`)
    throw new ToolError('permission-denied', 'This token belongs to another worker', {
      field: 'workerId',
      next: 'Send the token that this worker got when it was registered',
      changed: 'nothing',
    })
  return row
}

/** The row after this heartbeat (PWK-033). A job counts as current only when it is this provider's. */
export function afterHeartbeat(
  row: ProviderRow,
  { status }: Pick<Input, 'status'>,
  at: { now: Date; currentJobId: string | null },
) {
  const { now, currentJobId } = at
  const sinceMs = row.isOnline && row.lastHeartbeat ? now.getTime() - row.lastHeartbeat.getTime() : 0
  const isOnline = status !== 'offline'
  return {
    isOnline,
    isAvailable: status === 'online' && currentJobId === null,
    currentJobId,
    uptimeSeconds: row.uptimeSeconds + (sinceMs > 0 && sinceMs <= silenceMs ? Math.round(sinceMs / 1000) : 0),
    lastHeartbeat: now,
    updatedAt: now,
  }
}

export const reportHeartbeat = defineTool({
  name: 'report_heartbeat',
  title: 'Heartbeat of a worker',
  about:
    'A worker reports that it lives, what it measures and what it works on, and hears which jobs wait for it. Every 30 s.',
  risk: 'change',
  withoutApproval: 'A worker reports on itself with its own token; nothing outside is changed',
  audience: ['worker'],
  card: 'table',
  needs: [],
  input,
  output: tableOf(pendingJob),
  examples: [
    { workerId: 'worker-1', status: 'online', usage: { cpuPercent: 12, ramPercent: 40, gpuPercent: 0, gpuTemp: 41 } },
  ],
  route: { method: 'POST', path: '/gpu-providers/{workerId}/heartbeat' },
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['id', 'number', 'type', 'model'],
        rows.map((one) => [one.id, one.number, one.jobType, one.modelType]),
      ),
    ),
  async run(input, ctx) {
    const row = await requireProvider(input.workerId, ctx)
    const now = ctx.now()
    const jobs = await ctx.commit(async (tx) => {
      const own = await tx
        .select()
        .from(computeJobs)
        .where(and(eq(computeJobs.providerId, row.id), eq(computeJobs.id, input.currentJob ?? '')))
      const next = afterHeartbeat(row, input, { now, currentJobId: own[0]?.id ?? null })
      await tx.update(gpuProviders).set(next).where(eq(gpuProviders.id, row.id))
      const { cpuPercent, ramPercent, gpuPercent, gpuTemp, gpuMemUsedMb } = input.usage
      await tx.insert(providerMetrics).values({
        providerId: row.id,
        cpuPercent,
        ramPercent,
        gpuPercent: gpuPercent ?? null,
        gpuTemperatureCelsius: gpuTemp ?? null,
        gpuMemoryUsedMb: gpuMemUsedMb ?? null,
        at: now,
      })
      const value = await tx
        .select()
        .from(computeJobs)
        .where(and(eq(computeJobs.providerId, row.id), eq(computeJobs.state, 'assigned')))
        .orderBy(asc(computeJobs.createdAt))
        .limit(pendingLimit)
      return { value, events: eventsOf(row, { ...row, ...next }) }
    })
    return {
      subject: subjectOf(row.id),
      data: {
        title: jobs.length === 0 ? 'No job waits' : `${counted(jobs.length, 'job')} waiting`,
        columns: [
          { key: 'number', label: 'Job', type: 'number' as const },
          { key: 'jobType', label: 'Type', type: 'text' as const },
          { key: 'modelType', label: 'Model', type: 'text' as const },
        ],
        rows: jobs.map((job) => ({
          id: job.id,
          number: job.number,
          jobType: job.jobType,
          ...(job.modelType && { modelType: job.modelType }),
          ...(job.requiredVramMb !== null && { requiredVramMb: job.requiredVramMb }),
        })),
      },
    }
  },
})

/** Every heartbeat is news of the measurements; a change of state is news of its own (PWK-029). */
export function eventsOf(before: ProviderRow, after: ProviderRow): NewEvent[] {
  const subject = subjectOf(after.id)
  const data = { upsert: [offerOf(after)] }
  const changed = stateOf(before) !== stateOf(after)
  return [
    { name: 'provider.reported', subject, data },
    ...(changed ? [{ name: 'provider.status-changed', subject, data }] : []),
  ]
}
