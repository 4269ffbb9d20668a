import { cards, formatMoney, type Plan, ToolError } from '#contract'
import { modelDeployments } from '#db/schema/models.ts'
import { type Context, defineTool, type Planning } from '#define'
import { firstSteps, patchOf } from '../follow.ts'
import { planManifest } from '../manifest.ts'
import { gpuHourPrice } from '../prices.ts'
import { counted } from '../table.ts'
import type { Model } from './catalogue.ts'
import type { DeploymentConfig } from './config.ts'
import { configFor, type DeployInput, deployInput, gpusOf, workersOf } from './deploy-input.ts'
import { deploymentManifest } from './manifest.ts'
import { deploymentSteps, progressCard } from './progress.ts'
import { dgdKind, findPlacement, type Placement, requireModel, servedVersion, subjectOf } from './service.ts'

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

const refuse = (message: string, cluster: string, more: { next: string; field?: string }) =>
  new ToolError('does-not-fit', message, { cluster, changed: 'nothing', ...more })

/** @throws ToolError does-not-fit with what would fit */
function checkFits(
  placement: Placement | undefined,
  { cluster, model, config }: { cluster: string; model: Model; config: DeploymentConfig },
): Placement {
  if (!placement)
    throw refuse(`${cluster} has no GPU node that takes work`, cluster, {
      next: 'Find a cluster with free GPUs: list_nodes {"minFreeGpus":1}',
    })
  const { fit, gpuModel } = placement
  if (fit.verdict === 'does-not-fit')
    throw refuse(`${model.id} does not fit on ${config.gpus} × ${gpuModel}: ${fit.reason}`, cluster, {
      field: 'gpus',
      next: fit.smallestGpus ? `Use gpus: ${fit.smallestGpus}` : 'Choose a smaller or quantised model, or larger GPUs',
    })
  if (fit.verdict === 'fits-with-less-context' && config.contextLength !== undefined)
    throw refuse(`${model.id} on ${config.gpus} × ${gpuModel} ${fit.reason}`, cluster, {
      field: 'contextLength',
      next: `Use contextLength: ${contextFor(fit)}${fit.smallestGpus ? ` or gpus: ${fit.smallestGpus}` : ''}`,
    })
  return placement
}

/** What the cache holds, with a little left: an engine refuses to start where its cache is smaller than one sequence. */
const contextFor = ({ maxContext }: Placement['fit']): number => Math.floor((maxContext * 0.95) / 256) * 256

/** What the plan chooses where the input leaves it open: the GPU model the fit was found for, and a context that fits. */
function settle(input: DeployInput, { gpuModel, gpuModels, fit }: Placement): DeployInput {
  return {
    ...input,
    // Where a cluster has several GPU models the pods must go to the one the fit was found for
    ...((input.gpuModel !== undefined || gpuModels.length > 1) && { gpuModel }),
    ...(fit.verdict === 'fits-with-less-context' && { contextLength: contextFor(fit) }),
  }
}

async function plan(input: DeployInput, ctx: Ctx): Promise<Planning<DeployInput>> {
  const prepared = await prepare(input, ctx)
  const { cluster, model, client, version } = prepared
  const { signal } = ctx
  const { gpus, contextLength, gpuModel } = prepared.config
  const [found, secret] = await Promise.all([
    findPlacement({ client, model, gpus, contextLength, gpuModel, signal }),
    checkSecret(prepared, { client, signal }),
  ])
  const placement = checkFits(found, prepared)
  const settled = settle(input, placement)
  const config = configFor(settled, model)
  const workers = workersOf(config)
  const object = deploymentManifest(config, version)
  const applied = await planManifest({ client, kind: dgdKind(version), object, signal, redact: ctx.redact })
  const exists = applied.before !== undefined
  // Replicas of a deployment that is there already hold their GPUs; only what is new needs room
  if (!exists && placement.room < workers)
    throw refuse(
      `${cluster} has room for ${placement.room} of ${counted(workers, 'worker')} with ${counted(gpus, 'GPU')} on one node each (${placement.freeGpus} ${placement.gpuModel} free in all)`,
      cluster,
      {
        field: 'replicas',
        next:
          placement.room >= workers / config.replicas
            ? `Use at most ${Math.floor((placement.room * config.replicas) / workers)} replicas, fewer GPUs each, or another cluster`
            : 'Look for room with list_nodes, on another cluster or with fewer GPUs',
      },
    )
  return { ...describe({ cluster, model, config, placement, applied, version, secret }, ctx), input: settled }
}

function describe(
  parts: {
    cluster: string
    model: Model
    config: DeploymentConfig
    placement: Placement
    applied: Awaited<ReturnType<typeof planManifest>>
    version: string
    secret: Plan['checks'][number] | undefined
  },
  ctx: Ctx,
): Plan {
  const { cluster, model, config, placement, applied, version, secret } = parts
  const exists = applied.before !== undefined
  const workers = workersOf(config)
  const gpus = gpusOf(config)
  const price = gpuHourPrice(ctx.clients.prices, placement.gpuModel)
  const verb = exists ? 'Change' : 'Deploy'
  const target = `DynamoGraphDeployment ${config.namespace}/${config.name}`
  return {
    summary: `${verb} ${model.id} as ${config.name} on ${cluster}: ${counted(config.replicas, 'replica')} with ${counted(config.gpus, 'GPU')} each, ${config.engine}${config.mode === 'disaggregated' ? ', prefill and decode apart' : ''}`,
    verb: `${verb} ${config.name}`,
    cluster,
    steps: [
      { verb: exists ? 'Update' : 'Create', target, detail: `nvidia.com/${version}` },
      {
        verb: 'Schedule',
        target: `${counted(workers, 'worker')} on ${placement.gpuModel}`,
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
      ...(placement.fit.verdict === 'fits-with-less-context'
        ? [
            {
              label: 'Context',
              state: 'warn' as const,
              detail: `set to ${config.contextLength} tokens so that it starts`,
            },
          ]
        : []),
      {
        label: 'Free GPUs',
        state: placement.room >= workers ? 'pass' : 'warn',
        detail: `${placement.freeGpus} ${placement.gpuModel} free, room for ${counted(placement.room, 'worker')}`,
      },
      ...(config.trustRemoteCode
        ? [{ label: 'Code of the model', state: 'warn' as const, detail: 'runs with the rights of the worker' }]
        : []),
      ...(secret ? [secret] : []),
    ],
    impact: [
      { label: 'GPUs', value: String(gpus) },
      { label: 'GPU model', value: placement.gpuModel },
      { label: 'Free afterwards', value: String(Math.max(0, placement.freeGpus - (exists ? 0 : gpus))) },
    ],
    ...(price && { costPerHour: { ...price, amount: price.amount * gpus } }),
    rollback: exists ? 'Apply the earlier manifest again' : `Delete ${target}`,
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
  about: 'Serve a model with NVIDIA Dynamo. A person approves the plan: fit, room, diff, price.',
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
      steps: firstSteps(deploymentSteps, now),
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
        events: [{ name: 'deployment.requested', subject, cluster, data: { ...patchOf(progressCard(value!)) } }],
      }
    })
    return { data: progressCard(stored), subject, next: [`list_deployments {"clusters":["${cluster}"]}`] }
  },
})
