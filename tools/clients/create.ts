import { isDeepStrictEqual } from 'node:util'
import { createAlertmanager } from './alertmanager/client.ts'
import type { BreakerLimits } from './breaker.ts'
import type { ClientsConfig, ClusterConfig } from './config.ts'
import { createDynamo } from './dynamo/client.ts'
import { configuredEndpoint, createEndpoint, type Endpoint } from './endpoint.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import type { UpstreamName } from './failures.ts'
import { createHttp, type Http, type RequestFacts } from './http.ts'
import type { ClientName, Clients, ClusterInfo, PerCluster } from './index.ts'
import { createKubernetes } from './kubernetes/client.ts'
import { kubernetesConnector } from './kubernetes/connect.ts'
import type { KubernetesCluster } from './kubernetes/types.ts'
import { createLoki } from './loki/client.ts'
import { clusterNotFound, defineSingles, missing, perCluster } from './per-cluster.ts'
import { createPrometheus } from './prometheus/client.ts'
import { createQubic } from './qubic/client.ts'
import { createRay } from './ray/client.ts'
import { createTempo } from './tempo/client.ts'
import { createModelEndpoint } from './vllm/client.ts'

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

function infoOf({ name, displayName, type, environment, region, labels, ...upstreams }: ClusterConfig): ClusterInfo {
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
  }
}

/** One cluster as it is now. It is never altered, only replaced: whoever holds it holds its clients. */
interface Entry {
  config: ClusterConfig
  info: ClusterInfo
  /** Its own connections and circuits */
  http: Http
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
  const entryOf = (config: ClusterConfig): Entry => ({ config, info: infoOf(config), http: newHttp() })
  const fleet = new Map(config.clusters.map((cluster) => [cluster.name, entryOf(cluster)]))

  const endpoint = (
    upstream: UpstreamName,
    config: EndpointConfig,
    place: { where: string; tokenName?: string; cluster?: string; http?: Http },
  ): Endpoint => configuredEndpoint({ upstream, config, http, surroundings, ...place })

  function kubernetesOf({ config: { name, kubernetes }, http }: Entry): KubernetesCluster {
    const where = `clusters[${name}].kubernetes`
    const credential = `${where}.${kubernetes!.url === undefined ? (kubernetes!.context ? 'context' : 'inCluster') : 'token'}`
    const connector = kubernetesConnector(kubernetes!, where, surroundings)
    const { timeoutMs } = kubernetes!
    const upstream = { upstream: 'kubernetes', cluster: name, credential, timeoutMs, connector, http } as const
    return createKubernetes(createEndpoint(upstream), { now, credential })
  }

  /** One client for each cluster that has the upstream, made when first asked for and then kept. */
  const each = <T>(upstream: 'kubernetes' | EndpointUpstream, make: (entry: Entry) => T): PerCluster<T> =>
    perCluster({
      entries: fleet,
      has: ({ config }) => config[upstream] !== undefined,
      make,
      absent: missing[upstream],
      unknown: clusterNotFound,
    })
  const endpointOf = (upstream: EndpointUpstream, { config: { name }, http }: Entry, part: EndpointConfig) =>
    endpoint(upstream, part, { where: `clusters[${name}].${upstream}`, cluster: name, http })

  const kubernetes = each('kubernetes', kubernetesOf)
  const { qubic, llm, prices } = config
  const clients: Omit<ConfiguredClients, 'qubic' | 'vllm' | 'prices'> = {
    fleet: {
      list: () => [...fleet.values()].map(({ info }) => info),
      get(name) {
        const entry = fleet.get(name)
        if (entry) return entry.info
        throw clusterNotFound(name, [...fleet.keys()])
      },
    },
    registry: {
      put(config) {
        const before = fleet.get(config.name)
        if (isDeepStrictEqual(before?.config, config)) return
        fleet.set(config.name, entryOf(config))
        before?.http.retire()
      },
      remove(name) {
        fleet.get(name)?.http.retire()
        fleet.delete(name)
      },
      get: (name) => fleet.get(name)?.config,
      trial: (cluster) => createClients({ clusters: [cluster], ray: [] }, options),
    },
    kubernetes,
    prometheus: each('prometheus', (entry) =>
      createPrometheus(endpointOf('prometheus', entry, entry.config.prometheus!)),
    ),
    alertmanager: each('alertmanager', (entry) =>
      createAlertmanager(endpointOf('alertmanager', entry, entry.config.alertmanager!)),
    ),
    loki: each('loki', (entry) => {
      const { tenant, ...part } = entry.config.loki!
      return createLoki(endpointOf('loki', entry, part), { tenant })
    }),
    tempo: each('tempo', (entry) => {
      const { tenant, ...part } = entry.config.tempo!
      return createTempo(endpointOf('tempo', entry, part), { tenant })
    }),
    dynamo: perCluster({
      entries: fleet,
      has: ({ config }) => config.kubernetes !== undefined,
      make: ({ config }) => createDynamo(kubernetes.for(config.name)),
      absent: missing.kubernetes,
      unknown: clusterNotFound,
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
      if (name === 'prices') return prices !== undefined
      return name === 'fleet' || name === 'registry' || clients[name].names().length > 0
    },
    close() {
      http.close()
      for (const entry of fleet.values()) entry.http.close()
    },
  }
  return defineSingles(clients, {
    qubic: qubic && (() => createQubic(endpoint('qubic', qubic, { where: 'qubic' }))),
    vllm:
      llm &&
      (() => {
        const { baseUrl, apiKey, timeoutMs } = llm
        const config = { url: baseUrl, bearerToken: apiKey, timeoutMs }
        return createModelEndpoint(endpoint('vllm', config, { where: 'llm', tokenName: 'apiKey' }), baseUrl)
      }),
    prices: prices && (() => prices),
  })
}
