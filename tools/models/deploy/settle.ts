import { ToolError } from '#contract'
import { type Engine, engines, type Model } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import { checkEngineArgs } from '../runtimes/engine-args.ts'
import type { Runtime } from '../runtimes/types.ts'
import { engineWords } from './engine-words.ts'
import type { DeployInput } from './input.ts'
import { nameFor } from './name.ts'

const refused = (field: string, message: string, next: string) =>
  new ToolError('invalid-input', message, { field, next, changed: 'nothing' })

/**
 * The engine that was named, or the first of vLLM, SGLang and TensorRT-LLM that model and runtime both take (MOD-057).
 * @throws ToolError invalid-input for a named one that the model does not run on
 */
export function engineFor(named: Engine | undefined, { model, runtime }: { model: Model; runtime: Runtime }): Engine {
  const able = engines.filter((one) => model.engines.includes(one) && runtime.engines.includes(one))
  if (named === undefined && able[0]) return able[0]
  if (named !== undefined && able.includes(named)) return named
  if (named !== undefined && !model.engines.includes(named))
    throw refused('engine', `${model.id} does not run on ${named}`, `Use one of: ${model.engines.join(', ')}`)
  throw refused(
    'engine',
    named === undefined
      ? `${runtime.title} runs none of the engines of ${model.id}: ${model.engines.join(', ')}`
      : `${runtime.title} does not run ${named}`,
    able.length > 0 ? `Use engine: ${able.join(' or ')}` : `Name another runtime, or an engine of ${runtime.title}`,
  )
}

/** Parts that must come out even. */
function checkDivides(config: DeploymentConfig): void {
  const { gpus, pipelineParallel = 1, nodesPerReplica = 1 } = config
  const divisors = (most: number) =>
    Array.from({ length: most }, (_, index) => index + 1).filter((one) => gpus % one === 0)
  if (gpus % pipelineParallel !== 0)
    throw refused(
      'options.pipelineParallel',
      `${gpus} GPUs cannot be split into ${pipelineParallel} stages`,
      `Use one of: ${divisors(gpus).join(', ')}`,
    )
  if (gpus % nodesPerReplica !== 0)
    throw refused(
      'options.nodesPerReplica',
      `${gpus} GPUs cannot be split over ${nodesPerReplica} nodes`,
      `Use one of: ${divisors(16).join(', ')}, or another number of gpus`,
    )
}

/** What contradicts itself, whatever runs it. */
function checkTogether(config: DeploymentConfig, model: Model): void {
  const { mode, prefillReplicas, contextLength, planner, goal, queue } = config
  if (contextLength !== undefined && contextLength > model.contextLength)
    throw refused(
      'contextLength',
      `${model.id} has a context of at most ${model.contextLength} tokens`,
      `Use ${model.contextLength} or less`,
    )
  if (prefillReplicas !== undefined && mode === 'aggregated')
    throw refused(
      'options.prefillReplicas',
      'There are prefill replicas only where prefill is apart',
      'Use mode: disaggregated, or leave prefillReplicas out',
    )
  if (goal && mode === 'disaggregated' && !planner)
    throw refused('mode', 'By goal the mode is found for you', 'Leave mode out, or leave goal out and choose yourself')
  if (queue && planner)
    throw refused('options.queue', 'A planner cannot wait in a queue for each step', 'Leave queue or planner out')
}

/** Everything chosen: what was said, and the defaults of the rest (MOD-016 to MOD-026), checked on its own. */
export function configFor(
  input: DeployInput,
  { model, runtime, gpus }: { model: Model; runtime: Runtime; gpus: number },
): DeploymentConfig {
  const { options } = input
  const engine = engineFor(input.engine, { model, runtime })
  const engineArgs = engineWords(options.engineArgs ?? [])
  const {
    engineArgs: _,
    routerMode,
    servedModelName,
    enforceEager,
    enablePrefixCaching,
    trustRemoteCode,
    ...rest
  } = options
  const { image, hfTokenSecret, autoscaling, ...plain } = rest
  const replicas = autoscaling
    ? Math.min(Math.max(input.replicas, autoscaling.minReplicas), autoscaling.maxReplicas)
    : input.replicas
  // The secret is needed only where the model is gated; its name and key are Dynamo's convention
  const secret = hfTokenSecret ?? (model.gated ? 'hf-token-secret' : undefined)
  const config: DeploymentConfig = {
    ...(plain as Partial<DeploymentConfig>),
    runtime: runtime.id,
    name: input.name ?? nameFor(model.id),
    namespace: input.namespace,
    modelId: model.id,
    servedModelName: servedModelName ?? model.id,
    engine,
    mode: input.mode,
    routerMode: routerMode ?? 'none',
    replicas,
    gpus,
    ...(input.contextLength !== undefined && { contextLength: input.contextLength }),
    enforceEager: enforceEager ?? true,
    enablePrefixCaching: enablePrefixCaching ?? false,
    trustRemoteCode: trustRemoteCode ?? false,
    engineArgs,
    ...(input.gpuModel !== undefined && { gpuModel: input.gpuModel }),
    ...(autoscaling && { autoscaling }),
    ...(secret !== undefined && { hfTokenSecret: secret }),
    image: image ?? runtime.defaultImage(engine),
  }
  const refusal = checkEngineArgs(config)
  if (refusal) throw refused(`options.${refusal.field}`, refusal.message, refusal.next)
  checkDivides(config)
  checkTogether(config, model)
  return config
}

/** Worker pods: prefill and decode have their replicas each, and a replica may span nodes. */
export const workersOf = ({ replicas, prefillReplicas, mode }: DeploymentConfig): number =>
  replicas + (mode === 'disaggregated' ? (prefillReplicas ?? replicas) : 0)

/** GPUs of all workers together. */
export const gpusOf = (config: DeploymentConfig): number => config.gpus * workersOf(config)
