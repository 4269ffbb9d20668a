import type { Alertmanager } from './alertmanager/types.ts'
import type { ClusterConfig } from './config.ts'
import type { ClusterCredentials } from './credentials/types.ts'
import type { HuggingFace } from './huggingface/types.ts'
import type { KubernetesCluster } from './kubernetes/types.ts'
import type { Loki } from './loki/types.ts'
import type { MetricWatch, QueryGuard } from './prometheus/settings.ts'
import type { Prometheus } from './prometheus/types.ts'
import type { Qubic } from './qubic/types.ts'
import type { RayDashboard } from './ray/types.ts'
import type { Tempo } from './tempo/types.ts'
import type { Vault } from './vault.ts'
import type { ModelEndpoint } from './vllm/types.ts'

/** A client for each of several clusters. `for` throws cluster-not-found, or not-configured with what to configure. */
export interface PerCluster<T> {
  /** Clusters that have this upstream */
  names(): string[]
  for(cluster: string): T
}

/** What is known of a cluster without asking it. */
export interface ClusterInfo {
  name: string
  /** Of its row in the registry; absent until the database was opened once */
  id?: string
  displayName: string
  type: 'hub' | 'spoke' | 'edge' | 'far-edge'
  environment: 'production' | 'staging' | 'development' | 'lab'
  region?: string
  labels: Record<string, string>
  endpoints: { kubernetes?: string; prometheus?: string; alertmanager?: string; loki?: string; tempo?: string }
  /** Where its GPUs are read, where that is not the usual place */
  gpu?: { driverNamespace?: string; driverDaemonset?: string; kernelLogs?: string }
}

export type Trial = Clients & {
  /** As they are now: a refresh token may have been replaced by being tried */
  credentials(): ClusterCredentials
  close(): void
}

/** What the registry knows of a cluster beside its configuration. */
export interface RegisteredFacts {
  id?: string
  /** Instead of those of the configuration, service by service */
  credentials?: ClusterCredentials
}

/** A service of a cluster as its API server's service proxy knows it; `https:` before the name where it speaks TLS. */
export interface ProxiedService {
  namespace: string
  name: string
  port: number
}
export type FoundUpstreams = { [K in 'prometheus' | 'alertmanager' | 'loki' | 'tempo']?: ProxiedService }

/**
 * Which clusters there are, at run time. Only the tools of the fleet registry ask for it: what they put here is what every other
 * tool finds.
 */
export interface FleetRegistry {
  /** Adds a cluster or replaces it; its old connections end with what they carry. Nothing happens where nothing changed. */
  put(cluster: ClusterConfig, more?: RegisteredFacts): void
  remove(name: string): void
  /** As it was put, or as the configuration has it */
  get(name: string): ClusterConfig | undefined
  /** The clusters of the configuration, as it has them */
  seeds(): readonly ClusterConfig[]
  /** A person changed something that is kept in the database: the next start must read it */
  changed(): void
  /**
   * Services that answer behind the API server's service proxy, by upstream: they stand in where the cluster has no address of
   * its own for one. Absent ones are forgotten.
   */
  found(cluster: string, services: FoundUpstreams): void
  /** Clients of one cluster that is in no list yet, to try it. Close them afterwards. */
  trial(cluster: ClusterConfig, credentials?: ClusterCredentials): Trial
}

/** Prometheus of each cluster, and what the configuration says of all of them. */
export interface PrometheusClients extends PerCluster<Prometheus> {
  /** Default: enforced */
  guard?: QueryGuard
  watches?: readonly MetricWatch[]
}

/** Loki of each cluster, and what a question may read. */
export interface LokiClients extends PerCluster<Loki> {
  /** Default: enforced */
  guard?: { mode: QueryGuard['mode']; mostBytes: number }
}

/** Price list for estimates. Never guessed: absent where nothing is configured. */
export interface PriceList {
  source: string
  asOf: string
  gpuHourUsdCents: Record<string, number>
}

/** How alerts are followed. */
export interface AlertSettings {
  /** How long episodes that are over are kept */
  keepDays: number
}

/** How models are served. */
export interface ServingSettings {
  /** Replicas that one deployment may have (MOD-023) */
  maxReplicas: number
  /** A file of models instead of the catalogue that comes with the product */
  catalogueFile?: string
}

/** Everything outside, by wire. A tool names in `needs` which of these it uses. */
export interface Clients {
  fleet: { list(): ClusterInfo[]; get(name: string): ClusterInfo }
  registry: FleetRegistry
  /** Where credentials are sealed */
  vault: Vault
  kubernetes: PerCluster<KubernetesCluster>
  prometheus: PrometheusClients
  alertmanager: PerCluster<Alertmanager>
  alerts: AlertSettings
  serving: ServingSettings
  loki: LokiClients
  tempo: PerCluster<Tempo>
  ray: PerCluster<RayDashboard>
  qubic: Qubic
  vllm: ModelEndpoint
  huggingface: HuggingFace
  prices: PriceList
}
export type ClientName = keyof Clients

/** Every name there is, in one place: what can be configured, and what the surface counts as configured. */
export const clientNames: readonly ClientName[] = [
  'fleet',
  'registry',
  'vault',
  'kubernetes',
  'prometheus',
  'alertmanager',
  'alerts',
  'serving',
  'loki',
  'tempo',
  'ray',
  'qubic',
  'vllm',
  'huggingface',
  'prices',
]
