import { SERVED_MODELS } from './catalogue.ts'
import type { Cluster } from './cluster.ts'
import { componentsOf, DGD } from './dynamo.ts'
import type { Container, KubeObject, Pod } from './kube-types.ts'
import { appOf } from './pod-app.ts'

/** What a pod serves and how fast one replica of it is. Times in seconds. */
export interface ServingInfo {
  model: string
  /** What clients call it. */
  servedName: string
  engine: 'vllm' | 'sglang'
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

/** Remembers what every graph of a cluster serves, also after it is gone: its frontends do not say it themselves. */
export function createServingIndex(cluster: Cluster): ServingIndex {
  const models = new Map<string, { model: string; servedName: string }>()

  function remember(graph: KubeObject) {
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

  for (const graph of cluster.store.list(DGD)) remember(graph)
  cluster.store.subscribe(({ resource, object }) => resource === DGD && remember(object))

  return {
    infoOf(pod) {
      const labels = pod.metadata.labels ?? {}
      const type = labels['nvidia.com/dynamo-component-type']
      const graph = appOf(pod)
      const container = pod.spec.containers[0]
      if (!type && labels['app.kubernetes.io/component'] !== 'inference' && !isEngine(container)) return undefined
      const ofGraph = models.get(`${pod.metadata.namespace}/${graph}`)
      const model = modelOf(container) ?? ofGraph?.model
      if (!model || (type && type !== 'frontend' && type !== 'worker')) return undefined
      const known = SERVED_MODELS.find((served) => served.cluster === cluster.spec.name && served.name === graph)
      const billions = Number(/(\d+(?:\.\d+)?)B/i.exec(model)?.[1] ?? 8)
      const total = known?.requestsPerSecond ?? 0.8
      const role = type === 'frontend' ? 'frontend' : 'worker'
      return {
        model,
        servedName: servedNameOf(container) ?? (type ? ofGraph?.servedName : undefined) ?? model,
        engine: wordsOf(container).join(' ').includes('sglang') || known?.engine === 'sglang' ? 'sglang' : 'vllm',
        role,
        graph,
        ttftSeconds: known?.ttftSeconds ?? 0.05 + billions * 0.005,
        itlSeconds: known?.itlSeconds ?? 0.005 + billions * 0.0005,
        requestsPerSecond: role === 'frontend' ? total : total / (known?.replicas ?? 2),
      }
    },
  }
}
