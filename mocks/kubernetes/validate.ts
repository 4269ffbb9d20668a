import type { Draft } from '../world/kube-types.ts'
import { podCauses, required, wrong } from './causes.ts'
import type { ResourceType } from './resources.ts'
import { badRequest, type Cause, invalid } from './status.ts'
import { graphCauses } from './validate-graph.ts'
import { requestCauses } from './validate-request.ts'

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"

/** What admission refuses: names, and for the kinds the world runs the shape of their spec. Throws 400 or 422. */
export function validate(type: ResourceType, draft: Draft): void {
  const apiVersion = type.group ? `${type.group}/${type.version}` : type.version
  if (draft.apiVersion !== apiVersion || draft.kind !== type.kind) {
    throw badRequest(
      `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: the object provided is unrecognized: expected ${apiVersion}, Kind=${type.kind}, got ${draft.apiVersion}, Kind=${draft.kind}`,
    )
  }
  const { name } = draft.metadata
  const causes: Cause[] = []
  if (name.length > 253 || !NAME.test(name)) causes.push(wrong('metadata.name', `"${name}": ${RULE}`))
  for (const [key, value] of Object.entries(draft.metadata.labels ?? {})) {
    if (typeof value !== 'string' || value.length > 63 || !/^([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/.test(value)) {
      causes.push(
        wrong(
          'metadata.labels',
          `"${key}=${String(value)}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'`,
        ),
      )
    }
  }
  causes.push(...specCauses(type, draft))
  if (causes.length > 0) throw invalid(type, name, causes)
}

function specCauses(type: ResourceType, draft: Draft): Cause[] {
  const spec = draft.spec as Record<string, unknown> | undefined
  switch (type.key) {
    case 'dynamographdeployments.nvidia.com':
      return graphCauses(draft)
    case 'dynamographdeploymentrequests.nvidia.com':
      return requestCauses(draft)
    case 'pods':
      return podCauses(spec, 'spec')
    case 'deployments.apps':
    case 'statefulsets.apps':
    case 'daemonsets.apps':
    case 'replicasets.apps':
      return workloadCauses(spec)
    case 'jobs.batch':
      return podCauses(templateSpec(spec), 'spec.template.spec')
    case 'rayclusters.ray.io':
      return spec?.headGroupSpec ? [] : [required('spec.headGroupSpec')]
    case 'rayservices.ray.io':
      return spec?.rayClusterConfig ? [] : [required('spec.rayClusterConfig')]
    case 'inferenceservices.serving.kserve.io':
      return inferenceServiceCauses(draft.metadata.name, spec)
    case 'horizontalpodautoscalers.autoscaling':
      return [...aimCauses(spec), ...(spec?.maxReplicas === undefined ? [required('spec.maxReplicas')] : [])]
    case 'scaledobjects.keda.sh':
      return aimCauses(spec)
    default:
      return []
  }
}

const aimCauses = (spec: Record<string, unknown> | undefined): Cause[] =>
  (spec?.scaleTargetRef as { name?: string } | undefined)?.name ? [] : [required('spec.scaleTargetRef.name')]

/** Its webhook: names that a Service may have, and one way of saying what serves. */
function inferenceServiceCauses(name: string, spec: Record<string, unknown> | undefined): Cause[] {
  const predictor = spec?.predictor as Record<string, unknown> | undefined
  if (!predictor) return [required('spec.predictor')]
  const causes = /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
    ? []
    : [wrong('metadata.name', `"${name}": it must start with a lower case letter, and hold letters, digits and '-'`)]
  return predictor.model ? causes : [...causes, ...podCauses(predictor, 'spec.predictor')]
}

function templateSpec(spec: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return (spec?.template as { spec?: Record<string, unknown> } | undefined)?.spec
}

function workloadCauses(spec: Record<string, unknown> | undefined): Cause[] {
  const selector = (spec?.selector as { matchLabels?: Record<string, string> } | undefined)?.matchLabels
  const labels =
    (spec?.template as { metadata?: { labels?: Record<string, string> } } | undefined)?.metadata?.labels ?? {}
  const causes = podCauses(templateSpec(spec), 'spec.template.spec')
  if (!spec?.selector) causes.push(required('spec.selector'))
  else if (Object.entries(selector ?? {}).some(([key, value]) => labels[key] !== value)) {
    causes.push(
      wrong(
        'spec.template.metadata.labels',
        `${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
      ),
    )
  }
  if (typeof spec?.replicas === 'number' && spec.replicas < 0) {
    causes.push(wrong('spec.replicas', `${spec.replicas}: must be greater than or equal to 0`))
  }
  return causes
}
