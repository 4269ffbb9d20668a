import { cards, formatMoney, type Plan, ToolError } from '#contract'
import { defineTool, type Planning } from '#define'
import { counted } from '../table.ts'
import { findModel } from './catalogue.ts'
import { changeAccess } from './change/access.ts'
import { diffOf, doRevision, driftOf, isUnchanged, manifestsOf, type Tried, tryDraft } from './change/carry.ts'
import { claimRevision, type Draft, type RevisionRow, revisionsOf } from './change/claim.ts'
import { editFound } from './change/edit-found.ts'
import { foundOf, isRecent, ours } from './change/ours.ts'
import { dryRunPassed, gpusOf, guardOf, keeperCheck, unreadCheck, workersOf } from './change/parts.ts'
import { recorded } from './change/recorded.ts'
import { rollingOf } from './change/rolling.ts'
import { type Room, roomFor } from './change/room.ts'
import { type ChangeContext, findDeployment, refuse, type Target } from './change/target.ts'
import { progressText } from './change/text.ts'
import { changeWords, checkWishes, editOf, type UpdateInput, updated, updateInput } from './change/update-input.ts'
import type { DeploymentConfig } from './config.ts'
import { parallelismOf } from './deploy/placement.ts'
import { checkEngineArgs } from './runtimes/engine-args.ts'
import { findPlacement } from './service.ts'

/** The next revision: our configuration with the change, or the object of somebody else with it. */
function draft(
  target: Target,
  { asked, latest, redact }: { asked: UpdateInput; latest: RevisionRow | undefined; redact: ChangeContext['redact'] },
): Draft {
  const config = ours(target, latest)
  if (!config) {
    const { edit, unset } = editOf(asked)
    return { action: 'update', manifests: [editFound(target, edit, unset)], change: changeWords({}, asked, redact) }
  }
  const next = updated(config, asked)
  return {
    action: 'update',
    config: next,
    manifests: target.runtime.manifests(next, target.kind.version),
    change: changeWords(config, asked, redact),
  }
}

/** @throws ToolError for arguments that would not do what they say, or show a secret */
function checkWords(target: Target, asked: UpdateInput): void {
  const { engine } = target.deployment
  const { engineArgs = [] } = editOf(asked).edit
  const refusal = engine && checkEngineArgs({ engine, engineArgs } as DeploymentConfig)
  if (refusal)
    throw new ToolError('invalid-input', refusal.message, {
      field: refusal.field,
      next: refusal.next,
      cluster: target.cluster,
      changed: 'nothing',
    })
}

/** @throws ToolError for a configuration that the runtime or the model cannot do */
function checkConfig(target: Target, config: DeploymentConfig): void {
  const refusal = target.runtime.refusal(config)
  if (refusal)
    throw new ToolError('invalid-input', refusal.message, {
      field: refusal.field,
      next: refusal.next,
      cluster: target.cluster,
      changed: 'nothing',
    })
}

