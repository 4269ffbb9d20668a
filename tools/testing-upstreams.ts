import { ToolError } from '#contract'
import type { Alert, Alertmanager, Silence } from './clients/alertmanager/types.ts'
import type { ClusterInfo, PerCluster } from './clients/index.ts'
import type {
  ExecQuery,
  ExecResult,
  KubeObject,
  KubernetesCluster,
  ListQuery,
  LogQuery,
  ResourceKind,
} from './clients/kubernetes/types.ts'
import type {
  AlertingRule,
  Prometheus,
  PrometheusResult,
  PrometheusServer,
  SeriesCounts,
} from './clients/prometheus/types.ts'

/** Small upstreams in memory for the tests of handlers: they keep what the interfaces promise and count what was asked. */

export const clusterInfo = (name: string, more: Partial<ClusterInfo> = {}): ClusterInfo => ({
  name,
  displayName: name,
  type: 'spoke',
  environment: 'production',
  labels: {},
  endpoints: {},
  ...more,
})

export const fleetOf = (infos: ClusterInfo[]) => ({
  list: () => infos,
  get: (name: string) => {
    const info = infos.find((one) => one.name === name)
    if (!info)
      throw new ToolError('cluster-not-found', `There is no cluster named "${name}".`, { next: 'list_clusters' })
    return info
  },
})

/** `hang` never answers, an Error is thrown by every call. */
export type Upstream<T> = T | Error | 'hang'

/** A client whose every method hangs until its signal aborts, or throws. */
function broken<T extends object>(how: Error | 'hang'): T {
  return new Proxy({} as T, {
    get: () => () => (how === 'hang' ? new Promise<never>(() => {}) : Promise.reject(how)),
  })
}

export function perCluster<T extends object>(clients: Record<string, Upstream<T>>): PerCluster<T> {
  return {
    names: () => Object.keys(clients),
    for: (cluster) => {
      const client = clients[cluster]
      if (client === undefined)
        throw new ToolError('not-configured', `${cluster} has no such upstream.`, { next: 'Configure it.', cluster })
      return client instanceof Error || client === 'hang' ? broken<T>(client) : client
    },
  }
}

export interface KubernetesData {
  cluster: string
  /** By plural: pods, nodes, events, replicasets … */
  objects?: Record<string, KubeObject[]>
  kinds?: ResourceKind[]
  version?: string
  logs?: (query: LogQuery) => string
  exec?: (query: ExecQuery) => ExecResult | Promise<ExecResult>
  /** Every list that was asked */
  asked?: { resource: string; query?: ListQuery }[]
}

const known: ResourceKind[] = [
  { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true },
  { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false },
  { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true },
  { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true },
  { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true },
  { group: '', version: 'v1', resource: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true },
  { group: '', version: 'v1', resource: 'resourcequotas', kind: 'ResourceQuota', namespaced: true },
  { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true },
  { group: 'apps', version: 'v1', resource: 'replicasets', kind: 'ReplicaSet', namespaced: true },
]

const field = (object: KubeObject, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)

function passes(object: KubeObject, query: ListQuery): boolean {
  const { namespace, labelSelector, fieldSelector } = query
  if (namespace && object.metadata.namespace !== namespace) return false
  const terms = (text: string | undefined) =>
    text ? text.split(',').map((term) => /^(.+?)(!=|==|=)(.*)$/.exec(term)!) : []
  const holds = (value: unknown, [, , operator, wanted]: RegExpExecArray) =>
    operator === '!=' ? String(value ?? '') !== wanted : String(value ?? '') === wanted
  return (
    terms(labelSelector).every((term) => holds(object.metadata.labels?.[term[1]!], term)) &&
    terms(fieldSelector).every((term) => holds(field(object, term[1]!), term))
  )
}

const notFound = (what: string, cluster: string) =>
  new ToolError('not-found', `${what} not found.`, { next: 'Look at the names.', cluster })

