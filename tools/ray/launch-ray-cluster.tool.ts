import { cards, type Plan, ToolError } from '#contract'
import { rayClusters as table } from '#db/schema/ray.ts'
import { type Context, defineTool, type Planning } from '#define'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { firstSteps, patchOf } from '../follow.ts'
import { ensureNamespace, type ManifestPlan, planManifest } from '../manifest.ts'
import { counted } from '../table.ts'
import { bytesText } from '../text.ts'
import { configFor, type RayInput, rayInput, settledInput, takesToken, totalOf } from './config.ts'
import { type Estimate, estimate, fitsWhole, priceText, roomWords } from './estimate.ts'
import { rayClusterManifest } from './manifest.ts'
import { progressCard, raySteps } from './progress.ts'
import { rayClusterKind, subjectOf } from './service.ts'

type Ctx = Context<'fleet' | 'kubernetes', 'prices'>

const isOurs = ({ metadata }: KubeObject) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'quartermaster'

async function plan(input: RayInput, ctx: Ctx): Promise<Planning<RayInput>> {
  const found = await estimate(input, ctx)
  const { chosen, config } = found
  const { cluster } = chosen
  const client = ctx.clients.kubernetes.for(cluster)
  const object = rayClusterManifest(config)
  const applied = await planManifest({
    client,
    kind: rayClusterKind,
    object,
    createsNamespace: true,
    signal: ctx.signal,
    redact: ctx.redact,
  })
  if (applied.before && !isOurs(applied.before))
    throw new ToolError(
      'already-exists',
      `${cluster} has a Ray cluster ${config.namespace}/${config.name} that was not launched here`,
      {
        cluster,
        field: 'name',
        next: 'Choose another name, or leave it out',
        changed: 'nothing',
      },
    )
  // A cluster that is there holds its nodes already; only what is new needs room
  if (!applied.before && !fitsWhole(chosen, input)) throw noRoom(found, input)
  return { ...describe(found, applied, input), input: settledInput(input, cluster, config) }
}

function noRoom({ chosen }: Estimate, input: RayInput): ToolError {
  const { cluster, workers, head } = chosen
  return new ToolError('does-not-fit', `${cluster}: ${roomWords(chosen, input)}`, {
    cluster,
    field: 'workers',
    next:
      head.length === 1 && workers.length > 0
        ? `Use workers: ${workers.length}, smaller workers, or another cluster`
        : 'Ask for smaller workers or gpusPerWorker: 0, or look for room with list_nodes {"minFreeGpus":1}',
    changed: 'nothing',
  })
}

function describe({ chosen, config, perHour, candidates }: Estimate, applied: ManifestPlan, input: RayInput): Plan {
  const { cluster } = chosen
  const exists = applied.before !== undefined
  const total = totalOf(config)
  const target = `RayCluster ${config.namespace}/${config.name}`
  const workers = counted(config.workers, 'worker')
  const each = config.worker.gpus > 0 ? counted(config.worker.gpus, 'GPU') : counted(config.worker.cpuCores, 'core')
  const why = input.cluster === undefined ? ', which has most room' : ''
  return {
    summary: `${exists ? 'Change' : 'Launch'} Ray cluster ${config.name} on ${cluster}${why}: one head${config.head.gpus > 0 ? ` with ${counted(config.head.gpus, 'GPU')}` : ''} and ${workers} with ${each} each; ${priceText(perHour)}`,
    verb: `${exists ? 'Change' : 'Launch'} ${config.name}`,
    cluster,
    steps: [
      ...(applied.missingNamespace ? [{ verb: 'Create', target: `Namespace ${applied.missingNamespace}` }] : []),
      { verb: exists ? 'Update' : 'Create', target, detail: `Ray ${config.rayVersion}, ${config.image}` },
      { verb: 'Schedule', target: 'the head', detail: chosen.head[0]?.name ?? 'where it runs now' },
      ...(config.workers > 0
        ? [{ verb: 'Schedule', target: workers, detail: nodesText(chosen.workers.map(({ name }) => name)) }]
        : []),
      { verb: 'Wait', target: 'until Ray is ready' },
    ],
    diff: applied.diff,
    checks: [
      applied.missingNamespace
        ? {
            label: 'Dry run',
            state: 'warn',
            detail: `the API server could not try it: namespace ${applied.missingNamespace} is made first`,
          }
        : { label: 'The API server accepts the manifest (dry run)', state: 'pass' },
      { label: 'Room', state: fitsWhole(chosen, input) ? 'pass' : 'warn', detail: roomWords(chosen, input) },
      tokenCheck(config.rayVersion, applied.after),
    ],
    impact: [
      { label: 'GPUs', value: String(total.gpus) },
      ...(chosen.gpuModel ? [{ label: 'GPU model', value: chosen.gpuModel }] : []),
      { label: 'CPU cores', value: String(total.cpuCores) },
      { label: 'Memory', value: bytesText(total.memoryBytes) },
      ...(total.gpus > 0 && !exists
        ? [{ label: 'GPUs free afterwards', value: String(Math.max(0, chosen.freeGpus - total.gpus)) }]
        : []),
      ...(input.cluster === undefined && candidates.length > 1
        ? [{ label: 'Also looked at', value: othersText(candidates.slice(1), input) }]
        : []),
    ],
    ...(perHour && { costPerHour: perHour }),
    rollback: exists ? 'Apply the earlier manifest again' : `Delete ${target}`,
    guard: {
      'Ray cluster': applied.guard,
      cluster,
      'GPU model': config.gpuModel ?? 'any',
      price: priceText(perHour),
    },
  }
}

