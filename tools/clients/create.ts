import { isDeepStrictEqual } from 'node:util'
import { createAlertmanager } from './alertmanager/client.ts'
import type { BreakerLimits } from './breaker.ts'
import type { ClientsConfig, ClusterConfig } from './config.ts'
import { credentialConnector } from './credentials/connector.ts'
import { lasting, takeRefreshTokens } from './credentials/refresh-tokens.ts'
import type { CredentialService, OidcCredential } from './credentials/types.ts'
import {
  type Connector,
  configuredConnector,
  configuredEndpoint,
  createEndpoint,
  type Endpoint,
  withoutLogin,
} from './endpoint.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import type { UpstreamName } from './failures.ts'
import { createHttp, type Http, type RequestFacts } from './http.ts'
import type { ClientName, Clients, ClusterInfo, FoundUpstreams, PerCluster, RegisteredFacts } from './index.ts'
import { budgetObjects, createBudget } from './kubernetes/cached.ts'
import { createKubernetes } from './kubernetes/client.ts'
import { kubernetesAddress, kubernetesConnector } from './kubernetes/connect.ts'
import { throughServiceProxy } from './kubernetes/service-proxy.ts'
import type { KubernetesCluster } from './kubernetes/types.ts'
import { createLoki } from './loki/client.ts'
import { clusterNotFound, defineSingles, missing, perCluster } from './per-cluster.ts'
import { AnswerCache } from './prometheus/answer-cache.ts'
import { cachedPrometheus } from './prometheus/cached.ts'
import { createPrometheus } from './prometheus/client.ts'
import { logSettings, metricSettings, type QueryGuard } from './prometheus/settings.ts'
import { createRay } from './ray/client.ts'
import { singlesOf } from './singles.ts'
import { createTempo } from './tempo/client.ts'
import type { Vault } from './vault.ts'

export { type ClientsConfig, clientsConfig } from './config.ts'
export type { RequestFacts } from './http.ts'
export { loadKubeconfigClusters } from './kubernetes/kubeconfig-clusters.ts'

export interface ClientsOptions {
  now: () => Date
  /** For secrets given as {env}, KUBECONFIG, HOME and the service account of a pod */
  env: Readonly<Record<string, string | undefined>>
  /** Sees every attempt, for metrics */
  onRequest?: (facts: RequestFacts) => void
  /** W3C trace context of the call under way */
  traceparent?: () => string | undefined
  breaker?: BreakerLimits
  /** An OIDC issuer replaced the refresh token of a credential: what is stored must follow */
  onRotated?: (change: { cluster: string; service: CredentialService; credential: OidcCredential }) => void
  /** A person changed the fleet: the next start must read the registry */
  onRegistryChange?: () => void
  /** Where credentials are sealed; without it none can be given */
  vault?: Vault
  /** Instead of what the configuration says (QM_QUERY_GUARD) */
  queryGuard?: QueryGuard['mode']
  /** A file of models instead of the one that comes with the product */
  modelCatalogue?: string
  /** Told the text of each secret when it is first read or has changed, so that it can be masked in every channel */
  onSecret?: (text: string) => void
}

export interface ConfiguredClients extends Clients {
  /** Whether at least one upstream of this kind is there now; tools that need another are hidden */
  has(name: ClientName): boolean
  /** Let go of kept connections */
  close(): void
}

type EndpointUpstream = 'prometheus' | 'alertmanager' | 'loki' | 'tempo'

function infoOf(config: ClusterConfig): ClusterInfo {
  const { name, displayName, type, environment, region, labels, gpu, ...upstreams } = config
  const { kubernetes, prometheus, alertmanager, loki, tempo } = upstreams
  const endpoints = {
    ...(kubernetes?.url !== undefined && { kubernetes: kubernetes.url }),
    ...(prometheus && { prometheus: prometheus.url }),
    ...(alertmanager && { alertmanager: alertmanager.url }),
    ...(loki && { loki: loki.url }),
    ...(tempo && { tempo: tempo.url }),
  }
  return {
    name,
    displayName: displayName ?? name,
    type: type ?? 'spoke',
    environment: environment ?? 'production',
    ...(region !== undefined && { region }),
    labels: labels ?? {},
    endpoints,
    ...(gpu && { gpu }),
  }
}

