import type { Engine } from '../../catalogue.ts'
import type { DeploymentConfig } from '../../config.ts'

/** The release whose command lines and fields we write. */
export const release = '1.6.0'
const registry = 'nvcr.io/nvidia/ai-dynamo'
const runtimeImages: Record<Engine, string> = {
  vllm: 'vllm-runtime',
  sglang: 'sglang-runtime',
  trtllm: 'tensorrtllm-runtime',
}

export const runtimeImage = (engine: Engine): string => `${registry}/${runtimeImages[engine]}:${release}`

/** The planner lives in an image of its own since 1.1, beside the engines' in the same registry and of the same release. */
export function plannerImage(image: string): string {
  const own = Object.values(runtimeImages).find((name) => new RegExp(`(^|/)${name}[:@]`).test(image))
  return own && !image.includes('@')
    ? image.replace(`${own}:`, 'dynamo-planner:')
    : `${registry}/dynamo-planner:${release}`
}

/**
 * What the operator must be told about an image whose tag is no semantic version (Dynamo 1.4 and newer refuse it otherwise): the
 * version the tag means, or the release we write for. Undefined: the tag says it.
 */
export function versionOverride(image: string): string | undefined {
  const tag = /:([^:/@]+)(?:@|$)/.exec(image)?.[1] ?? ''
  if (/^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(tag)) return undefined
  const meant = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d.])/.exec(tag)
  return meant ? [meant[1], meant[2], meant[3] ?? '0'].map(Number).join('.') : release
}

export interface WorkerPart {
  name: string
  type: 'worker' | 'prefill' | 'decode'
  role?: 'prefill' | 'decode'
  replicas: number
}

const workerName: Record<Engine, string> = { vllm: 'VllmWorker', sglang: 'SglangWorker', trtllm: 'TrtllmWorker' }

/** Worker components: one, or one for prefill and one for decode (MOD-031, MOD-033). */
export function workersOf(config: DeploymentConfig): WorkerPart[] {
  const { engine, mode, replicas, prefillReplicas = replicas } = config
  const name = workerName[engine]
  return mode === 'aggregated'
    ? [{ name, type: 'worker', replicas }]
    : [
        { name: `${name}Prefill`, type: 'prefill', role: 'prefill', replicas: prefillReplicas },
        { name: `${name}Decode`, type: 'decode', role: 'decode', replicas },
      ]
}

const componentNames = (config: DeploymentConfig): string[] => [
  'Frontend',
  ...(config.planner ? ['Planner'] : []),
  ...workersOf(config).map(({ name }) => name),
]

const longestComponent = (config: DeploymentConfig) => Math.max(...componentNames(config).map((name) => name.length))

/** `<graph>-<component>` becomes a label value, which has at most 63 characters. */
export const longestName = (config: DeploymentConfig): number => 63 - 1 - longestComponent(config)

/** Grove takes graph and component names of at most 45 characters together. */
export const longestGroveName = (config: DeploymentConfig): number => 45 - longestComponent(config)

/** What the operator calls the objects of a component: `chat-vllmworker`. */
export const componentObject = (graph: string, component: string): string => `${graph}-${component.toLowerCase()}`
