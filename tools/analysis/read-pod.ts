import type { Clients } from '../clients/index.ts'
import {
  eventKind,
  type KubeObject,
  type KubernetesCluster,
  nodeKind,
  podKind,
  type ResourceKind,
} from '../clients/kubernetes/types.ts'
import { gpuQuery, gpusOf } from '../gpu/service.ts'
import {
  asEvent,
  asNode,
  asPod,
  eventTime,
  findObject,
  isGpuResource,
  type Pod,
  parseLog,
  podGpus,
  podState,
  readNodes,
} from '../kubernetes/service.ts'
import { cell } from '../text.ts'
import type { EventFact, LogFact, Place, PodFacts } from './facts.ts'
import { schedulerMessage } from './facts.ts'

const claimKind: ResourceKind = {
  group: '',
  version: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
}

export interface ReadContext {
  signal: AbortSignal
  now(): Date
  clients: Pick<Clients, 'kubernetes'> & Partial<Pick<Clients, 'prometheus'>>
}

export interface PodName {
  cluster: string
  namespace: string | undefined
  pod: string
}

const hourMs = 3_600_000

/** Everything a diagnosis looks at, read at once. What cannot be read is named in `unknowns` and hides nothing else. */
export async function readPod(ctx: ReadContext, { cluster, namespace, pod: name }: PodName): Promise<PodFacts> {
  const { signal } = ctx
  const client = ctx.clients.kubernetes.for(cluster)
  const pod = asPod(await findObject(client, podKind, { name, namespace, signal, field: 'pod' }))
  const now = ctx.now()
  const state = podState(pod, now)
  const fine = state.status === 'Running' && !state.problem && !restartedLately(pod, now)
  const gpus = podGpus(pod)
  const unknowns: string[] = []
  const attempt = async <T>(what: string, otherwise: T, read: () => Promise<T>): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      if (signal.aborted) throw error
      unknowns.push(`${what}: ${cell(error instanceof Error ? error.message : String(error), 160)}`)
      return otherwise
    }
  }
  const place = pod.metadata.namespace
  const owner = pod.metadata.ownerReferences?.find((one) => one.controller)
  const node = pod.spec.nodeName
  const bare: PodFacts = {
    cluster,
    now,
    pod,
    status: state.status,
    fine,
    gpus,
    events: [],
    ownerEvents: [],
    nodeEvents: [],
    claims: [],
    logs: [],
    xids: [],
    unknowns,
  }
  const [events, ownerEvents, nodeObject, nodeEvents, claims, logs, xids] = await Promise.all([
    attempt('events', [], () => readEvents(client, { name: pod.metadata.name, namespace: place, signal })),
    owner && !fine
      ? attempt('events of the owner', [], () => readEvents(client, { name: owner.name, namespace: place, signal }))
      : [],
    node ? attempt(`node ${node}`, undefined, () => client.get(nodeKind, { name: node, signal })) : undefined,
    node && !fine ? attempt('events of the node', [], () => readEvents(client, { name: node, signal })) : [],
    attempt('claims', [], () => readClaims(client, pod, signal)),
    fine ? [] : attempt('logs', [], () => readLogs(client, pod, signal)),
    gpus > 0 && node ? attempt('GPU telemetry', [], () => readXids(ctx, { cluster, pod, node })) : [],
  ])
  const facts: PodFacts = {
    ...bare,
    events,
    ownerEvents,
    nodeEvents,
    claims,
    logs,
    xids,
    ...(nodeObject && { node: asNode(nodeObject) }),
  }
  if (schedulerMessage(facts) === undefined) return facts
  const places = await attempt('nodes', undefined, () => readPlaces(client, signal))
  return { ...facts, ...(places && { places }) }
}

/** A container that was started again within the last hour has something to tell. */
function restartedLately(pod: Pod, now: Date): boolean {
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  return statuses.some((one) => {
    const ended = one.lastState?.terminated?.finishedAt
    return (one.restartCount ?? 0) > 0 && ended !== undefined && now.getTime() - Date.parse(ended) < hourMs
  })
}