/** One cluster as it is now. It is never altered, only replaced: whoever holds it holds its clients. */
interface Entry {
  config: ClusterConfig
  more: RegisteredFacts
  info: ClusterInfo
  /** Its own connections and circuits */
  http: Http
  /** What was found behind its API server */
  found: FoundUpstreams
}

/**
 * All clients of a configuration. Nothing is read, resolved or connected here: a dead cluster costs nothing at start. An upstream that
 * is not configured throws not-configured with the line to add when it is asked for. Clusters come and go by `registry`.
 */
export function createClients(config: ClientsConfig, options: ClientsOptions): ConfiguredClients {
  const now = () => options.now().getTime()
  const { onRequest, traceparent, breaker, env, onSecret } = options
  const newHttp = () => createHttp({ now, onRequest, traceparent, breaker })
  const http = newHttp()
  const surroundings = { env, now, onSecret }
  const budget = createBudget(budgetObjects)
  const entryOf = (config: ClusterConfig, more: RegisteredFacts = {}): Entry => ({
    config,
    more,
    info: { ...infoOf(config), ...(more.id !== undefined && { id: more.id }) },
    http: newHttp(),
    found: {},
  })
  const fleet = new Map(config.clusters.map((cluster) => [cluster.name, entryOf(cluster)]))

  const endpoint = (
    upstream: UpstreamName,
    config: EndpointConfig,
    place: { where: string; tokenName?: string; cluster?: string; http?: Http },
  ): Endpoint => configuredEndpoint({ upstream, config, http, surroundings, ...place })

  /** The address of an upstream with the credentials that a person gave for it */
  const signedIn = (service: CredentialService, { config: { name }, more, http }: Entry, address: () => Connector) => {
    const credential = more.credentials?.[service]
    return (
      credential &&
      credentialConnector(address(), credential, {
        service,
        cluster: name,
        surroundings,
        http,
        onRotated: (credential) => options.onRotated?.({ cluster: name, service, credential }),
      })
    )
  }

  function kubernetesLogin(entry: Entry): { connector: Connector; credential: string } {
    const { name, kubernetes } = entry.config
    const where = `clusters[${name}].kubernetes`
    const given = signedIn('kubernetes', entry, () => kubernetesAddress(kubernetes!, where, surroundings))
    if (given) return { connector: given, credential: `the credentials of cluster ${name}` }
    const part = kubernetes!.url === undefined ? (kubernetes!.context ? 'context' : 'inCluster') : 'token'
    return { connector: kubernetesConnector(kubernetes!, where, surroundings), credential: `${where}.${part}` }
  }

  function kubernetesOf(entry: Entry): KubernetesCluster {
    const { name: cluster, kubernetes } = entry.config
    const login = kubernetesLogin(entry)
    const { timeoutMs } = kubernetes!
    const endpoint = createEndpoint({ upstream: 'kubernetes', cluster, timeoutMs, http: entry.http, ...login })
    return createKubernetes(endpoint, { now, credential: login.credential, budget })
  }

  /** One client for each cluster that has the upstream, made when first asked for and then kept. */
  const each = <T>(upstream: 'kubernetes' | EndpointUpstream, make: (entry: Entry) => T): PerCluster<T> =>
    perCluster({
      entries: fleet,
      has: ({ config, found }) =>
        config[upstream] !== undefined || (upstream !== 'kubernetes' && found[upstream] !== undefined),
      make,
      absent: missing[upstream],
      unknown: clusterNotFound,
    })
  /** At its own address, else where it was found: behind the API server, with the login of that one. */
  function endpointOf(upstream: EndpointUpstream, entry: Entry, part?: EndpointConfig): Endpoint {
    const { name: cluster } = entry.config
    const { http, found } = entry
    if (!part) {
      const { connector, credential } = kubernetesLogin(entry)
      const behind = throughServiceProxy(connector, found[upstream]!)
      return createEndpoint({ upstream, cluster, credential, connector: behind, http })
    }
    const where = `clusters[${cluster}].${upstream}`
    const connector = signedIn(upstream, entry, () => configuredConnector(withoutLogin(part), { where }, surroundings))
    if (!connector) return endpoint(upstream, part, { where, cluster, http })
    const credential = `the credentials of cluster ${cluster} for ${upstream}`
    return createEndpoint({ upstream, cluster, credential, timeoutMs: part.timeoutMs, connector, http })
  }

  const kubernetes = each('kubernetes', kubernetesOf)
  const answers = new AnswerCache({ now })
  const { qubic, llm, huggingface: hub, prices, alerts, serving } = config
  const clients: Omit<ConfiguredClients, 'qubic' | 'vllm' | 'huggingface' | 'prices' | 'vault'> = {
    fleet: {
      list: () => [...fleet.values()].map(({ info }) => info),
      get(name) {
        const entry = fleet.get(name)
        if (entry) return entry.info
        throw clusterNotFound(name, [...fleet.keys()])
      },
    },
    registry: {
      put(config, more = {}) {
        const before = fleet.get(config.name)
        if (before && isDeepStrictEqual([before.config, lasting(before.more)], [config, lasting(more)]))
          return takeRefreshTokens(before.more, more)
        // copied: a refresh token that is replaced is replaced in it
        const next = entryOf(config, structuredClone(more))
        fleet.set(config.name, { ...next, ...(before && { found: before.found }) })
        before?.http.retire()
      },
      remove(name) {
        fleet.get(name)?.http.retire()
        fleet.delete(name)
      },
      get: (name) => fleet.get(name)?.config,
      seeds: () => config.clusters,
      changed: () => options.onRegistryChange?.(),
      found(name, services) {
        const entry = fleet.get(name)
        const found = entry?.config.kubernetes ? services : {}
        if (entry && !isDeepStrictEqual(entry.found, found)) fleet.set(name, { ...entry, found })
      },
      trial(cluster, credentials) {
        let present = credentials
        const onRotated: ClientsOptions['onRotated'] = ({ service, credential }) => {
          present = { ...present, [service]: credential }
        }
        const clients = createClients({ clusters: [], ray: [], alerts, serving }, { ...options, onRotated })
        clients.registry.put(cluster, { ...(credentials && { credentials }) })
        return Object.assign(clients, { credentials: () => present ?? {} })
      },
    },
    kubernetes,
    prometheus: Object.assign(
      each('prometheus', (entry) => {
        const { thanos, ...part } = entry.config.prometheus ?? {}
        const endpoint = endpointOf('prometheus', entry, 'url' in part ? part : undefined)
        return cachedPrometheus(
          createPrometheus(endpoint, { thanos, onlyGet: entry.config.prometheus === undefined }),
          answers,
          now,
        )
      }),
      metricSettings(config, options.queryGuard),
    ),
    alerts,
    serving: { ...serving, ...(options.modelCatalogue !== undefined && { catalogueFile: options.modelCatalogue }) },
    alertmanager: each('alertmanager', (entry) =>
      createAlertmanager(endpointOf('alertmanager', entry, entry.config.alertmanager)),
    ),
    loki: Object.assign(
      each('loki', (entry) => {
        const { tenant, ...part } = entry.config.loki ?? {}
        return createLoki(endpointOf('loki', entry, 'url' in part ? part : undefined), { tenant })
      }),
      logSettings(config, options.queryGuard),
    ),
    tempo: each('tempo', (entry) => {
      const { tenant, ...part } = entry.config.tempo ?? {}
      return createTempo(endpointOf('tempo', entry, 'url' in part ? part : undefined), { tenant })
    }),
    ray: perCluster({
      entries: new Map(config.ray.map((one) => [one.name, one])),
      make({ name, dashboardUrl, token, ...part }) {
        const config = { ...part, url: dashboardUrl, bearerToken: token }
        return createRay(endpoint('ray', config, { where: `ray[${name}]`, tokenName: 'token', cluster: name }))
      },
      absent: missing.ray,
      unknown: missing.ray,
    }),
    has(name) {
      if (name === 'qubic') return qubic !== undefined
      if (name === 'vllm') return llm !== undefined
      if (name === 'huggingface') return hub !== undefined
      if (name === 'prices') return prices !== undefined
      if (name === 'vault') return options.vault !== undefined
      // Of these there is always one: they are ours, or settings with defaults
      if (name === 'fleet' || name === 'registry' || name === 'alerts' || name === 'serving') return true
      return clients[name].names().length > 0
    },
    close() {
      http.close()
      for (const entry of fleet.values()) entry.http.close()
    },
  }
  return defineSingles(clients, singlesOf(config, { endpoint, vault: options.vault }))
}
