import { formatMoney, isToolError, type Money, ToolError } from '#contract'
import type { Context } from '#define'
import type { PriceList } from '../../clients/index.ts'
import type { KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { gpuHourPrice } from '../../prices.ts'
import { counted } from '../../table.ts'
import type { Model } from '../catalogue.ts'
import { resolveModel } from '../service.ts'
import { type Choice, chooseRuntime, type Installed, installedRuntimes } from './choose-runtime.ts'
import { readObjects } from './cluster-objects.ts'
import type { DeployInput } from './input.ts'
import { type ClusterObjects, isStartable, type Placement, placementIn } from './placement.ts'
import { configFor, gpusOf, workersOf } from './settle.ts'
import { barriersOf, barrierWords } from './taints.ts'

export type DeployContext = Context<'fleet' | 'kubernetes', 'prices' | 'serving' | 'huggingface'>

/** What a plan is made from. */
export interface Prepared {
  cluster: string
  client: KubernetesCluster
  model: Model
  objects: ClusterObjects
  placement: Placement
  choice: Choice
  /** Other runtimes of the cluster, where the name may be taken */
  installed: readonly Installed[]
  /** What was asked for, with everything that was left open chosen */
  input: DeployInput
  /** Why this cluster, where none was named */
  clusterReason?: string
}

interface Looked {
  client: KubernetesCluster
  objects: ClusterObjects
  installed: Installed[]
}

async function lookAt(cluster: string, ctx: DeployContext, signal: AbortSignal): Promise<Looked> {
  const client = ctx.clients.kubernetes.for(cluster)
  const [installed, objects] = await Promise.all([installedRuntimes(client, signal), readObjects(client, signal)])
  return { client, installed, objects }
}

const refuse = (message: string, more: { cluster: string; next: string; field?: string }) =>
  new ToolError('does-not-fit', message, { changed: 'nothing', ...more })

/** What the cache holds, with a little left: an engine refuses to start where its cache is smaller than one sequence. */
export const contextFor = ({ maxContext }: Placement['fit']): number => Math.floor((maxContext * 0.95) / 256) * 256

/** @throws ToolError does-not-fit with what would fit */
function checkFits(
  placement: Placement | undefined,
  { objects, model, input }: { objects: ClusterObjects; model: Model; input: DeployInput },
): Placement {
  const { cluster, nodes } = objects
  if (!placement) {
    const barriers = barriersOf(nodes, input.options)
    if (barriers.length > 0)
      throw refuse(`Taints keep workers off the GPU nodes of ${cluster}: ${barrierWords(barriers)}`, {
        cluster,
        field: 'options.tolerations',
        next: 'Give options.tolerations for them if you may use them, or choose another cluster',
      })
    throw refuse(
      `${cluster} has no GPU node that takes work${input.options.nodeSelector ? ' and fits options.nodeSelector' : ''}`,
      {
        cluster,
        next: 'Find a cluster with free GPUs: list_nodes {"minFreeGpus":1}',
      },
    )
  }
  const { fit, gpuModel, gpus, largestNode } = placement
  const smallest = fit.smallestGpus
  if (fit.verdict === 'does-not-fit')
    throw refuse(`${model.id} does not fit on ${gpus} × ${gpuModel}: ${fit.reason}`, {
      cluster,
      field: 'gpus',
      next: smallest ? `Use gpus: ${smallest}` : 'Choose a smaller or quantised model, or larger GPUs',
    })
  if (fit.verdict === 'fits-with-less-context' && input.contextLength !== undefined)
    throw refuse(`${model.id} on ${gpus} × ${gpuModel} ${fit.reason}`, {
      cluster,
      field: 'contextLength',
      next: `Use contextLength: ${contextFor(fit)}${smallest ? ` or gpus: ${smallest}` : ''}`,
    })
  const perNode = gpus / (input.options.nodesPerReplica ?? 1)
  if (perNode > largestNode)
    throw refuse(`No node of ${cluster} has ${counted(perNode, gpuModel)}; the largest has ${largestNode}`, {
      cluster,
      field: 'gpus',
      next: `Use gpus: ${largestNode} or fewer, or options.nodesPerReplica: ${Math.ceil(gpus / largestNode)} to span nodes`,
    })
  return placement
}

/** What the plan chooses where the input leaves it open: GPUs, the GPU model the fit was found for, a context that fits. */
function settle(
  input: DeployInput,
  { cluster, gpus, gpuModel, gpuModels, fit }: Placement,
  choice: Choice,
): DeployInput {
  return {
    ...input,
    cluster,
    gpus,
    runtime: choice.runtime.id,
    engine: choice.config.engine,
    // Where a cluster has several GPU models the pods must go to the one the fit was found for
    ...((input.gpuModel !== undefined || gpuModels.length > 1) && { gpuModel }),
    ...(fit.verdict === 'fits-with-less-context' && { contextLength: contextFor(fit) }),
  }
}

interface Asked {
  model: Model
  input: DeployInput
  prices: PriceList | undefined
}

/** Choice and placement on one cluster. @throws ToolError of what cannot be, before anything else is asked */
function prepareOn(looked: Looked, { model, input, prices }: Asked): Omit<Prepared, 'clusterReason'> {
  const { client, objects, installed } = looked
  const { cluster } = objects
  const choose = (wanted: DeployInput, gpus: number) =>
    chooseRuntime(installed, {
      cluster,
      runtime: wanted.runtime,
      goal: wanted.options.goal !== undefined && wanted.options.planner !== true,
      configFor: (runtime) => configFor(wanted, { model, runtime, gpus }),
    })
  // What cannot be on any node is said before what has no node
  choose(input, input.gpus ?? 1)
  const placement = checkFits(placementIn(objects, { input, model, prices }), { objects, model, input })
  const first = choose(input, placement.gpus)
  const settled = settle(input, placement, first)
  const { config } = chooseRuntime(installed, {
    cluster,
    runtime: settled.runtime,
    goal: false,
    configFor: (runtime) => configFor(settled, { model, runtime, gpus: placement.gpus }),
  })
  return { cluster, client, model, objects, placement, installed, choice: { ...first, config }, input: settled }
}

const priceOf = (prepared: Prepared, ctx: DeployContext): Money | undefined => {
  const price = gpuHourPrice(ctx.clients.prices, prepared.placement.gpuModel)
  return price && { ...price, amount: price.amount * gpusOf(prepared.choice.config) }
}

const hasRoom = ({ placement, choice }: Prepared): boolean =>
  isStartable(placement) && placement.room >= workersOf(choice.config)

/** A plan may take longer than a list; a cluster that is away is left out after this. */
const patienceMs = 5_000

/** What cannot be anywhere: asking further clusters would not help. */
const isAboutInput = (error: unknown) => isToolError(error) && error.code === 'invalid-input'

/** The cheapest cluster where it fits and could start now, of all that the caller may see. */
async function prepareCheapest(wanted: Asked, ctx: DeployContext): Promise<Prepared> {
  const scope = ctx.scopeOf(ctx.clients.kubernetes)
  const { values, clusters } = await ctx.fanOut(
    scope,
    async (cluster, signal) => {
      const looked = await lookAt(cluster, ctx, signal)
      try {
        return { prepared: prepareOn(looked, wanted) }
      } catch (error) {
        if (!isToolError(error)) throw error
        return { error }
      }
    },
    { timeoutMs: patienceMs },
  )
  const found = values.flatMap(({ value }) => value.prepared ?? [])
  const cents = (one: Prepared) => priceOf(one, ctx)?.amount ?? Number.POSITIVE_INFINITY
  const isShort = ({ placement }: Prepared) => placement.fit.verdict !== 'fits'
  const sorted = found.sort(
    (one, other) =>
      Number(hasRoom(other)) - Number(hasRoom(one)) ||
      Number(isShort(one)) - Number(isShort(other)) ||
      (cents(one) === cents(other) ? 0 : cents(one) - cents(other)) ||
      other.placement.freeGpus - one.placement.freeGpus,
  )
  const best = sorted[0]
  if (best && hasRoom(best)) return { ...best, clusterReason: reasonFor(best, sorted.filter(hasRoom), ctx) }
  throw nowhere({ ...wanted, found, errors: values.flatMap(({ value }) => value.error ?? []), clusters })
}

function reasonFor(best: Prepared, able: readonly Prepared[], ctx: DeployContext): string {
  const price = priceOf(best, ctx)
  const words = (one: Prepared) => {
    const cost = priceOf(one, ctx)
    return `${one.cluster} on ${one.placement.gpuModel}${cost ? ` ${formatMoney(cost)} an hour` : ''}`
  }
  const others = able.filter((one) => one !== best).slice(0, 2)
  const kind = price ? 'cheapest' : 'most free'
  const rest = others.length > 0 ? `; then ${others.map(words).join(', ')}` : ''
  return `${kind} of ${counted(able.length, 'cluster')} with room: ${words(best)}${rest}`
}

function nowhere(parts: {
  model: Model
  found: readonly Prepared[]
  errors: readonly ToolError[]
  clusters: readonly { cluster: string; status: string; error?: string }[]
}): unknown {
  const { model, found, errors, clusters } = parts
  const wrong = errors.length > 0 && found.length === 0 && errors.every(isAboutInput)
  if (wrong) return errors[0]
  const full = found.map(({ cluster, placement, choice }) => {
    const workers = workersOf(choice.config)
    return `${cluster}: room for ${placement.room} of ${counted(workers, 'worker')} with ${counted(placement.gpus, placement.gpuModel)}`
  })
  const silent = clusters
    .filter(({ status }) => status !== 'success')
    .map(({ cluster, error }) => `${cluster}: ${error}`)
  const why = [...full, ...errors.map(({ message }) => message), ...silent]
  return new ToolError('does-not-fit', `${model.id} has no place now. ${why.slice(0, 5).join('; ')}`.slice(0, 1200), {
    field: 'cluster',
    next:
      found.length > 0
        ? 'Name a cluster to see its plan, use fewer replicas, or free GPUs'
        : 'check_model_fit shows what would hold it; use more gpus or a smaller model',
    changed: 'nothing',
  })
}

/** Model, cluster, runtime and place: chosen where they are not named. */
export async function prepare(input: DeployInput, ctx: DeployContext): Promise<Prepared> {
  refuseSecrets(input, ctx)
  needGpus(input)
  const [named] = input.cluster === undefined ? [] : ctx.scope([input.cluster])
  const model = await resolveModel(input.model, ctx)
  const asked = { model, input, prices: ctx.clients.prices }
  if (named === undefined) return prepareCheapest(asked, ctx)
  return prepareOn(await lookAt(named, ctx, ctx.signal), asked)
}

/** How GPUs share the work can be said only for a number of them. */
function needGpus({ gpus, options }: DeployInput): void {
  const { pipelineParallel = 1, nodesPerReplica = 1, expertParallel = false } = options
  if (gpus !== undefined || (pipelineParallel === 1 && nodesPerReplica === 1 && !expertParallel)) return
  const option = pipelineParallel > 1 ? 'pipelineParallel' : nodesPerReplica > 1 ? 'nodesPerReplica' : 'expertParallel'
  throw new ToolError('invalid-input', `options.${option} says how GPUs share the work, and their number is open`, {
    field: `options.${option}`,
    next: 'Give gpus too: those of one replica',
    changed: 'nothing',
  })
}

/** An argument is read by the model and kept in the conversation and with the approval. */
function refuseSecrets({ options }: DeployInput, ctx: DeployContext): void {
  const { env = {} } = options
  const shown = ctx.redact(env)
  const secret = Object.keys(env).find((key) => shown[key] !== env[key])
  if (secret !== undefined)
    throw new ToolError('invalid-input', `options.env.${secret} looks like a secret, and arguments are kept`, {
      field: `options.env.${secret}`,
      next: 'Put it into a Secret of the namespace; a Hugging Face token into options.hfTokenSecret',
      changed: 'nothing',
    })
}
