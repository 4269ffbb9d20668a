import { isToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../../clients/kubernetes/types.ts'
import type { Lever, RuntimeChange, WorkerPlace } from '../types.ts'

interface Component {
  name: string
  type?: string
  replicas?: number
  scalingAdapter?: unknown
  podTemplate?: { spec?: { containers?: { name?: string }[] } }
}
interface Service {
  componentType?: string
  replicas?: number
  scalingAdapter?: { enabled?: boolean }
  resources?: unknown
}
interface Graph {
  components?: Component[]
  services?: Record<string, Service>
}

const graphOf = ({ spec }: KubeObject): Graph => (spec ?? {}) as Graph
const apart = ['frontend', 'planner', 'epp', 'router']

const isAdapted = ({ components = [], services = {} }: Graph, name: string): boolean =>
  components.some((one) => one.name === name && one.scalingAdapter !== undefined && one.scalingAdapter !== null) ||
  services[name]?.scalingAdapter?.enabled === true

const hasPlanner = ({ components = [], services = {} }: Graph): boolean =>
  components.some(({ type }) => type === 'planner') ||
  Object.values(services).some(({ componentType }) => componentType === 'planner')

/** Replicas of a component, written where the graph keeps them. Source: Dynamo CRDs v1beta1 (list) and v1alpha1 (map). */
function inGraph(parts: { kind: ResourceKind; object: KubeObject; name: string; replicas: number }): Lever {
  const { kind, object, name, replicas } = parts
  const graph = graphOf(object)
  const { namespace, name: called } = object.metadata
  return {
    title: `component ${name} of ${kind.kind} ${namespace}/${called}`,
    kind,
    object,
    replicas,
    targets: [],
    ...(hasPlanner(graph) && {
      refusal: {
        message: `The Dynamo planner of ${called} sets the replicas by load; a number set by hand would be set back.`,
        next: 'Take the planner out of the deployment, or change its goal: update_deployment',
      },
    }),
    body: ({ min }) => ({
      spec: graph.services
        ? { services: { [name]: { replicas: min } } }
        : { components: graph.components?.map((one) => (one.name === name ? { ...one, replicas: min } : one)) },
    }),
  }
}

/** The adapter leads where a component has one: admission refuses replicas written in the graph. */
async function byAdapter(
  client: KubernetesCluster,
  { kind, object, name, signal }: { kind: ResourceKind; object: KubeObject; name: string; signal: AbortSignal },
): Promise<Lever> {
  const adapters = {
    ...kind,
    resource: 'dynamographdeploymentscalingadapters',
    kind: 'DynamoGraphDeploymentScalingAdapter',
  }
  const called = `${object.metadata.name}-${name.toLowerCase()}`
  const { namespace } = object.metadata
  const where = { name: called, signal, ...(namespace && { namespace }) }
  const scale = await client.subresource(adapters, { ...where, subresource: 'scale' })
  const inner = inGraph({ kind, object, name, replicas: 0 })
  return {
    title: `scaling adapter ${called}`,
    kind: adapters,
    object: scale,
    subresource: 'scale',
    replicas: Number(scale.spec?.replicas ?? 0),
    targets: [{ kind: adapters.kind, name: called }],
    ...(inner.refusal && { refusal: inner.refusal }),
    body: ({ min }) => ({ spec: { replicas: min } }),
  }
}

/** The request that a graph was made for: neither owns the other, and a request would not be told that its graph is gone. */
const requestsFor: NonNullable<RuntimeChange['companions']> = async ({ client, kind, object, signal }) => {
  const requests = { ...kind, resource: 'dynamographdeploymentrequests', kind: 'DynamoGraphDeploymentRequest' }
  const { namespace, name } = object.metadata
  try {
    const { items } = await client.list(requests, { signal, ...(namespace && { namespace }) })
    return items.filter(({ status }) => status?.dgdName === name).map((found) => ({ kind: requests, object: found }))
  } catch (error) {
    // Dynamo of before requests
    if (isToolError(error) && error.code === 'not-found') return []
    throw error
  }
}

/** How a graph is changed that is there. */
export const dynamoChange: RuntimeChange = {
  access: [{ verbs: ['get', 'patch'], group: 'nvidia.com', resource: 'dynamographdeploymentscalingadapters/scale' }],
  async lever({ client, kind, object, component, signal }) {
    const { name, replicas } = component
    return isAdapted(graphOf(object), name)
      ? byAdapter(client, { kind, object, name, signal })
      : inGraph({ kind, object, name, replicas })
  },
  companions: requestsFor,
  workers(object): WorkerPlace[] {
    const { components = [], services = {} } = graphOf(object)
    return [
      ...components.flatMap(({ name, type = 'worker', podTemplate }, index): WorkerPlace[] => {
        const main = podTemplate?.spec?.containers?.findIndex((one) => one.name === 'main') ?? -1
        if (apart.includes(type) || main === -1) return []
        const pod = ['spec', 'components', index, 'podTemplate', 'spec']
        const container = [...pod, 'containers', main]
        return [
          {
            component: name,
            container,
            gpus: [...container, 'resources', 'limits', 'nvidia.com/gpu'],
            replicas: ['spec', 'components', index, 'replicas'],
          },
        ]
      }),
      ...Object.entries(services).flatMap(([name, { componentType = 'worker' }]): WorkerPlace[] => {
        if (apart.includes(componentType)) return []
        const service = ['spec', 'services', name]
        return [
          {
            component: name,
            pod: [...service, 'extraPodSpec'],
            container: [...service, 'extraPodSpec', 'mainContainer'],
            gpus: [...service, 'resources', 'limits', 'gpu'],
            replicas: [...service, 'replicas'],
          },
        ]
      }),
    ]
  },
}