/** Whether the model fits as it would be, and where more GPUs a replica come from. @throws ToolError does-not-fit */
async function fitChecks(
  { target, asked, config }: { target: Target; asked: UpdateInput; config: DeploymentConfig | undefined },
  ctx: ChangeContext,
): Promise<Plan['checks']> {
  const { client, deployment, cluster } = target
  const isSame = [
    asked.contextLength,
    asked.gpus,
    asked.quantization,
    asked.kvCacheDtype,
    asked.gpuMemoryUtilization,
    asked.gpuModel,
  ].every((one) => one === undefined)
  if (isSame) return []
  const model = deployment.model === undefined ? undefined : findModel(deployment.model)
  if (!model)
    return [
      {
        label: 'Memory',
        state: 'warn',
        detail: `${deployment.model ?? 'the model'} is not in the catalogue: nobody checked that it fits`,
      },
    ]
  const contextLength = asked.contextLength ?? config?.contextLength
  if (contextLength !== undefined && contextLength > model.contextLength)
    throw new ToolError('invalid-input', `${model.id} has a context of at most ${model.contextLength} tokens`, {
      ...{ field: 'contextLength', cluster, changed: 'nothing' as const },
      next: `Use ${model.contextLength} or less`,
    })
  const gpus = asked.gpus ?? workersOf(deployment)[0]?.gpusPerReplica ?? 1
  const found = await findPlacement({
    ...{ client, model, gpus, contextLength, signal: ctx.signal },
    gpuModel: asked.gpuModel ?? config?.gpuModel,
    quantization: asked.quantization ?? config?.quantization,
    kvCacheDtype: asked.kvCacheDtype ?? config?.kvCacheDtype,
    memoryShare: asked.gpuMemoryUtilization ?? config?.gpuMemoryUtilization,
    engine: deployment.engine,
    parallelism: config && parallelismOf({ ...config, gpus }),
    nodesPerReplica: config?.nodesPerReplica,
    concurrency: config?.goal?.concurrency,
  })
  if (!found) return []
  const { fit, gpuModel } = found
  const short =
    fit.verdict === 'fits-with-less-context' && contextLength !== undefined && fit.maxContext < contextLength
  if (fit.verdict === 'does-not-fit' || short)
    throw new ToolError('does-not-fit', `${model.id} on ${counted(gpus, 'GPU')} ${gpuModel}: ${fit.reason}`, {
      ...{ cluster, changed: 'nothing' as const },
      field: short ? 'contextLength' : 'gpus',
      next: short
        ? `Use contextLength: ${Math.floor((fit.maxContext * 0.95) / 256) * 256}${fit.smallestGpus ? ` or gpus: ${fit.smallestGpus}` : ''}`
        : fit.smallestGpus
          ? `Use gpus: ${fit.smallestGpus}`
          : 'Use a smaller context or a quantised model',
    })
  return [{ label: 'Memory', state: fit.verdict === 'fits' ? 'pass' : 'warn', detail: fit.reason }]
}

/** GPUs of all workers as it would be. */
function gpusAfter({ deployment }: Target, gpus: number | undefined): number {
  if (gpus === undefined) return gpusOf(deployment)
  return workersOf(deployment).reduce((sum, { replicas }) => sum + replicas * gpus, 0)
}

const driftCheck = (paths: readonly string[]): Plan['checks'] =>
  paths.length === 0
    ? []
    : [
        {
          label: 'Somebody changed it since our last revision',
          state: 'warn',
          detail: `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}: see the diff`,
        },
      ]

const takenChecks = (tried: readonly Tried[]): Plan['checks'] =>
  tried.flatMap(({ taken, kind, object }) =>
    taken === undefined
      ? []
      : [{ label: `${kind.kind} ${object.metadata.name}: takes fields over from ${taken}`, state: 'warn' as const }],
  )

async function plan(asked: UpdateInput, ctx: ChangeContext): Promise<Planning<UpdateInput>> {
  const target = await findDeployment(asked, ctx)
  const { deployment, cluster, object, title } = target
  checkWishes(asked, target)
  checkWords(target, asked)
  if (deployment.phase === 'terminating')
    throw refuse(`${title} on ${cluster} is being deleted.`, { cluster, next: 'Deploy it anew: deploy_model.' })
  const place = { cluster, namespace: deployment.namespace, name: deployment.name }
  const [latest] = await revisionsOf(ctx, place)
  const next = draft(target, { asked, latest, redact: ctx.redact })
  if (next.config) checkConfig(target, next.config)
  const worker = workersOf(deployment)[0]
  const [tried, fits, room, drift] = await Promise.all([
    tryDraft(target, next, ctx),
    fitChecks({ target, asked, config: next.config }, ctx),
    worker ? roomFor(target, { ...worker, gpusPerReplica: asked.gpus ?? worker.gpusPerReplica }, ctx) : undefined,
    driftOf(target, latest, ctx),
  ])
  if (isUnchanged(tried))
    throw refuse(`${title} on ${cluster} is like that already.`, { cluster, next: 'Nothing is to be done.' })
  return describe({ asked, target, next, tried, checks: [...fits, ...driftCheck(drift)], room, latest }, ctx, {
    object,
  })
}

