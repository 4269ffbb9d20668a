import { and, eq, gt, inArray, or } from '#db/drizzle.ts'
import { modelDeployments as table } from '#db/schema/models.ts'
import { defineJob, type JobContext } from '#define'
import { type KubernetesCluster, podKind } from '../clients/kubernetes/types.ts'
import { followRows, patchOf } from '../follow.ts'
import { asPod, conditionOf, type Pod } from '../kubernetes/service.ts'
import { orAbsent } from '../manifest.ts'
import { type Autoscaler, readAutoscaler } from './deploy/autoscaler.ts'
import { queueLabel, readAdmission } from './deploy/queue.ts'
import { type DeploymentRow, type Observed, observe, progressCard, type Seen } from './follow/progress.ts'
import { createDiagnoses } from './follow/troubles.ts'
import { runtimeOf } from './runtimes/index.ts'
import { servedKind } from './runtimes/served.ts'
import type { ServedDeployment } from './runtimes/types.ts'
import { subjectOf } from './service.ts'

/** How long a deployment that failed is still looked at: many recover when an image or a node comes back. */
const recoveryMs = 24 * 3_600_000
/** One that failed is looked at this often. */
const calmMs = 10_000
/** Who adds nodes to a cluster is asked this often, and only while something waits for one. */
const autoscalerMs = 60_000

const eventNames: Partial<Record<DeploymentRow['state'], string>> = {
  running: 'deployment.ready',
  failed: 'deployment.failed',
  deleted: 'deployment.deleted',
}

const diagnoses = createDiagnoses()
const autoscalers = new WeakMap<KubernetesCluster, { atMs: number; found: Promise<Autoscaler | undefined> }>()
const lookedAtMs = new Map<string, number>()

/** Follows what was asked for until it serves, as it was asked, or is gone, and writes each change with its event. */
export const followDeployments = defineJob({
  name: 'models.follow-deployments',
  everyMs: 2_000,
  needs: ['kubernetes'],
  access: [
    { verbs: ['get', 'list'], group: '', resource: 'pods' },
    { verbs: ['get'], group: '', resource: 'pods/log' },
    { verbs: ['list'], group: '', resource: 'events' },
    { verbs: ['get', 'list'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'persistentvolumeclaims' },
    { verbs: ['get'], group: '', resource: 'configmaps' },
    { verbs: ['list'], group: 'karpenter.sh', resource: 'nodepools' },
    { verbs: ['list'], group: 'kueue.x-k8s.io', resource: 'workloads' },
  ],
  async run(ctx) {
    const db = await ctx.db()
    const now = ctx.now().getTime()
    const found = await db
      .select()
      .from(table)
      .where(
        or(
          inArray(table.state, ['pending', 'deploying', 'terminating']),
          and(eq(table.state, 'failed'), gt(table.createdAt, new Date(now - recoveryMs))),
        ),
      )
    const rows = found.filter(({ id, state }) => state !== 'failed' || now - (lookedAtMs.get(id) ?? 0) >= calmMs)
    for (const id of lookedAtMs.keys()) if (!found.some((row) => row.id === id)) lookedAtMs.delete(id)
    await followRows(ctx, rows, {
      look: (row, signal) => look(row, { ctx, signal }),
      changed: (row, observed) => store(row, observed, ctx),
    })
  },
})

interface Looking {
  ctx: JobContext
  signal: AbortSignal
}

async function look(row: DeploymentRow, { ctx, signal }: Looking): Promise<Observed> {
  const { namespace, name, cluster } = row
  const client = ctx.clients.kubernetes!.for(cluster)
  const now = ctx.now()
  lookedAtMs.set(row.id, now.getTime())
  const deployment = await readOne(client, row, signal)
  // What is gone no longer says how its pods are found
  const labelSelector = deployment?.podSelector ?? `app.kubernetes.io/instance=${name}`
  const { items } = await client.list(podKind, { namespace, labelSelector, signal })
  const pods = items.map(asPod)
  const more = deployment && row.action !== 'delete' ? await readMore(row, { deployment, pods }, { ctx, signal }) : {}
  return observe(row, { deployment, pods, ...more }, now)
}

/** The deployment in whichever kind of its runtime has it. */
async function readOne(
  client: KubernetesCluster,
  row: DeploymentRow,
  signal: AbortSignal,
): Promise<ServedDeployment | undefined> {
  const { namespace, name } = row
  const runtime = runtimeOf(row.runtime)
  if (!runtime) return undefined
  for (const root of [runtime.root, ...(runtime.alsoReads ?? [])]) {
    const kind = await servedKind(client, { root }, signal)
    const object = kind && (await orAbsent(client.get(kind, { namespace, name, signal })))
    const found = object && runtime.read(client.cluster, object)
    if (found) return found
  }
  return runtime.handsOverTo && readOne(client, { ...row, runtime: runtime.handsOverTo }, signal)
}

const isUnscheduled = (pod: Pod) => conditionOf(pod.status, 'PodScheduled')?.status === 'False'

/** What tells why it is not there yet. Whatever of it cannot be read is left out: the rollout is followed without it. */
async function readMore(
  row: DeploymentRow,
  { deployment, pods }: { deployment: ServedDeployment; pods: readonly Pod[] },
  { ctx, signal }: Looking,
): Promise<Pick<Seen, 'queue' | 'diagnosis' | 'autoscaler'>> {
  if (deployment.phase === 'running') return {}
  const { cluster, namespace, name } = row
  const client = ctx.clients.kubernetes!.for(cluster)
  const attempt = async <T>(read: () => Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (signal.aborted) throw error
      ctx.log.debug({ cluster, error }, 'a part of a deployment could not be read')
      return undefined
    }
  }
  const isQueued = [deployment.raw.metadata, ...pods.map(({ metadata }) => metadata)].some(
    ({ labels }) => labels?.[queueLabel] !== undefined,
  )
  const [queue, diagnosis, autoscaler] = await Promise.all([
    isQueued ? attempt(() => readAdmission(client, { name, namespace, signal })) : undefined,
    attempt(() => diagnoses.of(row.id, pods, { ctx, cluster, signal })),
    pods.some(isUnscheduled) ? attempt(() => autoscalerOf(client, { ctx, signal })) : undefined,
  ])
  return { queue, diagnosis, autoscaler }
}

function autoscalerOf(client: KubernetesCluster, { ctx, signal }: Looking): Promise<Autoscaler | undefined> {
  const now = ctx.now()
  const known = autoscalers.get(client)
  if (known && now.getTime() - known.atMs < autoscalerMs) return known.found
  const found = readAutoscaler(client, { signal, now })
  autoscalers.set(client, { atMs: now.getTime(), found })
  found.catch(() => autoscalers.delete(client))
  return found
}

async function store(row: DeploymentRow, observed: Observed, ctx: JobContext): Promise<void> {
  const now = ctx.now()
  const ended = eventNames[observed.state] !== undefined
  const next = { ...observed, updatedAt: now, endedAt: ended ? now : null }
  await ctx.commit(async (tx) => {
    // A change that was asked for meanwhile has made the row its own
    const written = await tx
      .update(table)
      .set(next)
      .where(and(eq(table.id, row.id), eq(table.createdAt, row.createdAt), eq(table.action, row.action)))
      .returning({ id: table.id })
    if (written.length === 0) return { value: undefined, events: [] }
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
