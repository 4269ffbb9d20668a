import { cards, formatMoney, type Plan, ToolError } from '#contract'
import { modelDeployments } from '#db/schema/models.ts'
import { type Context, defineTool } from '#define'
import { planManifest } from '../manifest.ts'
import { gpuHourPrice } from '../prices.ts'
import type { Model } from './catalogue.ts'
import { configFor, type DeployInput, deployInput, gpusOf } from './deploy-input.ts'
import { type DeploymentConfig, deploymentManifest } from './manifest.ts'
import { firstSteps, progressCard } from './progress.ts'
import { dgdKind, findPlacement, requireModel, servedVersion, subjectOf } from './service.ts'

type Ctx = Context<'fleet' | 'kubernetes' | 'dynamo', 'prices'>

async function prepare(input: DeployInput, ctx: Ctx) {
  const [cluster] = ctx.scope([input.cluster])
  const model = requireModel(input.model)
  const config = configFor(input, model)
  const client = ctx.clients.kubernetes.for(cluster!)
  const dynamo = ctx.clients.dynamo.for(cluster!)
  const version = await servedVersion(dynamo, ctx.signal)
  return { cluster: cluster!, model, config, client, dynamo, version, manifest: deploymentManifest(config, version) }
}

/** A gated model cannot be downloaded without the secret; better said now than by a pod in an hour. */
async function checkSecret(
  { model, config }: { model: Model; config: DeploymentConfig },
  { client, signal }: { client: Awaited<ReturnType<typeof prepare>>['client']; signal: AbortSignal },
): Promise<Plan['checks'][number] | undefined> {
  if (!model.gated || !config.hfTokenSecret) return undefined
  const secret = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true }
  const label = `Secret ${config.hfTokenSecret} for the gated model`
  try {
    await client.get(secret, { name: config.hfTokenSecret, namespace: config.namespace, signal })
    return { label, state: 'pass' }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if (error.code === 'not-found')
      return {
        label,
        state: 'fail',
        detail: `missing in ${config.namespace}; create it with a Hugging Face token under the key HF_TOKEN after accepting the licence`,
      }
    return { label, state: 'warn', detail: `could not be checked: ${error.message}` }
  }
}

async function plan(input: DeployInput, ctx: Ctx): Promise<Plan> {
  const { cluster, model, config, client, version, manifest } = await prepare(input, ctx)
  const { signal } = ctx
  const [placement, secret] = await Promise.all([
    findPlacement({ client, model, gpus: config.gpus, contextLength: config.contextLength, signal }),
    checkSecret({ model, config }, { client, signal }),
  ])
  if (!placement)
    throw new ToolError('does-not-fit', `${cluster} has no GPUs`, {
      cluster,
      next: 'Find a cluster with free GPUs: list_nodes {"minFreeGpus":1}',
      changed: 'nothing',
    })
  const replicas = config.replicas * (config.mode === 'disaggregated' ? 2 : 1)
  if (placement.fit.verdict === 'does-not-fit')
    throw new ToolError(
      'does-not-fit',
      `${model.id} does not fit on ${config.gpus} × ${placement.gpuModel}: ${placement.fit.reason}`,
      {
        cluster,
        field: 'gpus',
        next: placement.fit.smallestGpus
          ? `Use gpus: ${placement.fit.smallestGpus}`
          : 'Choose a smaller or quantised model, or larger GPUs',
        changed: 'nothing',
      },
    )
  const applied = await planManifest({ client, kind: dgdKind(version), object: manifest, signal })
  // Replicas of a deployment that is there already hold their GPUs; only what is new needs room
  if (!applied.exists && placement.room < replicas)
    throw new ToolError(
      'does-not-fit',
      `${cluster} has room for ${placement.room} of ${replicas} replicas of ${config.gpus} GPUs on one node (${placement.freeGpus} ${placement.gpuModel} free in all)`,
      {
        cluster,
        field: 'replicas',
        next:
          placement.room > 0
            ? `Use at most ${placement.room} replicas, fewer GPUs each, or another cluster`
            : 'Look for room with list_nodes, on another cluster or with fewer GPUs',
        changed: 'nothing',
      },
    )
  const gpus = gpusOf(config)
  const price = gpuHourPrice(ctx.clients.prices, placement.gpuModel)
  const verb = applied.exists ? 'Change' : 'Deploy'
  return {
    summary: `${verb} ${model.id} as ${config.name} on ${cluster}: ${config.replicas} replica${config.replicas > 1 ? 's' : ''} with ${config.gpus} GPU${config.gpus > 1 ? 's' : ''} each, ${config.engine}${config.mode === 'disaggregated' ? ', prefill and decode apart' : ''}`,
    verb: `${verb} ${config.name}`,
    cluster,
    steps: [
      {
        verb: applied.exists ? 'Update' : 'Create',
        target: `DynamoGraphDeployment ${config.namespace}/${config.name}`,
        detail: `nvidia.com/${version}`,
      },
      {
        verb: 'Schedule',
        target: `${replicas} worker${replicas > 1 ? 's' : ''} on ${placement.gpuModel}`,
        detail: placement.nodes
          .slice(0, 3)
          .map(({ name, free }) => `${name} has ${free} free`)
          .join(', '),
      },
      { verb: 'Load', target: `${model.id} and wait until it serves` },
    ],
    diff: applied.diff,
    checks: [
      { label: 'The API server accepts the manifest (dry run)', state: 'pass' },
      { label: 'Memory', state: placement.fit.verdict === 'fits' ? 'pass' : 'warn', detail: placement.fit.reason },
      {
        label: 'Free GPUs',
        state: placement.room >= replicas ? 'pass' : 'warn',
        detail: `${placement.freeGpus} ${placement.gpuModel} free, room for ${placement.room} replicas`,
      },
      ...(secret ? [secret] : []),
    ],
    impact: [
      { label: 'GPUs', value: String(gpus) },
      { label: 'GPU model', value: placement.gpuModel },
      { label: 'Free afterwards', value: String(Math.max(0, placement.freeGpus - (applied.exists ? 0 : gpus))) },
    ],
    ...(price && { costPerHour: { ...price, amount: price.amount * gpus } }),
    rollback: applied.exists
      ? 'Apply the earlier manifest again'
      : `Delete DynamoGraphDeployment ${config.namespace}/${config.name}`,
    guard: {
      deployment: applied.guard,
      'GPU model': placement.gpuModel,
      'API version': version,
      'price per GPU hour': price ? formatMoney(price) : 'not configured',
    },
  }
}