function describe(
  parts: {
    asked: UpdateInput
    target: Target
    next: Draft
    tried: Tried[]
    checks: Plan['checks']
    room: Room | undefined
    latest: RevisionRow | undefined
  },
  ctx: ChangeContext,
  { object }: Pick<Target, 'object'>,
): Planning<UpdateInput> {
  const { asked, target, next, tried, checks, room, latest } = parts
  const { deployment, cluster, title } = target
  const rolling = rollingOf(target, tried[0]!.after, room)
  const gpus = [gpusOf(deployment), gpusAfter(target, asked.gpus)] as const
  const price = room?.price
  return {
    summary: `Update ${deployment.name} on ${cluster}: ${next.change}`,
    verb: `Update ${deployment.name}`,
    cluster,
    steps: [
      { verb: 'Update', target: title, detail: next.change },
      ...rolling.steps,
      { verb: 'Wait', target: 'until it serves' },
    ],
    diff: diffOf(tried, ctx.redact),
    checks: [
      dryRunPassed,
      ...checks,
      ...rolling.checks,
      ...takenChecks(tried),
      ...unreadCheck(tried[0]?.unread),
      ...keeperCheck(target),
    ],
    impact: [
      { label: 'Workers replaced', value: String(rolling.pods) },
      { label: 'GPUs', value: gpus[0] === gpus[1] ? String(gpus[0]) : `${gpus[0]} → ${gpus[1]}` },
      { label: 'Revision', value: `${latest?.revision ?? 'none'} → ${(latest?.revision ?? 1) + 1}` },
      ...(price && gpus[0] !== gpus[1]
        ? [
            {
              label: gpus[1] > gpus[0] ? 'More per hour' : 'Saved per hour',
              value: formatMoney({ ...price, amount: price.amount * Math.abs(gpus[1] - gpus[0]) }),
            },
          ]
        : []),
    ],
    ...(price && { costPerHour: { ...price, amount: price.amount * gpus[1] } }),
    rollback: `rollback_deployment to revision ${latest?.revision ?? 1}`,
    guard: { [title]: guardOf(object), revision: latest ? String(latest.revision) : 'none' },
    input: { ...asked, namespace: deployment.namespace },
  }
}

export const updateDeployment = defineTool({
  name: 'update_deployment',
  title: 'Update a model deployment',
  about:
    'Change context, engine arguments, image, GPUs or resources of a served model in place. Model, engine, runtime and mode cannot change. Replicas: scale_deployment.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: ({ cluster, name, namespace }, { guard }) =>
    /^\d+$/.test(guard.revision ?? '')
      ? { tool: 'rollback_deployment', input: { cluster, name, namespace, revision: Number(guard.revision) } }
      : undefined,
  card: 'progress',
  needs: ['fleet', 'kubernetes', 'serving'],
  uses: ['prices'],
  input: updateInput,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'qwen3-8b', contextLength: 16_384 }],
  route: { method: 'PATCH', path: '/deployments/{cluster}/{name}' },
  alsoAt: [{ method: 'PUT', path: '/deployments/{cluster}/{name}' }],
  access: changeAccess,
  text: progressText,
  plan,
  async run(asked, ctx) {
    const target = await findDeployment(asked, ctx)
    checkWishes(asked, target)
    const { deployment, cluster } = target
    const claimed = await claimRevision(ctx, {
      cluster,
      namespace: deployment.namespace,
      name: deployment.name,
      runtime: deployment.runtime,
      found: (latest) => foundOf(target, latest, ctx.now()),
      make: (latest) => draft(onto(target, latest, ctx.now()), { asked, latest, redact: ctx.redact }),
    })
    const { edit, unset } = editOf(asked)
    // What somebody else wrote is edited as it is at that moment, so that of two changes at once none is lost
    await doRevision(ctx, claimed, { target, edit: (now) => editFound(now, edit, unset) })
    return recorded(ctx, { target, action: 'update', claimed, gpus: gpusAfter(target, asked.gpus) })
  },
})

/** The deployment as our latest revision says, where another change was written a moment ago that the cluster may not show yet. */
function onto(target: Target, latest: RevisionRow | undefined, now: Date): Target {
  const [root] = manifestsOf(latest)
  const isUnderWay = latest !== undefined && latest.config === null && isRecent(latest, now)
  return isUnderWay && root ? { ...target, object: { ...target.object, spec: root.spec ?? {} } } : target
}
