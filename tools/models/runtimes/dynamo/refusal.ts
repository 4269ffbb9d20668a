import type { DeploymentConfig } from '../../config.ts'
import { longestGroveName, longestName } from './names.ts'

export interface Refusal {
  field: string
  message: string
  next: string
}

type Rule = (config: DeploymentConfig) => Refusal | false | undefined

const refuse = (field: keyof DeploymentConfig, message: string, next: string): Refusal => ({ field, message, next })

/** What no number of GPUs makes possible, whatever the runtime. */
export const parallelRules: readonly Rule[] = [
  ({ gpus, pipelineParallel = 1 }) =>
    gpus % pipelineParallel !== 0 &&
    refuse(
      'pipelineParallel',
      `${gpus} GPUs cannot be split into ${pipelineParallel} stages`,
      `Use a divisor of ${gpus}`,
    ),
  ({ gpus, nodesPerReplica = 1 }) =>
    gpus % nodesPerReplica !== 0 &&
    refuse(
      'nodesPerReplica',
      `${gpus} GPUs cannot be spread over ${nodesPerReplica} nodes`,
      `Use a divisor of ${gpus}`,
    ),
  ({ mode, prefillReplicas }) =>
    mode === 'aggregated' &&
    prefillReplicas !== undefined &&
    refuse(
      'prefillReplicas',
      'Only a disaggregated deployment has prefill workers',
      'Leave it out, or use mode: disaggregated',
    ),
  ({ autoscaling: range }) =>
    range !== undefined &&
    (range.minReplicas < 1 || range.minReplicas > range.maxReplicas) &&
    refuse(
      'autoscaling',
      `${range.minReplicas} to ${range.maxReplicas} replicas is no range`,
      'Use 1 ≤ minReplicas ≤ maxReplicas',
    ),
  ({ autoscaling: range, replicas, prefillReplicas = replicas }) =>
    range !== undefined &&
    [replicas, prefillReplicas].some((count) => count < range.minReplicas || count > range.maxReplicas) &&
    refuse(
      'replicas',
      `Replicas start within ${range.minReplicas} to ${range.maxReplicas}`,
      'Change replicas, or the range of autoscaling',
    ),
]

const nameRules: readonly Rule[] = [
  (config) =>
    config.name.length > longestName(config) &&
    refuse(
      'name',
      `The operator names objects after it, which then exceed 63 characters`,
      `Use at most ${longestName(config)} characters`,
    ),
  (config) =>
    (config.nodesPerReplica ?? 1) > 1 &&
    config.name.length > longestGroveName(config) &&
    refuse(
      'name',
      'Grove, which starts replicas of several nodes, takes shorter names',
      `Use at most ${longestGroveName(config)} characters`,
    ),
]

/** Variables that have an option of their own. */
const ownEnv: Record<string, string> = {
  DYN_ROUTER_MODE: 'Use routerMode',
  HF_TOKEN: 'Keep the token in a Secret and name it as hfTokenSecret',
}

const dynamoRules: readonly Rule[] = [
  ({ engine, quantization }) =>
    engine === 'trtllm' &&
    quantization !== undefined &&
    refuse(
      'quantization',
      'TensorRT-LLM takes the quantization from the checkpoint',
      'Leave it out, and deploy a quantized model',
    ),
  ({ env = {} }) => {
    const taken = Object.keys(env).find((name) => Object.hasOwn(ownEnv, name))
    return taken !== undefined && refuse('env', `${taken} is set by the deployment itself`, ownEnv[taken]!)
  },
  ({ env = {}, storage }) =>
    storage !== undefined &&
    !storage.path &&
    Object.hasOwn(env, 'HF_HOME') &&
    refuse('env', 'HF_HOME leads to the storage', 'Leave HF_HOME out, or the storage'),
]

/** A planner works by latencies; the rest of a goal is for a request. */
const plannerRules: readonly Rule[] = [
  ({ goal, planner }) =>
    goal !== undefined &&
    !planner &&
    refuse('goal', 'A graph has GPUs and replicas, not a goal', 'Use runtime: dynamo-request, or planner: true'),
  ({ goal }) => {
    const other = Object.entries(goal ?? {}).find(([key, value]) => value !== undefined && !/^(ttft|itl)Ms$/.test(key))
    return other && refuse('goal', `A planner has no ${other[0]}`, 'Use ttftMs and itlMs, or runtime: dynamo-request')
  },
  ({ planner, autoscaling }) =>
    planner === true &&
    autoscaling === undefined &&
    refuse('autoscaling', 'A planner needs bounds: it takes GPUs by itself', 'Say minReplicas and maxReplicas'),
  ({ planner, engine, mode }) =>
    planner === true &&
    engine === 'trtllm' &&
    mode === 'aggregated' &&
    refuse(
      'planner',
      'The planner is known for TensorRT-LLM with prefill and decode apart only',
      'Use mode: disaggregated, or another engine',
    ),
]

const rules = [...parallelRules, ...nameRules, ...dynamoRules, ...plannerRules]

/** Why Dynamo cannot do what was asked: the first reason. */
export function refusal(config: DeploymentConfig): Refusal | undefined {
  for (const rule of rules) {
    const found = rule(config)
    if (found) return found
  }
  return undefined
}
