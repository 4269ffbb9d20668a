import { ToolError } from '#contract'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'

type Plain = Record<string, unknown>
const plain = (value: unknown): Plain => (typeof value === 'object' && value !== null ? (value as Plain) : {})

/** Members that v1alpha1 names and means alike. */
const alike = ['replicas', 'multinode', 'modelRef', 'eppConfig', 'globalDynamoNamespace', 'minAvailable']
const subTypes = ['prefill', 'decode']

/**
 * A v1beta1 manifest for an operator that serves only v1alpha1 (Dynamo 1.1 and older). A member that it has no place for is
 * refused by name rather than dropped.
 */
export function toV1alpha1(manifest: KubeObject): KubeObject {
  const { components, env, ...rest } = plain(manifest.spec)
  const { backendFramework, annotations, labels, restart, ...unknown } = rest
  refuse('spec', Object.keys(unknown))
  const services = (components as Plain[] | undefined) ?? []
  const planner = services.find(({ type }) => type === 'planner')
  // Its command line was another one in the releases that serve nothing newer
  if (planner) refuse(`spec.components[${planner.name}]`, ['type: planner'])
  return {
    ...manifest,
    apiVersion: 'nvidia.com/v1alpha1',
    spec: {
      ...defined({ backendFramework, annotations, labels, restart, envs: env }),
      services: Object.fromEntries(services.map((component) => [String(component.name), serviceOf(component)])),
    },
  }
}

function serviceOf(component: Plain): Plain {
  // The version of the runtime is told since 1.4
  const {
    name,
    type = 'worker',
    podTemplate,
    sharedMemorySize,
    scalingAdapter,
    runtimeVersionOverride: _,
    ...rest
  } = component
  const kept = Object.fromEntries(alike.flatMap((member) => (member in rest ? [[member, rest[member]]] : [])))
  refuse(
    `spec.components[${name}]`,
    Object.keys(rest).filter((member) => !alike.includes(member)),
  )
  const { metadata, spec } = plain(podTemplate) as { metadata?: Plain; spec?: Plain }
  const { containers = [], ...podSpec } = plain(spec) as { containers?: Plain[] }
  const main = containers.find((one) => one.name === 'main') ?? containers[0] ?? {}
  const others = containers.filter((one) => one !== main)
  const { resources, name: _name, env, envFrom, ...mainContainer } = main
  const isSub = subTypes.includes(String(type))
  return defined({
    componentType: isSub ? 'worker' : type,
    subComponentType: isSub ? type : undefined,
    ...kept,
    envs: env,
    ...secretOf(envFrom),
    resources: resources && resourcesOf(plain(resources)),
    sharedMemory: sharedMemorySize === undefined ? undefined : sharedMemoryOf(sharedMemorySize),
    scalingAdapter: scalingAdapter === undefined ? undefined : { enabled: true },
    extraPodMetadata: metadata && defined({ annotations: metadata.annotations, labels: metadata.labels }),
    extraPodSpec: {
      ...podSpec,
      ...(others.length > 0 && { containers: others }),
      mainContainer: { ...mainContainer, ...(secretOf(envFrom).envFromSecret === undefined && defined({ envFrom })) },
    },
  })
}

/** One secret has a member of its own. */
function secretOf(envFrom: unknown): { envFromSecret?: string } {
  const [first, ...others] = (envFrom as { secretRef?: { name?: string } }[] | undefined) ?? []
  return others.length === 0 && first?.secretRef?.name ? { envFromSecret: first.secretRef.name } : {}
}

const sharedMemoryOf = (size: unknown) => (size === '0' || size === 0 ? { disabled: true } : { size })

/** `{limits: {"nvidia.com/gpu": "2", cpu: "4"}}` → `{limits: {gpu: "2", cpu: "4"}}`; what it does not name goes under custom. */
function resourcesOf(resources: Plain): Plain {
  const side = (amounts: unknown) => {
    if (amounts === undefined) return undefined
    const { cpu, memory, 'nvidia.com/gpu': gpu, ...custom } = plain(amounts)
    const text = (value: unknown) => (value === undefined ? undefined : String(value))
    const more = Object.keys(custom).length > 0 ? custom : undefined
    return defined({ cpu: text(cpu), memory: text(memory), gpu: text(gpu), custom: more })
  }
  return defined({ limits: side(resources.limits), requests: side(resources.requests), claims: resources.claims })
}

const defined = (value: Plain): Plain =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))

function refuse(where: string, members: readonly string[]): void {
  if (members.length === 0) return
  throw new ToolError(
    'invalid-request',
    `${where}.${members[0]} needs a newer Dynamo than this cluster has (v1alpha1 only).`,
    {
      next: `Leave out ${members.join(', ')}, or upgrade the Dynamo operator to 1.2 or newer.`,
      field: `${where}.${members[0]}`,
      changed: 'nothing',
    },
  )
}
