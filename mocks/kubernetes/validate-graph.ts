import type { Container, Draft } from '../world/kube-types.ts'
import { podCauses, required, wrong } from './causes.ts'
import type { Cause } from './status.ts'

interface GraphComponent {
  name?: string
  type?: string
  replicas?: number
  multinode?: { nodeCount?: number }
  runtimeVersionOverride?: string
  podTemplate?: { spec?: { containers?: Container[] } }
  [field: string]: unknown
}

const TYPES = ['frontend', 'worker', 'prefill', 'decode', 'planner', 'epp', 'lpx']
const FRAMEWORKS = ['sglang', 'vllm', 'trtllm']
const SEMVER = /:v?\d+\.\d+\.\d+([-+.][0-9A-Za-z.-]+)?$/

function unsupported(field: string, value: unknown, supported: string[]): Cause {
  const list = supported.map((one) => `"${one}"`).join(', ')
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: "${String(value)}": supported values: ${list}`,
    field,
  }
}

/** What the DynamoGraphDeployment CRD and its admission webhook refuse (the rules of Dynamo 1.6; v1alpha1 is nearly free of them). */
export function graphCauses(draft: Draft): Cause[] {
  const spec = draft.spec as Record<string, unknown> | undefined
  if (!spec) return [required('spec')]
  const causes: Cause[] = []
  if (spec.backendFramework !== undefined && !FRAMEWORKS.includes(String(spec.backendFramework))) {
    causes.push(unsupported('spec.backendFramework', spec.backendFramework, FRAMEWORKS))
  }
  if (draft.apiVersion.endsWith('v1alpha1')) {
    const services = spec.services as Record<string, unknown> | undefined
    return services && Object.keys(services).length > 0 ? causes : [...causes, required('spec.services')]
  }
  const components = spec.components as GraphComponent[] | undefined
  if (!Array.isArray(components) || components.length === 0) return [...causes, required('spec.components')]
  if (components.length > 25)
    causes.push({
      reason: 'FieldValueTooMany',
      message: `Too many: ${components.length}: must have at most 25 items`,
      field: 'spec.components',
    })
  const names = new Set<string>()
  components.forEach((component, index) => {
    const lower = component.name?.toLowerCase() ?? ''
    if (lower && names.has(lower))
      causes.push({
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: {"name":"${component.name}"}`,
        field: `spec.components[${index}]`,
      })
    names.add(lower)
    causes.push(...componentCauses(component, `spec.components[${index}]`))
  })
  if (components.filter((component) => component.type === 'epp').length > 1) {
    causes.push(wrong('spec.components', 'at most one component may have type epp'))
  }
  if (spec.restart !== undefined && draft.metadata.resourceVersion === undefined && draft.metadata.uid === undefined) {
    causes.push({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: restart must be unset on create',
      field: 'spec.restart',
    })
  }
  return causes
}

function componentCauses(component: GraphComponent, at: string): Cause[] {
  const causes: Cause[] = []
  if (!component.name) causes.push(required(`${at}.name`))
  if (component.type !== undefined && !TYPES.includes(component.type))
    causes.push(unsupported(`${at}.type`, component.type, TYPES))
  if (component.replicas !== undefined && !(Number.isInteger(component.replicas) && component.replicas >= 0)) {
    causes.push(wrong(`${at}.replicas`, `${component.replicas}: should be an integer greater than or equal to 0`))
  }
  const nodeCount = component.multinode?.nodeCount
  if (component.multinode && (nodeCount === undefined || nodeCount < 2)) {
    causes.push(wrong(`${at}.multinode.nodeCount`, `${nodeCount}: should be greater than or equal to 2`))
  }
  const containers = component.podTemplate?.spec?.containers
  if (!containers) return causes
  const main = containers.find((container) => container.name === 'main')
  if (!main) {
    return [
      ...causes,
      wrong(
        `${at}.podTemplate.spec.containers`,
        'podTemplate must contain a container named "main" with a non-empty image',
      ),
    ]
  }
  if (!main.image)
    return [...causes, wrong(`${at}.podTemplate.spec.containers`, 'container "main" must have a non-empty image')]
  if (!SEMVER.test(main.image) && !/^\d+\.\d+\.\d+/.test(component.runtimeVersionOverride ?? '')) {
    causes.push(
      required(
        `${at}.runtimeVersionOverride`,
        `Required value: image tag of "${main.image}" is not a semantic version; set runtimeVersionOverride`,
      ),
    )
  }
  return [...causes, ...podCauses(component.podTemplate?.spec as Record<string, unknown>, `${at}.podTemplate.spec`)]
}
