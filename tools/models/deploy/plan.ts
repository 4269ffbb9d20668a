import { formatMoney, isToolError, type Plan, ToolError } from '#contract'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { type ManifestPlan, manifestDiff, orAbsent, planManifest } from '../../manifest.ts'
import { gpuHourPrice } from '../../prices.ts'
import { counted } from '../../table.ts'
import { cell } from '../../text.ts'
import type { Model } from '../catalogue.ts'
import { kindOf, titleOf } from '../change/apply-all.ts'
import type { DeploymentConfig } from '../config.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import { checksOf } from './checks.ts'
import { type Facts, readFacts } from './facts.ts'
import type { DeployInput } from './input.ts'
import { type DeployContext, type Prepared, prepare } from './prepare.ts'
import { type RoomState, roomState } from './room-state.ts'
import { gpusOf, workersOf } from './settle.ts'

/** A plan with all that it was made from; the same for the preview and for what is approved. */
export interface DeployPlan {
  plan: Plan
  input: DeployInput
  prepared: Prepared
  config: DeploymentConfig
  model: Model
  /** Root first */
  manifests: KubeObject[]
}

interface Tried extends ManifestPlan {
  title: string
  warnings: string[]
  /** Why it could not be tried */
  denied?: string
}

interface Trying {
  ctx: DeployContext
  prepared: Prepared
  /** Where we may only read, the plan is made without the dry run, and says so */
  mayOnlyRead: boolean
}

async function tryObject(object: KubeObject, { prepared, mayOnlyRead, ctx }: Trying): Promise<Tried> {
  const { client } = prepared
  const { signal, redact } = ctx
  const title = titleOf(object)
  const warnings: string[] = []
  try {
    const kind = await kindOf(client, object, signal)
    const tried = await planManifest({
      ...{ client, kind, object, signal, redact, title },
      createsNamespace: true,
      onWarning: (one) => warnings.push(one),
    })
    return { ...tried, title, warnings }
  } catch (error) {
    if (!isToolError(error)) throw error
    if (mayOnlyRead && error.code === 'upstream-denied') {
      const diff = manifestDiff(undefined, object, { redact, name: title })
      return { diff, guard: 'not readable', after: object, title, warnings, denied: error.message }
    }
    throw new ToolError(error.code, `${title}: ${error.message}`, {
      ...error.options,
      changed: 'nothing',
      cause: error,
    })
  }
}

const taken = (message: string, cluster: string, next: string) =>
  new ToolError('already-exists', message, { cluster, field: 'name', next, changed: 'nothing' })

/** What cannot change in place: it would be another deployment under the same name (MOD-058). */
function checkIdentity(before: KubeObject | undefined, { cluster, choice }: Prepared): ServedDeployment | undefined {
  if (!before) return undefined
  const { runtime, config } = choice
  const title = titleOf({ ...before, kind: before.kind ?? runtime.root.kind })
  const found = runtime.read(cluster, before)
  if (!found) throw taken(`${title} is there and serves no model`, cluster, 'Use another name: it would be overwritten')
  if (before.metadata.deletionTimestamp)
    throw taken(`${title} is being deleted`, cluster, 'Wait until it is gone, or use another name')
  const differs = (
    [
      ['model', found.model, config.modelId],
      ['engine', found.engine, config.engine],
      ['mode', found.mode, config.mode],
    ] as const
  ).find(([, now, wanted]) => now !== undefined && now !== wanted)
  if (differs)
    throw taken(
      `${title} is there with ${differs[0]} ${cell(differs[1], 120)}, which does not change in place`,
      cluster,
      `Use another name, or delete it and deploy anew: delete_deployment ${JSON.stringify({ cluster, namespace: config.namespace, name: config.name })}`,
    )
  return found
}

/** The name may be taken by another runtime, whose pods would have the same labels. */
async function checkOthers({ cluster, client, installed, choice }: Prepared, signal: AbortSignal): Promise<void> {
  const { name, namespace } = choice.config
  const others = installed.filter(({ runtime }) => runtime.id !== choice.runtime.id)
  await Promise.all(
    others.map(async ({ runtime, kind }) => {
      const object = await orAbsent(client.get(kind, { name, namespace, signal })).catch((error) => {
        if (isToolError(error) && error.code === 'upstream-denied') return undefined
        throw error
      })
      const found = object && runtime.read(cluster, object)
      if (found)
        throw taken(
          `${namespace}/${name} is already served by ${runtime.title}; the runtime does not change in place`,
          cluster,
          `Use another name, runtime: ${runtime.id}, or delete it and deploy anew`,
        )
    }),
  )
}

/** @throws ToolError where the deployment cannot be, before a person is asked */
export async function planDeployment(
  asked: DeployInput,
  ctx: DeployContext,
  { mayOnlyRead = false }: { mayOnlyRead?: boolean } = {},
): Promise<DeployPlan> {
  const prepared = await prepare(asked, ctx)
  const { choice, model, client, objects, placement, input } = prepared
  const { config, runtime, kind } = choice
  const { signal } = ctx
  const manifests = runtime.manifests(config, kind.version)
  const [facts, tried] = await Promise.all([
    readFacts(client, config, { signal, now: ctx.now() }),
    Promise.all(manifests.map((object) => tryObject(object, { prepared, ctx, mayOnlyRead }))),
    checkOthers(prepared, signal),
  ])
  const before = checkIdentity(tried[0]!.before, prepared)
  const room = roomState({ config, placement, objects, facts, exists: before !== undefined })
  const parts = { prepared, facts, tried, before, room }
  return { plan: describe(parts, ctx), input, prepared, config, model, manifests }
}

