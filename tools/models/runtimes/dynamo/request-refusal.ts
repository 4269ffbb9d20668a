import type { DeploymentConfig } from '../../config.ts'
import { gpuSku } from './gpu-sku.ts'
import type { Refusal } from './refusal.ts'

type Rule = (config: DeploymentConfig) => Refusal | false | undefined

const refuse = (field: string, message: string, next: string): Refusal => ({ field, message, next })

/** What a request has no member for: Dynamo decides it, or its override would have to know the graph that is not there yet. */
const decided: readonly (keyof DeploymentConfig)[] = [
  'prefillReplicas',
  'pipelineParallel',
  'expertParallel',
  'nodesPerReplica',
  'contextLength',
  'quantization',
  'kvCacheDtype',
  'gpuMemoryUtilization',
  'maxSequences',
  'trustRemoteCode',
  'enablePrefixCaching',
  'cpu',
  'memory',
  'sharedMemory',
  'nodeSelector',
  'tolerations',
  'spreadOver',
  'priorityClass',
  'imagePullSecret',
  'autoscaling',
]

const isAsked = (value: unknown): boolean =>
  value !== undefined &&
  value !== false &&
  !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const elsewhere = 'Leave it out, or use runtime: dynamo'

const rules: readonly Rule[] = [
  (config) => {
    const field = decided.find((key) => isAsked(config[key]))
    return field !== undefined && refuse(field, 'A request leaves this to Dynamo', elsewhere)
  },
  ({ engineArgs }) => engineArgs.length > 0 && refuse('engineArgs', 'A request has no engine arguments', elsewhere),
  ({ routerMode }) => routerMode !== 'none' && refuse('routerMode', 'A request leaves routing to Dynamo', elsewhere),
  ({ servedModelName, modelId }) =>
    servedModelName !== modelId &&
    refuse('servedModelName', 'A request serves the model under its own name', elsewhere),
  ({ gpuModel }) =>
    gpuModel !== undefined &&
    gpuSku(gpuModel) === undefined &&
    refuse('gpuModel', `Dynamo has no name for a ${gpuModel} in a request`, elsewhere),
  ({ mode, goal }) =>
    mode === 'disaggregated' &&
    goal?.search !== 'thorough' &&
    refuse('mode', 'A quick search chooses the mode itself', 'Leave mode out, or use goal.search: thorough'),
  ({ goal }) =>
    goal?.search === 'thorough' &&
    goal.anyEngine === true &&
    refuse('engine', 'A thorough search measures one engine', 'Name the engine, or use goal.search: rapid'),
  ({ goal }) =>
    goal?.concurrency !== undefined &&
    goal.requestsPerSecond !== undefined &&
    refuse('goal.concurrency', 'A request takes concurrency or requests per second', 'Give one of them'),
  ({ hfTokenSecret }) =>
    hfTokenSecret !== undefined &&
    hfTokenSecret !== 'hf-token-secret' &&
    refuse('hfTokenSecret', 'A request takes the token from hf-token-secret', 'Name the Secret hf-token-secret'),
  ({ name }) =>
    name.length > 43 &&
    refuse('name', 'The operator names objects after it, which then exceed 63 characters', 'Use at most 43 characters'),
]

/** Why a request cannot say what was asked: the first reason. */
export function requestRefusal(config: DeploymentConfig): Refusal | undefined {
  for (const rule of rules) {
    const found = rule(config)
    if (found) return found
  }
  return undefined
}
