import { createAlertmanager } from './alertmanager/client.ts'
import type { BreakerLimits } from './breaker.ts'
import type { ClientsConfig, ClusterConfig } from './config.ts'
import { createDynamo } from './dynamo/client.ts'
import { configuredEndpoint, createEndpoint, type Endpoint } from './endpoint.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import type { UpstreamName } from './failures.ts'
import { createHttp, type RequestFacts } from './http.ts'
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
  /** Whether at least one upstream of this kind is configured; tools that need another are hidden */
  has(name: ClientName): boolean
  /** Let go of kept connections */
  close(): void
}

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

/**
 * All clients of a configuration. Nothing is read, resolved or connected here: a dead cluster costs nothing at start. An upstream that
 * is not configured throws not-configured with the line to add when it is asked for.
 */
export function createClients(config: ClientsConfig, options: ClientsOptions): ConfiguredClients {
  const now = () => options.now().getTime()
  const { onRequest, traceparent, breaker, env, onSecret } = options
  const http = createHttp({ now, onRequest, traceparent, breaker })
  const surroundings = { env, now, onSecret }
  const infos = new Map(config.clusters.map((cluster) => [cluster.name, infoOf(cluster)]))
  const names = [...infos.keys()]

  const endpoint = (
    upstream: UpstreamName,
    config: EndpointConfig,
    place: { where: string; tokenName?: string; cluster?: string },
  ): Endpoint => configuredEndpoint({ upstream, config, http, surroundings, ...place })

  function kubernetesOf({ name, kubernetes }: ClusterConfig): KubernetesCluster | undefined {
    if (!kubernetes) return undefined
    const where = `clusters[${name}].kubernetes`
    const credential = `${where}.${kubernetes.url === undefined ? (kubernetes.context ? 'context' : 'inCluster') : 'token'}`
    const connector = kubernetesConnector(kubernetes, where, surroundings)
    const { timeoutMs } = kubernetes
    const upstream = { upstream: 'kubernetes', cluster: name, credential, timeoutMs, connector, http } as const
    return createKubernetes(createEndpoint(upstream), { now, credential })
  }

  /** One client for each cluster that has the upstream, made when first asked for and then kept. */
  const each = <T>(
    upstream: 'kubernetes' | 'prometheus' | 'alertmanager' | 'loki' | 'tempo',
    create: (cluster: ClusterConfig) => T | undefined,
  ): PerCluster<T> =>
    perCluster({
      known: names,
      entries: config.clusters
        .filter((cluster) => cluster[upstream])
        .map((cluster) => [cluster.name, () => create(cluster)!]),
      absent: (cluster) => missing[upstream](cluster),
      unknown: (cluster) => clusterNotFound(cluster, names),
    })

  const kubernetes = each('kubernetes', kubernetesOf)
  const { qubic, llm, prices } = config
  const clients: Omit<ConfiguredClients, 'qubic' | 'vllm' | 'prices'> = {
    fleet: {
      list: () => [...infos.values()],
      get(name) {
        const info = infos.get(name)
        if (info) return info
        throw clusterNotFound(name, names)
      },
    },
    kubernetes,
    prometheus: each(
      'prometheus',
      ({ name, prometheus }) =>
        prometheus &&
        createPrometheus(endpoint('prometheus', prometheus, { where: `clusters[${name}].prometheus`, cluster: name })),
    ),
    alertmanager: each(
      'alertmanager',
      ({ name, alertmanager }) =>
        alertmanager &&
        createAlertmanager(
          endpoint('alertmanager', alertmanager, { where: `clusters[${name}].alertmanager`, cluster: name }),
        ),
    ),
    loki: each('loki', ({ name, loki }) => {
      if (!loki) return undefined
      const { tenant, ...part } = loki
      return createLoki(endpoint('loki', part, { where: `clusters[${name}].loki`, cluster: name }), { tenant })
    }),
    tempo: each('tempo', ({ name, tempo }) => {
      if (!tempo) return undefined
      const { tenant, ...part } = tempo
      return createTempo(endpoint('tempo', part, { where: `clusters[${name}].tempo`, cluster: name }), { tenant })
    }),
    dynamo: perCluster({
      known: names,
      entries: kubernetes.names().map((name) => [name, () => createDynamo(kubernetes.for(name))]),
      absent: missing.kubernetes,
      unknown: (cluster) => clusterNotFound(cluster, names),
    }),
    ray: perCluster({
      known: [],
      entries: config.ray.map(({ name, dashboardUrl, token, ...part }) => [
        name,
        () => {
          const config = { ...part, url: dashboardUrl, bearerToken: token }
          return createRay(endpoint('ray', config, { where: `ray[${name}]`, tokenName: 'token', cluster: name }))
        },
      ]),
      absent: missing.ray,
      unknown: (name) =>
        missing.ray(
          name,
          config.ray.map((one) => one.name),
        ),
    }),
    has(name) {
      if (name === 'qubic') return qubic !== undefined
      if (name === 'vllm') return llm !== undefined
      if (name === 'prices') return prices !== undefined
      return name === 'fleet' || clients[name].names().length > 0
    },
    close: () => http.close(),
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
