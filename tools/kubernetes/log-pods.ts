import { ToolError } from '#contract'
import type { Access } from '#define'
import { type KubeObject, type KubernetesCluster, podKind } from '../clients/kubernetes/types.ts'
import { cell } from '../text.ts'
import { findObject } from './find-object.ts'
import { asPod, type Pod } from './shapes.ts'

/** Most pods, and containers of one pod, that one call reads. */
export const mostPods = 10
const mostContainers = 8

/** Kinds that say by their selector which pods are theirs. */
const selecting: readonly [group: string, resource: string][] = [
  ['apps', 'deployments'],
  ['apps', 'statefulsets'],
  ['apps', 'daemonsets'],
  ['apps', 'replicasets'],
  ['batch', 'jobs'],
]
export const selectingKinds: readonly Access[] = selecting.map(([group, resource]) => ({
  verbs: ['get', 'list'],
  group,
  resource,
}))

interface Asked {
  /** A pod, several by comma, a workload as kind/name, or a label selector */
  of: string
  namespace: string
  signal: AbortSignal
}

/**
 * The pods meant, newest first where a workload or labels name them.
 * @throws not-found where there are none, invalid-input where the kind has no pods of its own
 */
export async function findPods(client: KubernetesCluster, { of, namespace, signal }: Asked): Promise<Pod[]> {
  const isSelector = /[=!]|\s(in|notin)\s/.test(of)
  if (!isSelector && !of.includes('/')) {
    const names = [...new Set(of.split(',').map((name) => name.trim()))].filter((name) => name !== '')
    return Promise.all(
      names
        .slice(0, mostPods)
        .map(async (name) => asPod(await findObject(client, podKind, { name, namespace, signal, field: 'pod' }))),
    )
  }
  const labelSelector = isSelector ? of : await selectorOf(client, { of, namespace, signal })
  const { items } = await client.list(podKind, { namespace, labelSelector, signal })
  if (items.length === 0)
    throw new ToolError('not-found', `No pod of ${cell(of, 80)} in ${cell(namespace, 80)}.`, {
      next: 'Look at what is there with list_pods, or for pods that are gone with query_logs.',
      field: 'pod',
      cluster: client.cluster,
    })
  return items.map(asPod).sort((left, right) => born(right).localeCompare(born(left)))
}

const born = ({ metadata }: Pod) => metadata.creationTimestamp ?? ''

async function selectorOf(client: KubernetesCluster, { of, namespace, signal }: Asked): Promise<string> {
  const [kindName, name] = [of.slice(0, of.indexOf('/')), of.slice(of.indexOf('/') + 1)]
  const kind = await client.resolveKind(kindName, signal)
  if (!selecting.some(([group, resource]) => group === kind.group && resource === kind.resource))
    throw new ToolError('invalid-input', `A ${kind.kind} does not select pods.`, {
      next: 'Name a pod, a Deployment, StatefulSet, DaemonSet, ReplicaSet or Job, or labels such as app=web.',
      field: 'pod',
    })
  return selectorText(await findObject(client, kind, { name, namespace, signal, field: 'pod' }))
}

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

function selectorText({ spec }: KubeObject): string {
  const { matchLabels = {}, matchExpressions = [] } = (spec?.selector ?? {}) as Selector
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`), ...expressions].join(',')
}

/** One container of one pod, and what its lines are marked with where there are several. */
export interface Stream {
  pod: string
  container: string
  source?: string
}

/** @throws not-found where no pod has the container asked for */
export function streamsOf(pods: readonly Pod[], wanted: string | undefined): Stream[] {
  const found = pods.flatMap((pod) =>
    containersOf(pod, wanted).map((container) => ({ pod: pod.metadata.name, container })),
  )
  if (found.length === 0)
    throw new ToolError('not-found', `${pods[0]?.metadata.name} has no container ${cell(wanted, 80)}.`, {
      next: `Its containers: ${pods[0] ? allContainers(pods[0]).join(', ') : 'none'}`,
      field: 'container',
    })
  const several = new Set(found.map(({ container }) => container)).size > 1
  const prefix = commonStart(pods.map(({ metadata }) => metadata.name))
  return found.map((stream) => {
    const parts = [pods.length > 1 && stream.pod.slice(prefix.length), several && stream.container]
    const source = parts.filter((part) => part).join('/')
    return { ...stream, ...(source && { source }) }
  })
}

const allContainers = ({ spec }: Pod): string[] =>
  [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name)

function containersOf(pod: Pod, wanted: string | undefined): string[] {
  if (wanted !== undefined) return allContainers(pod).filter((name) => name === wanted)
  // Init containers print before anything else; they matter while the pod has not come past them.
  const waiting = pod.status.initContainerStatuses?.filter((one) => one.state?.terminated?.exitCode !== 0) ?? []
  const main = (pod.spec.containers ?? []).map(({ name }) => name)
  return [...waiting.map(({ name }) => name), ...main].slice(0, mostContainers)
}

/** What all names begin with, up to a dash: web-6d4cf56db6-. */
function commonStart(names: readonly string[]): string {
  const [first = '', ...others] = names
  let length = first.length
  for (const name of others) while (length > 0 && !name.startsWith(first.slice(0, length))) length--
  return first.slice(0, first.slice(0, length).lastIndexOf('-') + 1)
}