async function readEvents(
  client: KubernetesCluster,
  { name, namespace, signal }: { name: string; namespace?: string | undefined; signal: AbortSignal },
): Promise<EventFact[]> {
  const query = { fieldSelector: `involvedObject.name=${name}`, signal, ...(namespace && { namespace }) }
  const { items } = await client.list(eventKind, query)
  return items
    .map((object): EventFact => {
      const event = asEvent(object)
      const about = event.involvedObject ?? event.regarding ?? {}
      return {
        reason: event.reason ?? '',
        message: event.message ?? event.note ?? '',
        object: `${about.kind ?? 'Object'}/${about.name ?? ''}`,
        count: event.series?.count ?? event.count ?? 1,
        at: eventTime(object),
        warning: event.type === 'Warning',
      }
    })
    .sort((left, right) => (left.at < right.at ? 1 : -1))
}

async function readClaims(client: KubernetesCluster, pod: Pod, signal: AbortSignal): Promise<KubeObject[]> {
  const names = pod.spec.volumes?.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []) ?? []
  if (names.length === 0 || pod.status.phase !== 'Pending') return []
  const { items } = await client.list(claimKind, {
    signal,
    ...(pod.metadata.namespace && { namespace: pod.metadata.namespace }),
  })
  return items.filter((item) => names.includes(item.metadata.name))
}

const tailLines = 300

/** The last lines of containers that are not well, and of the run before where there was one. */
async function readLogs(client: KubernetesCluster, pod: Pod, signal: AbortSignal): Promise<LogFact[]> {
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  const wanted = statuses.filter(
    (one) =>
      !(one.state?.terminated?.exitCode === 0) &&
      (one.state?.running || one.state?.terminated || (one.restartCount ?? 0) > 0),
  )
  const asked = wanted.slice(0, 4).flatMap((one) => {
    const before = (one.restartCount ?? 0) > 0 ? [{ container: one.name, previous: true }] : []
    // A container that waits between two starts has its story in the run before.
    const now = one.state?.waiting && before.length > 0 ? [] : [{ container: one.name, previous: false }]
    return [...before, ...now]
  })
  const read = await Promise.allSettled(
    asked.map(async ({ container, previous }): Promise<LogFact> => {
      const log = await client.logs({
        namespace: pod.metadata.namespace ?? 'default',
        pod: pod.metadata.name,
        container,
        tailLines,
        limitBytes: 256_000,
        timestamps: true,
        signal,
        ...(previous && { previous: true }),
      })
      return { container, previous, lines: parseLog(log) }
    }),
  )
  return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

async function readXids(
  ctx: ReadContext,
  { cluster, pod, node }: { cluster: string; pod: Pod; node: string },
): Promise<PodFacts['xids']> {
  const { prometheus } = ctx.clients
  if (!prometheus?.names().includes(cluster)) return []
  const result = await prometheus.for(cluster).query({ query: gpuQuery(node), signal: ctx.signal })
  const own = `${pod.metadata.namespace}/${pod.metadata.name}`
  return gpusOf(result, cluster)
    .filter((gpu) => gpu.xid !== undefined && gpu.pod === own)
    .map((gpu) => ({ gpu: `${gpu.node}/${gpu.index}`, code: gpu.xid! }))
}

async function readPlaces(client: KubernetesCluster, signal: AbortSignal): Promise<Place[]> {
  const [{ rows }, { items }] = await Promise.all([readNodes(client, { signal }), client.list(nodeKind, { signal })])
  const resources = new Map(
    items.map((item) => [item.metadata.name, Object.keys(asNode(item).status.allocatable ?? {}).filter(isGpuResource)]),
  )
  return rows.map((row) => ({
    node: row.name,
    gpuFree: row.gpuFree,
    gpuCapacity: row.gpuCapacity,
    ready: row.status === 'ready',
    resources: resources.get(row.name) ?? [],
  }))
}
