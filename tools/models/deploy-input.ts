import * as z from 'zod'
import { ToolError } from '#contract'
import { cluster } from '../arguments.ts'
import { engines, type Model } from './catalogue.ts'
import { type DeploymentConfig, defaultImage, nameFor } from './manifest.ts'

const k8sName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** Everything about a model deployment that a person may choose (MOD-016 to MOD-027). */
export const deployInput = z.strictObject({
  model: z.string().min(1).max(200).describe('Model, e.g. Qwen/Qwen3-8B or Qwen3-8B'),
  cluster,
  gpus: z.number().int().min(1).max(8).default(1).describe('GPUs per replica (tensor parallel)'),
  gpuModel: z.string().max(100).optional().describe('GPU model, e.g. H100'),
  replicas: z.number().int().min(1).max(10).default(1).describe('1 to 10'),
  name: z.string().max(45).regex(k8sName, 'is not a Kubernetes name').optional().describe('Default: from the model'),
  namespace: z
    .string()
    .max(63)
    .regex(k8sName, 'is not a Kubernetes name')
    .default('dynamo-system')
    .describe('Namespace'),
  engine: z.enum(engines).default('vllm').describe('Inference engine'),
  mode: z
    .enum(['aggregated', 'disaggregated'])
    .default('aggregated')
    .describe('disaggregated: prefill and decode apart'),
  routerMode: z.enum(['none', 'kv', 'round-robin']).default('none').describe('Request routing'),
  contextLength: z.number().int().min(256).optional().describe('Longest context, tokens'),
  servedModelName: z.string().max(200).optional().describe('Name clients use'),
  enforceEager: z.boolean().default(true).describe('No CUDA graphs'),
  enablePrefixCaching: z.boolean().default(false).describe('Reuse common prefixes'),
  trustRemoteCode: z.boolean().default(false).describe("Run the model's own code"),
  engineArgs: z.array(z.string().max(500)).max(40).default([]).describe('Further engine flags'),
  image: z.string().max(300).optional().describe('Runtime image'),
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