/** `h100-03, 2 on h100-04`. */
function nodesText(names: readonly string[]): string {
  if (names.length === 0) return 'where they run now'
  const counts = Map.groupBy(names, (name) => name)
  const texts = [...counts].map(([name, { length }]) => (length > 1 ? `${length} on ${name}` : name))
  return texts.length > 6 ? `${texts.slice(0, 6).join(', ')} and ${texts.length - 6} more` : texts.join(', ')
}

const othersText = (candidates: Estimate['candidates'], input: RayInput) =>
  candidates
    .slice(0, 6)
    .map((candidate) => `${candidate.cluster}: ${roomWords(candidate, input)}`)
    .join(' · ')

/** Whoever reaches the dashboard runs code on the cluster; an older operator drops the member that asks for a token. */
function tokenCheck(rayVersion: string, after: KubeObject): Plan['checks'][number] {
  const label = 'Dashboard and jobs ask for a token'
  const { name, namespace } = after.metadata
  if (!takesToken(rayVersion))
    return { label, state: 'warn', detail: `Ray ${rayVersion} has none; use rayVersion 2.52.0 or newer` }
  const { authOptions } = (after.spec ?? {}) as { authOptions?: { mode?: string } }
  return authOptions?.mode === 'token'
    ? { label, state: 'pass', detail: `in Secret ${namespace}/${name} under auth_token` }
    : { label, state: 'warn', detail: 'this KubeRay is too old for it: keep the dashboard unreachable from outside' }
}

export const launchRayCluster = defineTool({
  name: 'launch_ray_cluster',
  title: 'Launch a Ray cluster',
  about: 'Start a Ray cluster with KubeRay: one head, equal workers. A person approves the plan: room, diff, price.',
  risk: 'change',
  afterCrash: 'rerun',
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  uses: ['prices'],
  input: rayInput,
  output: cards.progress.payload,
  examples: [{ workers: 3 }, { name: 'tune', cluster: 'gpu-west', workers: 4, gpusPerWorker: 2, gpuModel: 'A100' }],
  route: { method: 'POST', path: '/ray-clusters' },
  access: [
    { verbs: ['get', 'list', 'create', 'patch'], group: 'ray.io', resource: 'rayclusters' },
    { verbs: ['get', 'create', 'patch'], group: '', resource: 'namespaces' },
    { verbs: ['list'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
    { verbs: ['list'], group: '', resource: 'events' },
  ],
  text: (data) =>
    `${data.title}: ${data.state}. ${data.message ?? ''}\n${data.steps.map((step) => `${step.state}: ${step.label}${step.detail ? `, ${step.detail}` : ''}`).join('\n')}`,
  plan,
  async run(input, ctx) {
    if (input.cluster === undefined || input.name === undefined)
      throw new ToolError('conflict', 'The plan settles cluster and name, and this input has none', {
        next: 'Ask for the launch again and approve its plan',
        changed: 'nothing',
      })
    const [cluster = input.cluster] = ctx.scopeOf(ctx.clients.kubernetes, [input.cluster])
    const config = configFor(input, input.name)
    const client = ctx.clients.kubernetes.for(cluster)
    await ensureNamespace(client, config.namespace, ctx.signal)
    await client.apply(rayClusterKind, rayClusterManifest(config), { signal: ctx.signal })
    const now = ctx.now()
    const row = {
      id: ctx.idempotencyKey,
      cluster,
      namespace: config.namespace,
      name: config.name,
      headGpus: config.head.gpus,
      workers: config.workers,
      gpusPerWorker: config.worker.gpus,
      state: 'initializing' as const,
      steps: firstSteps(raySteps, now),
      message: null,
      approvalId: ctx.idempotencyKey,
      requestedBy: ctx.actor.name,
      createdAt: now,
      updatedAt: now,
      endedAt: null,
    }
    const subject = subjectOf(cluster, config.namespace, config.name)
    const { id: _, ...again } = row
    const stored = await ctx.commit(async (tx) => {
      const [value] = await tx
        .insert(table)
        .values(row)
        .onConflictDoUpdate({ target: [table.cluster, table.namespace, table.name], set: again })
        .returning()
      return {
        value: value!,
        events: [{ name: 'ray-cluster.requested', subject, cluster, data: { ...patchOf(progressCard(value!)) } }],
      }
    })
    return { data: progressCard(stored), subject, next: [`list_ray_clusters {"clusters":["${cluster}"]}`] }
  },
})