export const deployModel = defineTool({
  name: 'deploy_model',
  title: 'Deploy a model',
  about:
    'Plans serving a model on a cluster with NVIDIA Dynamo: fit, room, manifest diff, price. A person approves; then it is applied and followed until it serves. Room first: list_nodes; sizes: check_model_fit.',
  risk: 'change',
  afterCrash: 'rerun',
  card: 'progress',
  needs: ['fleet', 'kubernetes', 'dynamo'],
  uses: ['prices'],
  input: deployInput,
  output: cards.progress.payload,
  examples: [{ model: 'Qwen/Qwen3-8B', cluster: 'gpu-east', gpus: 2 }],
  route: { method: 'POST', path: '/deployments' },
  access: [
    { verbs: ['get', 'list', 'create', 'patch'], group: 'nvidia.com', resource: 'dynamographdeployments' },
    { verbs: ['list'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
    { verbs: ['get'], group: '', resource: 'secrets' },
  ],
  text: (data) =>
    `${data.title}: ${data.state}. ${data.message ?? ''}\n${data.steps.map((step) => `${step.state}: ${step.label}`).join('\n')}`,
  plan,
  async run(input, ctx) {
    const { cluster, model, config, dynamo, manifest } = await prepare(input, ctx)
    const subject = subjectOf(cluster, config.namespace, config.name)
    const now = ctx.now()
    const steps = firstSteps(now)
    const row = {
      id: ctx.idempotencyKey,
      cluster,
      namespace: config.namespace,
      name: config.name,
      model: model.id,
      engine: config.engine,
      mode: config.mode,
      replicas: config.replicas,
      gpus: gpusOf(config),
      state: 'pending' as const,
      steps,
      message: null,
      approvalId: ctx.idempotencyKey,
      requestedBy: ctx.actor.name,
      createdAt: now,
      updatedAt: now,
      endedAt: null,
    }
    await dynamo.apply(manifest, { signal: ctx.signal })
    const { id: _, ...again } = row
    const stored = await ctx.commit(async (tx) => {
      const [value] = await tx
        .insert(modelDeployments)
        .values(row)
        .onConflictDoUpdate({
          target: [modelDeployments.cluster, modelDeployments.namespace, modelDeployments.name],
          set: again,
        })
        .returning()
      return {
        value: value!,
        events: [{ name: 'deployment.requested', subject, cluster, data: { ...progressCard(value!) } }],
      }
    })
    return { data: progressCard(stored), subject, next: [`list_deployments {"clusters":["${cluster}"]}`] }
  },
})