export function kubernetesOf(data: KubernetesData): KubernetesCluster {
  const { cluster, objects = {}, kinds = known } = data
  return {
    cluster,
    version: async () => ({ gitVersion: data.version ?? 'v1.36.2' }),
    servedVersions: async () => ['v1'],
    resolveKind: async (name) => {
      const wanted = name.toLowerCase()
      const kind = kinds.find((one) => [one.resource, one.kind.toLowerCase()].includes(wanted))
      if (!kind) throw notFound(`Kind ${name}`, cluster)
      return kind
    },
    list: async (kind, query = {}) => {
      data.asked?.push({ resource: kind.resource, query })
      const items = (objects[kind.resource] ?? []).filter((object) => passes(object, query))
      return { items: query.limit ? items.slice(0, query.limit) : items, resourceVersion: '1' }
    },
    cached: async (kind, { namespace } = {}) => {
      data.asked?.push({ resource: kind.resource, ...(namespace && { query: { namespace } }) })
      return (objects[kind.resource] ?? []).filter((object) => passes(object, { ...(namespace && { namespace }) }))
    },
    table: async (kind, query = {}) => {
      data.asked?.push({ resource: kind.resource, query })
      const items = (objects[kind.resource] ?? []).filter((object) => passes(object, query))
      const rows = items.slice(0, query.limit).map(({ metadata }) => ({ ...metadata, cells: [metadata.name] }))
      return { columns: [{ name: 'Name', type: 'string', priority: 0 }], rows, remaining: items.length - rows.length }
    },
    get: async (kind, { name, namespace }) => {
      const found = objects[kind.resource]?.find(
        (object) => object.metadata.name === name && (!kind.namespaced || object.metadata.namespace === namespace),
      )
      if (!found) throw notFound(`${kind.kind} ${name}`, cluster)
      return found
    },
    apply: async (_kind, object) => object,
    create: async (_kind, object) => object,
    patch: async (_kind, { name }) => ({ metadata: { name } }),
    subresource: async (kind, { name }) => {
      throw notFound(`${kind.kind} ${name}`, cluster)
    },
    evict: async () => ({ evicted: true }),
    delete: async () => {},
    whoAmI: async () => ({ username: 'system:serviceaccount:quartermaster:quartermaster', groups: [] }),
    logs: async (query) => data.logs?.(query) ?? '',
    execInPod: async (query) => {
      if (!data.exec) throw notFound(`Pod ${query.pod}`, cluster)
      return data.exec(query)
    },
    serviceProxy: async () => new Response('', { status: 404 }),
    serviceFetch: () => ({ fetch: async () => new Response('', { status: 404 }), close() {} }),
  }
}

export interface PrometheusData {
  cluster: string
  answer?: (query: { query: string; start?: Date; end?: Date; stepSeconds?: number; time?: Date }) => PrometheusResult
  names?: string[]
  values?: Record<string, string[]>
  metadata?: Record<string, { type: string; help: string; unit: string }[]>
  asked?: string[]
  series?: Record<string, string>[]
  counts?: SeriesCounts
  server?: PrometheusServer
  rules?: AlertingRule[]
}

export function prometheusOf(data: PrometheusData): Prometheus {
  const none: PrometheusResult = { resultType: 'vector', series: [], warnings: [] }
  const ask = async (query: Parameters<NonNullable<PrometheusData['answer']>>[0]) => {
    data.asked?.push(query.query)
    return data.answer?.(query) ?? none
  }
  return {
    cluster: data.cluster,
    query: ask,
    queryRange: ask,
    labelNames: async () => Object.keys(data.values ?? {}),
    labelValues: async ({ label }) => (label === '__name__' ? (data.names ?? []) : (data.values?.[label] ?? [])),
    metadata: async () => data.metadata ?? {},
    series: async () => ({ series: data.series ?? [], truncated: false }),
    seriesCounts: async () => data.counts,
    server: async () => data.server ?? { flavor: 'prometheus', version: '3.14.0' },
    alertingRules: async ({ name } = {}) => data.rules?.filter((rule) => !name || rule.name === name),
    ready: async () => true,
  }
}

export const alertOf = (alertname: string, more: Partial<Alert> = {}, labels: Record<string, string> = {}): Alert => ({
  fingerprint: alertname,
  labels: { alertname, ...labels },
  annotations: { summary: `${alertname} happened` },
  startsAt: '2026-11-20T11:00:00Z',
  state: 'active',
  silencedBy: [],
  inhibitedBy: [],
  mutedBy: [],
  receivers: ['team'],
  ...more,
})

export interface AlertmanagerData {
  cluster: string
  alerts?: Alert[] | (() => Alert[])
  /** Changed by putSilence and expireSilence */
  silences?: Silence[]
}

export function alertmanagerOf({ cluster, alerts = [], silences = [] }: AlertmanagerData): Alertmanager {
  const all = () => (typeof alerts === 'function' ? alerts() : alerts)
  const silence = async (id: string) => {
    const found = silences.find((one) => one.id === id)
    if (!found) throw notFound(`Silence ${id}`, cluster)
    return found
  }
  return {
    cluster,
    alerts: async () => all(),
    groups: async () =>
      [...Map.groupBy(all(), ({ labels }) => labels.alertname ?? '')].map(([alertname, alerts]) => ({
        labels: { alertname },
        receiver: 'team',
        alerts,
      })),
    silences: async () => silences,
    silence,
    putSilence: async (wanted) => {
      const id = wanted.id ?? `silence-${silences.length + 1}`
      const known = silences.find((one) => one.id === id)
      const next: Silence = { ...wanted, id, state: 'active', updatedAt: wanted.startsAt }
      if (known) Object.assign(known, next)
      else silences.push(next)
      return id
    },
    expireSilence: async (id) => {
      const found = await silence(id)
      found.state = 'expired'
    },
    receivers: async () => ['team'],
    status: async () => ({ version: '0.34.0', startedAt: '2026-11-20T00:00:00Z', clusterState: 'ready', peers: 1 }),
    ready: async () => true,
  }
}
