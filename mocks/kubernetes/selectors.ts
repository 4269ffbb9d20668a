import type { KubeObject } from '../world/kube-types.ts'
import type { ResourceType } from './resources.ts'
import { badRequest } from './status.ts'

export type Predicate = (object: KubeObject) => boolean

const TERM = /^\s*(?:(!)\s*([\w./-]+)|([\w./-]+)\s*(?:(==|=|!=)\s*([\w./-]*)|\s(in|notin)\s*\(([^)]*)\))?)\s*$/

/** A label selector as the API takes it: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function labelSelector(text: string | null): Predicate | undefined {
  if (!text) return undefined
  const terms = text.split(/,(?![^(]*\))/).map((part) => labelTerm(part, text))
  return (object) => terms.every((term) => term(object.metadata.labels ?? {}))
}

function labelTerm(part: string, whole: string): (labels: Record<string, string>) => boolean {
  const match = TERM.exec(part)
  if (!match) throw badRequest(`unable to parse requirement: found '${part.trim()}', in selector "${whole}"`)
  const [, , absent, key = '', operator, value = '', setOperator, set = ''] = match
  if (absent) return (labels) => !(absent in labels)
  if (setOperator) {
    const values = set.split(',').map((one) => one.trim())
    if (setOperator === 'in') return (labels) => key in labels && values.includes(labels[key] ?? '')
    return (labels) => !(key in labels) || !values.includes(labels[key] ?? '')
  }
  if (!operator) return (labels) => key in labels
  if (operator === '!=') return (labels) => labels[key] !== value
  return (labels) => labels[key] === value
}

const COMMON_FIELDS = ['metadata.name', 'metadata.namespace']
const FIELDS: Record<string, string[]> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  nodes: ['spec.unschedulable'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  secrets: ['type'],
  'jobs.batch': ['status.successful'],
  namespaces: ['status.phase'],
}

/** A field selector over the few fields that Kubernetes supports for the resource. */
export function fieldSelector(type: ResourceType, text: string | null): Predicate | undefined {
  if (!text) return undefined
  const supported = [...COMMON_FIELDS, ...(FIELDS[type.key] ?? [])]
  const terms = text.split(',').map((part) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim())
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
    const [, field = '', operator, value] = match
    if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`)
    return (object: KubeObject) => (fieldOf(object, field) === value) === (operator !== '!=')
  })
  return (object) => terms.every((term) => term(object))
}

function fieldOf(object: KubeObject, path: string): string {
  let value: unknown = object
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part]
  return value === undefined || value === null ? '' : String(value)
}

export function both(left: Predicate | undefined, right: Predicate | undefined): Predicate | undefined {
  if (!left || !right) return left ?? right
  return (object) => left(object) && right(object)
}
