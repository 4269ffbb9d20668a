import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'

/** What is looked for behind the services of a cluster. */
export type ServiceRole = 'prometheus' | 'thanos' | 'alertmanager' | 'loki' | 'tempo'

/** A service that can be asked through the API server's service proxy. */
export interface FoundService {
  role: ServiceRole
  namespace: string
  /** With its scheme where it is not plain HTTP: `https:prometheus-k8s` */
  name: string
  port: number
  /** Its ready path said 200 through the proxy */
  answers: boolean
  /** What it said instead */
  error?: string
}

const serviceKind: ResourceKind = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true }

interface Look {
  /** Names, and values of the labels app.kubernetes.io/name and app */
  name: RegExp
  port: number
  readyPath: string
}

/** Names of Helm charts, operators and OpenShift (FLT-054, FLT-055). */
const looks: Record<ServiceRole, Look> = {
  thanos: { name: /^(.*-)?thanos-quer(y|ier)(-frontend)?$/, port: 9090, readyPath: '/-/ready' },
  prometheus: {
    name: /^(prometheus(-k8s|-server|-operated)?|(.*-)?kube-prom.*-prometheus|.*-prometheus)$/,
    port: 9090,
    readyPath: '/-/ready',
  },
  alertmanager: { name: /^(.*-)?alertmanager(-main|-operated)?$/, port: 9093, readyPath: '/-/ready' },
  loki: {
    name: /^((.*-)?loki(-gateway|-query-frontend|-read)?|.*lokistack.*-query-frontend-http)$/,
    port: 3100,
    readyPath: '/ready',
  },
  tempo: { name: /^(.*-)?tempo(-query-frontend)?$/, port: 3200, readyPath: '/ready' },
}
const roles = Object.keys(looks) as ServiceRole[]
/** Namespaces where such things live; a service elsewhere may be anybody's. */
const home = /monitor|prometheus|observ|logging|loki|tracing|tempo|metrics|thanos|grafana|telemetry/

interface Port {
  name?: string
  port: number
}

/** The port its API is on: by the usual number, by its name, or the only one there is. */
function portOf(ports: readonly Port[], wanted: number): Port | undefined {
  return (
    ports.find(({ port }) => port === wanted) ??
    ports.find(({ name }) => name !== undefined && /^(web|http|https|http-web|http-metrics|api|public)$/.test(name)) ??
    (ports.length === 1 ? ports[0] : undefined)
  )
}

function roleOf(service: KubeObject): ServiceRole | undefined {
  const { name, labels = {} } = service.metadata
  const names = [name, labels['app.kubernetes.io/name'] ?? '', labels.app ?? '']
  const byName = roles.find((role) => looks[role].name.test(name))
  // a label alone also marks exporters, operators and gossip services beside the thing itself
  return (
    byName ?? roles.find((role) => names.includes(role) && !/operator|exporter|gossip|memberlist|headless/.test(name))
  )
}

/** The best candidate of each role: where such things live, and with a cluster IP before a headless one. */
export function candidates(services: readonly KubeObject[]): Omit<FoundService, 'answers' | 'error'>[] {
  const found = new Map<ServiceRole, { rank: number; one: Omit<FoundService, 'answers' | 'error'> }>()
  for (const service of services) {
    const role = roleOf(service)
    const { name, namespace = '' } = service.metadata
    const port = role && portOf((service.spec?.ports as Port[] | undefined) ?? [], looks[role].port)
    if (!role || !port) continue
    const headless = service.spec?.clusterIP === 'None'
    const rank = (home.test(namespace) ? 0 : 2) + (headless ? 1 : 0)
    if ((found.get(role)?.rank ?? Number.POSITIVE_INFINITY) <= rank) continue
    const tls =
      port.name === 'https' || port.port === 443 || (namespace.startsWith('openshift-') && port.name === 'web')
    found.set(role, { rank, one: { role, namespace, name: tls ? `https:${name}` : name, port: port.port } })
  }
  return [...found.values()].map(({ one }) => one)
}

/** Looks through all services of a cluster for the observability ones, and asks each whether it is ready. */
export async function discoverServices(kubernetes: KubernetesCluster, signal: AbortSignal): Promise<FoundService[]> {
  const { items } = await kubernetes.list(serviceKind, { signal })
  return Promise.all(
    candidates(items).map(async (one): Promise<FoundService> => {
      const { namespace, name: service, port } = one
      try {
        const answer = await kubernetes.serviceProxy({
          namespace,
          service,
          port,
          path: looks[one.role].readyPath,
          signal,
        })
        await answer.body?.cancel()
        return { ...one, answers: answer.ok, ...(!answer.ok && { error: `answers ${answer.status}` }) }
      } catch (error) {
        return { ...one, answers: false, error: (error as Error).message.slice(0, 200) }
      }
    }),
  )
}
