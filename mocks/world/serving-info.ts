import { SERVED_MODELS } from './catalogue.ts'
import type { Cluster } from './cluster.ts'
import { componentsOf, DGD } from './dynamo.ts'
import { LLM_INFERENCE_SERVICE, servedByLlm } from './kserve-llm.ts'
import type { Container, KubeObject, Pod } from './kube-types.ts'
import { appOf } from './pod-app.ts'
import { RAY_SERVICE, servedByRay } from './ray-service.ts'

/** What a pod serves and how fast one replica of it is. Times in seconds. */
export interface ServingInfo {
  model: string
  /** What clients call it. */
  servedName: string
  engine: 'vllm' | 'sglang' | 'trtllm'
  role: 'frontend' | 'worker'
  graph: string
  ttftSeconds: number
  itlSeconds: number
  /** Requests per second that reach this pod, on average. */
  requestsPerSecond: number
}

export interface ServingIndex {
  infoOf(pod: Pod): ServingInfo | undefined
}

const wordsOf = (container: Container | undefined) => [...(container?.command ?? []), ...(container?.args ?? [])]

/** The value after the first of these flags, or behind its equals sign. */
function argumentOf(words: readonly string[], flags: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const [name = '', ...rest] = word.split('=')
    if (flags.includes(name.replaceAll('_', '-'))) return rest.length > 0 ? rest.join('=') : words[index + 1]
  }
  return undefined
}

/** The model that a command line serves. */
export function modelOf(container: Container | undefined): string | undefined {
  const words = wordsOf(container)
  const given = argumentOf(words, ['--model', '--model-path', '--model-id'])
  if (given !== undefined) return given
  const program = words.findIndex((word) => word === 'serve' || word.endsWith('trtllm-serve'))
  return program >= 0 ? words[program + 1] : undefined
}

export const servedNameOf = (container: Container | undefined): string | undefined =>
  argumentOf(wordsOf(container), ['--served-model-name', '--model-name'])

/** A program that serves a model by itself, without an operator's labels. */
const isEngine = (container: Container | undefined) =>
  /(^|[/ ])vllm serve|vllm\.entrypoints|sglang\.launch_server|trtllm-serve|huggingfaceserver/.test(
    `${container?.image ?? ''} ${wordsOf(container).join(' ')}`,
  )

function engineOf(container: Container | undefined): ServingInfo['engine'] {
  const words = wordsOf(container).join(' ')
  if (words.includes('sglang')) return 'sglang'
  return /trtllm/.test(words) ? 'trtllm' : 'vllm'
}

/** Remembers what every graph of a cluster serves, also after it is gone: its frontends do not say it themselves. */
export function createServingIndex(cluster: Cluster): ServingIndex {
  const models = new Map<string, { model: string; servedName: string }>()

  function remember(resource: string, object: KubeObject) {
    if (resource === DGD) rememberGraph(object)
    const served =
      resource === LLM_INFERENCE_SERVICE
        ? servedByLlm(object)
        : resource === RAY_SERVICE
          ? servedByRay(object)
          : undefined
    if (served) models.set(`${object.metadata.namespace}/${object.metadata.name}`, served)
  }

  function rememberGraph(graph: KubeObject) {
    for (const component of componentsOf(graph)) {
      const main = component.template.spec.containers.find((container) => container.name === 'main')
      const model = modelOf(main)
      if (model)
        models.set(`${graph.metadata.namespace}/${graph.metadata.name}`, {
          model,
          servedName: servedNameOf(main) ?? model,
        })
    }
  }

  for (const resource of [DGD, LLM_INFERENCE_SERVICE, RAY_SERVICE])
    for (const object of cluster.store.list(resource)) remember(resource, object)
  cluster.store.subscribe(({ resource, object, type }) => type !== 'DELETED' && remember(resource, object))

  return {
    infoOf(pod) {
      const labels = pod.metadata.labels ?? {}
      const type = labels['nvidia.com/dynamo-component-type']
      const graph = appOf(pod)
      const container = pod.spec.containers[0]
      // Workers of Ray run what the text of their service says, and those of KServe's own kind what its preset brings
      const told = labels['ray.io/serve'] === 'true' || labels['app.kubernetes.io/part-of'] === 'llminferenceservice'
      if (!type && labels['app.kubernetes.io/component'] !== 'inference' && !isEngine(container) && !told)
        return undefined
      const ofGraph = models.get(`${pod.metadata.namespace}/${graph}`)
      if (told && labels['llm-d.ai/role'] === 'scheduler') return undefined
      const model = told ? ofGraph?.model : (modelOf(container) ?? ofGraph?.model)
      if (!model || (type && type !== 'frontend' && type !== 'worker')) return undefined
      const known = SERVED_MODELS.find((served) => served.cluster === cluster.spec.name && served.name === graph)
      const billions = Number(/(\d+(?:\.\d+)?)B/i.exec(model)?.[1] ?? 8)
      const total = known?.requestsPerSecond ?? 0.8
      const role = type === 'frontend' ? 'frontend' : 'worker'
      return {
        model,
        servedName: servedNameOf(container) ?? (type || told ? ofGraph?.servedName : undefined) ?? model,
        engine: known?.engine === 'sglang' ? 'sglang' : engineOf(container),
        role,
        graph,
        ttftSeconds: known?.ttftSeconds ?? 0.05 + billions * 0.005,
        itlSeconds: known?.itlSeconds ?? 0.005 + billions * 0.0005,
        requestsPerSecond: role === 'frontend' ? total : total / (known?.replicas ?? 2),
      }
    },
  }
}
