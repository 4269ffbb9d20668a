import { SERVED_MODELS } from './catalogue.ts'
import type { Cluster } from './cluster.ts'
import { componentsOf, DGD } from './dynamo.ts'
import type { Container, KubeObject, Pod } from './kube-types.ts'
import { appOf } from './pod-app.ts'

/** What a pod serves and how fast one replica of it is. Times in seconds. */
export interface ServingInfo {
  model: string
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

/** The model that a command line serves. */
export function modelOf(container: Container | undefined): string | undefined {
  const words = [...(container?.command ?? []), ...(container?.args ?? [])]
  const flag = words.findIndex((word) => word === '--model' || word === '--model-path')
  if (flag >= 0) return words[flag + 1]
  const serve = words.indexOf('serve')
  return serve >= 0 ? words[serve + 1] : undefined
}

/** Remembers what every graph of a cluster serves, also after it is gone: its frontends do not say it themselves. */
export function createServingIndex(cluster: Cluster): ServingIndex {
  const models = new Map<string, string>()

  function remember(graph: KubeObject) {
    for (const component of componentsOf(graph)) {
      const model = modelOf(component.template.spec.containers.find((container) => container.name === 'main'))
      if (model) models.set(`${graph.metadata.namespace}/${graph.metadata.name}`, model)
    }
  }

  for (const graph of cluster.store.list(DGD)) remember(graph)
  cluster.store.subscribe(({ resource, object }) => resource === DGD && remember(object))

  return {
    infoOf(pod) {
      const labels = pod.metadata.labels ?? {}
      const type = labels['nvidia.com/dynamo-component-type']
      const graph = appOf(pod)
      if (!type && labels['app.kubernetes.io/component'] !== 'inference') return undefined
      const container = pod.spec.containers[0]
      const model = modelOf(container) ?? models.get(`${pod.metadata.namespace}/${graph}`)
      if (!model || (type && type !== 'frontend' && type !== 'worker')) return undefined
      const known = SERVED_MODELS.find((served) => served.cluster === cluster.spec.name && served.name === graph)
      const billions = Number(/(\d+(?:\.\d+)?)B/i.exec(model)?.[1] ?? 8)
      const total = known?.requestsPerSecond ?? 0.8
      const role = type === 'frontend' ? 'frontend' : 'worker'
      return {
        model,
        engine: container?.command?.join(' ').includes('sglang') || known?.engine === 'sglang' ? 'sglang' : 'vllm',
        role,
        graph,
        ttftSeconds: known?.ttftSeconds ?? 0.05 + billions * 0.005,
        itlSeconds: known?.itlSeconds ?? 0.005 + billions * 0.0005,
        requestsPerSecond: role === 'frontend' ? total : total / (known?.replicas ?? 2),
      }
    },
  }
}
