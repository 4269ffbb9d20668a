import * as z from 'zod'
import { optionalWord, wholeNumber, word } from '../../arguments.ts'
import { engines } from '../catalogue.ts'
import { runtimeIds } from '../config.ts'
import { deployOptions, kubernetesName } from './options.ts'

const main = {
  model: word.describe('e.g. Qwen3-8B'),
  cluster: optionalWord('Default: cheapest'),
  gpus: wholeNumber(1, 128).optional().describe('Per replica; default: fewest'),
  gpuModel: optionalWord('e.g. H100'),
  replicas: wholeNumber(1, 10).default(1).describe('1 to 10'),
  name: kubernetesName(63).optional().describe('Default: from the model'),
  namespace: kubernetesName(63).default('dynamo-system').describe('Where'),
  runtime: z.enum(runtimeIds).optional().describe('Default: what is installed'),
  engine: z.enum(engines).optional().describe('Default vllm'),
  mode: z.enum(['aggregated', 'disaggregated']).default('aggregated').describe('Prefill apart?'),
  contextLength: wholeNumber(256, 100_000_000).optional().describe('Tokens'),
}

/**
 * A model's tool list has the main arguments; the others are in one object that is spelled out in `preview_deployment`
 * and checked as strictly here.
 */
export const deployInput = z.strictObject({
  ...main,
  options: z.record(z.string(), z.unknown()).pipe(deployOptions).default({}).describe('As in preview_deployment'),
})
export const previewInput = z.strictObject({ ...main, options: deployOptions.default({}).describe('Everything else') })
export type DeployInput = z.output<typeof previewInput>
