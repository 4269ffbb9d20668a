import * as z from 'zod'
import { ToolError } from '#contract'
import { cluster, optionalWord, wholeNumber, word } from '../arguments.ts'
import { engines, type Model } from './catalogue.ts'
import type { DeploymentConfig } from './config.ts'
import { defaultImage, nameFor } from './manifest.ts'

const kubernetesName = (most: number) =>
  word.refine(
    (text) => text.length <= most && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
    `must have at most ${most} of a-z, 0-9 and -, with no - at either end`,
  )

/** Everything about a model deployment that a person may choose (MOD-016 to MOD-027). */
export const deployInput = z.strictObject({
  model: word.describe('e.g. Qwen3-8B'),
  cluster,
  gpus: wholeNumber(1, 8).default(1).describe('Per replica'),
  gpuModel: optionalWord('e.g. H100'),
  replicas: wholeNumber(1, 10).default(1).describe('1 to 10'),
  name: kubernetesName(45).optional().describe('Default: from the model'),
  namespace: kubernetesName(63).default('dynamo-system').describe('Where'),
  engine: z.enum(engines).default('vllm').describe('Engine'),
  mode: z.enum(['aggregated', 'disaggregated']).default('aggregated').describe('Prefill apart?'),
  routerMode: z.enum(['none', 'kv', 'round-robin']).default('none').describe('Routing'),
  contextLength: wholeNumber(256, 100_000_000).optional().describe('Tokens'),
  servedModelName: optionalWord('Name for clients'),
  enforceEager: z.boolean().default(true).describe('No CUDA graphs'),
  enablePrefixCaching: z.boolean().default(false).describe('Reuse prefixes'),
  trustRemoteCode: z.boolean().default(false).describe('Run its code'),
  engineArgs: z
    .array(word)
    .refine((args) => args.length <= 40, 'must have at most 40 flags')
    .default([])
    .describe('More flags'),
  image: optionalWord('Runtime'),
})
export type DeployInput = z.output<typeof deployInput>

const ownFlags = [
  '--model',
  '--model-path',
  '--served-model-name',
  '--tensor-parallel-size',
  '--tp',
  '--tp-size',
  '-tp',
  '--max-model-len',
  '--context-length',
  '--max-seq-len',
  '--disaggregation-mode',
]

/** `--max-num-seqs 64` in one text is two words of a command line. */
const words = (args: readonly string[]): string[] =>
  args.flatMap((arg) => {
    const match = /^(--?[\w-]+)\s+(.+)$/s.exec(arg)
    return match ? [match[1]!, match[2]!] : [arg]
  })

/** @throws ToolError invalid-input for what the model or the engine does not take */
export function configFor(input: DeployInput, model: Model): DeploymentConfig {
  if (!model.engines.includes(input.engine))
    throw new ToolError('invalid-input', `${model.id} does not run on ${input.engine}`, {
      field: 'engine',
      next: `Use one of: ${model.engines.join(', ')}`,
      changed: 'nothing',
    })
  const engineArgs = words(input.engineArgs)
  const clash = engineArgs.find((arg) => ownFlags.includes(arg.split('=')[0]!))
  if (clash)
    throw new ToolError('invalid-input', `${clash} is set by this deployment itself`, {
      field: 'engineArgs',
      next: 'Use gpus, contextLength, servedModelName, mode or model instead',
      changed: 'nothing',
    })
  if (input.contextLength !== undefined && input.contextLength > model.contextLength)
    throw new ToolError('invalid-input', `${model.id} has a context of at most ${model.contextLength} tokens`, {
      field: 'contextLength',
      next: `Use ${model.contextLength} or less`,
      changed: 'nothing',
    })
  return {
    runtime: 'dynamo',
    name: input.name ?? nameFor(model.id),
    namespace: input.namespace,
    modelId: model.id,
    servedModelName: input.servedModelName ?? model.id,
    engine: input.engine,
    mode: input.mode,
    routerMode: input.routerMode,
    replicas: input.replicas,
    gpus: input.gpus,
    ...(input.contextLength !== undefined && { contextLength: input.contextLength }),
    enforceEager: input.enforceEager,
    enablePrefixCaching: input.enablePrefixCaching,
    trustRemoteCode: input.trustRemoteCode,
    engineArgs,
    ...(input.gpuModel !== undefined && { gpuModel: input.gpuModel }),
    // The secret is needed only where the model is gated; its name and key are Dynamo's convention
    ...(model.gated && { hfTokenSecret: 'hf-token-secret' }),
    image: input.image ?? defaultImage(input.engine),
  }
}

/** Worker pods: prefill and decode have their replicas each. */
export const workersOf = ({ replicas, mode }: Pick<DeploymentConfig, 'replicas' | 'mode'>): number =>
  replicas * (mode === 'disaggregated' ? 2 : 1)

/** GPUs of all workers together. */
export const gpusOf = (config: DeploymentConfig): number => config.gpus * workersOf(config)