interface Parts {
  prepared: Prepared
  facts: Facts
  tried: readonly Tried[]
  before: ServedDeployment | undefined
  room: RoomState
}

function describe({ prepared, facts, tried, before, room }: Parts, ctx: DeployContext): Plan {
  const { cluster, model, placement, choice, objects } = prepared
  const { config, kind, runtime } = choice
  const exists = before !== undefined
  const gpus = gpusOf(config)
  const price = gpuHourPrice(ctx.clients.prices, placement.gpuModel)
  const verb = exists ? 'Change' : 'Deploy'
  const missing = tried.find(({ missingNamespace }) => missingNamespace)?.missingNamespace
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: missing ?? '' } }
  const root = tried[0]!
  return {
    summary: `${verb} ${model.id} as ${config.name} on ${cluster}: ${counted(config.replicas, 'replica')} with ${counted(config.gpus, 'GPU')} each, ${config.engine}${config.mode === 'disaggregated' ? ', prefill and decode apart' : ''}`,
    verb: `${verb} ${config.name}`,
    cluster,
    steps: [
      ...(missing ? [{ verb: 'Create', target: `Namespace ${missing}` }] : []),
      ...tried.map(({ title, before }) => ({ verb: before ? 'Update' : 'Create', target: title })),
      ...(config.queue ? [{ verb: 'Wait', target: `for the queue ${config.queue} to admit it` }] : []),
      {
        verb: 'Schedule',
        target: `${counted(workersOf(config), 'worker')} on ${placement.gpuModel}`,
        detail: placement.nodes
          .slice(0, 3)
          .map(({ name, free }) => `${name} has ${free} free`)
          .join(', '),
      },
      { verb: 'Load', target: `${model.id} and wait until it serves` },
    ],
    diff: [missing ? manifestDiff(undefined, namespace, ctx) : '', ...tried.map(({ diff }) => diff)]
      .filter(Boolean)
      .join(''),
    checks: [
      dryRun(tried, missing),
      ...sameCheck(tried),
      { label: 'Runtime', state: 'pass', detail: choice.reason },
      ...(prepared.clusterReason ? [{ label: 'Cluster', state: 'pass' as const, detail: prepared.clusterReason }] : []),
      ...fitChecks(prepared),
      ...room.checks,
      ...checksOf(config, { facts, model, nodes: objects.nodes, exists }),
      ...keeperCheck(before),
      ...warningChecks(tried),
    ],
    impact: [
      { label: 'GPUs', value: String(gpus) },
      { label: 'GPU model', value: placement.gpuModel },
      { label: 'Free afterwards', value: counted(Math.max(0, placement.freeGpus - (exists ? 0 : gpus)), 'GPU') },
      { label: 'Displaces', value: room.displaces },
    ],
    ...(price && { costPerHour: { ...price, amount: price.amount * gpus } }),
    rollback: exists ? 'rollback_deployment goes back to the revision before' : 'delete_deployment takes it away again',
    guard: {
      deployment: root.guard,
      ...Object.fromEntries(tried.slice(1).map(({ title, guard }) => [title, guard])),
      runtime: runtime.id,
      'GPU model': placement.gpuModel,
      'API version': kind.version,
      'price per GPU hour': price ? formatMoney(price) : 'not configured',
    },
  }
}

function dryRun(tried: readonly Tried[], missing: string | undefined): Plan['checks'][number] {
  const label =
    tried.length > 1
      ? `The API server accepts all ${tried.length} manifests (dry run)`
      : 'The API server accepts the manifest (dry run)'
  const denied = tried.find((one) => one.denied)?.denied
  if (denied !== undefined) return { label, state: 'warn', detail: `could not be tried: ${cell(denied, 300)}` }
  if (missing === undefined) return { label, state: 'pass' }
  return { label, state: 'warn', detail: `could not be tried: the namespace ${missing} is created with it` }
}

/** Approving it would write another revision of the same. */
function sameCheck(tried: readonly Tried[]): Plan['checks'] {
  if (!tried.every(({ before, diff }) => before && diff === '')) return []
  return [{ label: 'Changes', state: 'warn', detail: 'nothing: it is like that already' }]
}

function fitChecks({ placement: { fit }, choice: { config } }: Prepared): Plan['checks'] {
  return [
    { label: 'Memory', state: fit.verdict === 'fits' ? 'pass' : 'warn', detail: fit.reason },
    ...(fit.verdict === 'fits-with-less-context'
      ? [
          {
            label: 'Context',
            state: 'warn' as const,
            detail: `set to ${config.contextLength} tokens so that it starts`,
          },
        ]
      : []),
  ]
}

/** Somebody else's tool would undo what is changed here. */
function keeperCheck(before: ServedDeployment | undefined): Plan['checks'] {
  const keeper = before?.keptBy
  if (keeper === undefined || keeper === 'quartermaster') return []
  return [{ label: `Kept by ${cell(keeper, 60)}`, state: 'warn', detail: 'which may put back what is changed here' }]
}

const warningChecks = (tried: readonly Tried[]): Plan['checks'] =>
  tried.flatMap(({ title, warnings }) =>
    warnings.slice(0, 2).map((detail) => ({
      label: `${title}: a warning of the API server`,
      state: 'warn' as const,
      detail: cell(detail, 200),
    })),
  )
