import { componentsOf } from '../world/dynamo.ts'
import type { KubeObject } from '../world/kube-types.ts'

interface BetaComponent {
  name: string
  type?: string
  replicas?: number
  podTemplate?: { metadata?: object; spec?: { containers?: Record<string, unknown>[]; [field: string]: unknown } }
  [field: string]: unknown
}

/** A DynamoGraphDeployment in the version asked for, as the operator's conversion webhook gives it (the fields the world uses). */
export function convertGraph<T extends KubeObject>(object: T, apiVersion: string): T {
  if (object.apiVersion === apiVersion || object.kind !== 'DynamoGraphDeployment') return object
  return apiVersion.endsWith('v1beta1') ? toBeta(object, apiVersion) : toAlpha(object, apiVersion)
}

function toBeta<T extends KubeObject>(object: T, apiVersion: string): T {
  const { services: _services, envs, ...rest } = (object.spec ?? {}) as Record<string, unknown>
  const components = componentsOf(object).map((component) => ({
    name: component.name,
    type: component.subType ?? (component.type === 'default' ? 'worker' : component.type),
    replicas: component.replicas,
    ...(component.nodeCount > 1 ? { multinode: { nodeCount: component.nodeCount } } : {}),
    ...(component.scalingAdapter ? { scalingAdapter: {} } : {}),
    podTemplate: component.template,
  }))
  return {
    ...object,
    apiVersion,
    spec: { ...rest, ...(envs ? { env: envs } : {}), components },
    ...renamed(object, 'services', 'components'),
  }
}

function toAlpha<T extends KubeObject>(object: T, apiVersion: string): T {
  const { components = [], env, ...rest } = (object.spec ?? {}) as { components?: BetaComponent[]; env?: unknown }
  const services = Object.fromEntries(components.map((component) => [component.name, alphaService(component)]))
  return {
    ...object,
    apiVersion,
    spec: { ...rest, ...(env ? { envs: env } : {}), services },
    ...renamed(object, 'components', 'services'),
  }
}

function alphaService({ type = 'worker', replicas, multinode, podTemplate, scalingAdapter }: BetaComponent) {
  const { containers = [], ...podSpec } = podTemplate?.spec ?? {}
  const main = containers.find((container) => container.name === 'main') ?? {}
  const {
    name: _name,
    resources,
    ...mainContainer
  } = main as { name?: string; resources?: { limits?: Record<string, string>; requests?: Record<string, string> } }
  const renameGpu = (list: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(list).map(([key, value]) => [key === 'nvidia.com/gpu' ? 'gpu' : key, value]))
  const split = type === 'prefill' || type === 'decode'
  return {
    componentType: split ? 'worker' : type,
    ...(split ? { subComponentType: type } : {}),
    ...(replicas === undefined ? {} : { replicas }),
    ...(multinode ? { multinode } : {}),
    ...(scalingAdapter ? { scalingAdapter: { enabled: true } } : {}),
    ...(podTemplate?.metadata ? { extraPodMetadata: podTemplate.metadata } : {}),
    ...(resources
      ? { resources: { requests: renameGpu(resources.requests), limits: renameGpu(resources.limits) } }
      : {}),
    extraPodSpec: { ...podSpec, mainContainer },
  }
}

function renamed(object: KubeObject, from: string, to: string): { status?: Record<string, unknown> } {
  if (!object.status) return {}
  const { [from]: rows, ...status } = object.status as Record<string, unknown>
  return { status: rows === undefined ? status : { ...status, [to]: rows } }
}
