import * as z from 'zod'
import { optionalWord, wholeNumber, word } from '../arguments.ts'
import type { Amounts } from '../kubernetes/service.ts'

/** DNS-1035, because the operator makes Services from it; 53 leaves room for what it appends. */
const rayName = word.refine(
  (text) => text.length <= 53 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text),
  'must have at most 53 of a-z, 0-9 and -, begin with a letter and not end with -',
)
const namespaceName = word.refine(
  (text) => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
  'is not a Kubernetes namespace',
)
const version = word.refine((text) => /^[2-9]\.\d{1,3}\.\d{1,3}$/.test(text), 'must be a Ray release such as 2.52.0')
const imageName = word.refine((text) => /^[\w][\w./:@-]{0,299}$/.test(text), 'is not an image')

/** What a person may choose about a Ray cluster on Kubernetes (RAY-001, RAY-003, RAY-026). */
export const rayInput = z.strictObject({
  name: rayName.optional().describe('Default: ray'),
  cluster: optionalWord('Default: most room'),
  namespace: namespaceName.default('ray').describe('Where'),
  workers: wholeNumber(0, 50).default(1).describe('Pods'),
  gpusPerWorker: wholeNumber(0, 16).default(1).describe('0: CPU only'),
  gpuModel: optionalWord('e.g. H100'),
  headGpus: wholeNumber(0, 16).default(0).describe('On the head'),
  cpusPerWorker: wholeNumber(1, 512).optional().describe('Default: 8 a GPU'),
  memoryGibPerWorker: wholeNumber(1, 8192).optional().describe('Default: 32 a GPU'),
  rayVersion: version.default('2.52.0').describe('Release'),
  image: imageName.optional().describe('For all pods'),
})
export type RayInput = z.output<typeof rayInput>

/** The same with every choice made. */
export interface RayConfig {
  name: string
  namespace: string
  rayVersion: string
  image: string
  head: Amounts
  worker: Amounts
  workers: number
  gpuModel?: string
}

const gib = 1024 ** 3

/** Cores and memory that go with GPUs on common machines; without GPUs a small node's worth. */
const amountsFor = (
  gpus: number,
  cpuCores = gpus > 0 ? 8 * gpus : 4,
  memoryGib = gpus > 0 ? 32 * gpus : 16,
): Amounts => ({
  cpuCores,
  memoryBytes: memoryGib * gib,
  gpus,
})

export function configFor(input: RayInput, name: string): RayConfig {
  const { namespace, rayVersion, workers, gpusPerWorker, headGpus, gpuModel } = input
  const gpus = headGpus + workers * gpusPerWorker
  return {
    name,
    namespace,
    rayVersion,
    image: input.image ?? `rayproject/ray:${rayVersion}${gpus > 0 ? '-gpu' : ''}`,
    head: amountsFor(headGpus),
    worker: amountsFor(gpusPerWorker, input.cpusPerWorker, input.memoryGibPerWorker),
    workers,
    ...(gpuModel !== undefined && { gpuModel }),
  }
}

/** The input with what the configuration settled on: a person approves this, and nothing is left to choose later. */
export const settledInput = (input: RayInput, cluster: string, config: RayConfig): RayInput => ({
  ...input,
  cluster,
  name: config.name,
  image: config.image,
  cpusPerWorker: config.worker.cpuCores,
  memoryGibPerWorker: config.worker.memoryBytes / gib,
  ...(config.gpuModel !== undefined && { gpuModel: config.gpuModel }),
})

export const gpusOf = ({ head, worker, workers }: RayConfig): number => head.gpus + workers * worker.gpus

/** Everything the cluster asks for together. */
export const totalOf = ({ head, worker, workers }: RayConfig): Amounts => ({
  cpuCores: head.cpuCores + workers * worker.cpuCores,
  memoryBytes: head.memoryBytes + workers * worker.memoryBytes,
  gpus: head.gpus + workers * worker.gpus,
})

/** Tokens for the dashboard came with Ray 2.52; the operator refuses them for older releases. */
export function takesToken(rayVersion: string): boolean {
  const [major = 0, minor = 0] = rayVersion.split('.').map(Number)
  return major > 2 || (major === 2 && minor >= 52)
}
