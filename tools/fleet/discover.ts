import type { Clients } from '../clients/index.ts'
import { type KubernetesCluster, namespaceKind, nodeKind, podKind } from '../clients/kubernetes/types.ts'
import { cnfTypeOf } from '../cnf/service.ts'
import { asNode, gpuModelOf, sumGpus } from '../kubernetes/service.ts'
import type { Service } from './check.ts'
import { discoverServices, type FoundService } from './discover-services.ts'

/** What a cluster has (FLT-051). What could not be looked at is named in `unknowns`, and not taken for absent. */
export interface Capabilities {
  kubernetesVersion?: string
  platform: 'openshift' | 'microshift' | 'kubernetes'
  platformVersion?: string
  /** eks, gke, aks, k3s, rke2 … where the API server shows it */
  distribution?: string
  gpuCount: number
  gpuTypes: string[]
  /** Who told of GPUs, in the order of FLT-052 */
  gpuSource?: 'nodes' | 'operator' | 'metrics'
  cnfTypes: string[]
  hasPtp: boolean
  hasSriov: boolean
  mesh?: 'istio' | 'linkerd' | 'kuma' | 'consul'
  services: FoundService[]
  unknowns: string[]
}

/** FLT-057 */
export const discoveryTimeoutMs = 15_000

interface Place {
  cluster: string
  kubernetes: KubernetesCluster
  clients: Partial<Pick<Clients, Service>>
  signal: AbortSignal
}

/**
 * Everything a cluster has, asked in parallel. It throws only where the API server says nothing at all: one question
 * that is refused leaves the others.
 */
export async function discover(place: Place): Promise<Capabilities> {
  const { kubernetes, signal } = place
  const version = await kubernetes.version(signal)
  const unknowns: string[] = []
  const part = async <T>(what: string, otherwise: T, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      signal.throwIfAborted()
      unknowns.push(`${what}: ${(error as Error).message.slice(0, 160)}`)
      return otherwise
    }
  }
  const [platform, gpus, services, cnf, mesh] = await Promise.all([
    part('platform', { platform: 'kubernetes' as const }, platformOf(place)),
    part('GPUs', { gpuCount: 0, gpuTypes: [] }, gpusOf(place)),
    part('services', [], discoverServices(kubernetes, signal)),
    part('CNF workloads', { cnfTypes: [], hasPtp: false, hasSriov: false }, cnfOf(place)),
    part('service mesh', undefined, meshOf(place)),
  ])
  const distribution = distributionOf(version.gitVersion)
  return {
    kubernetesVersion: version.gitVersion,
    ...platform,
    ...(distribution && { distribution }),
    ...gpus,
    ...cnf,
    ...(mesh && { mesh }),
    services,
    unknowns,
  }
}

/** The vendor's mark in the version: v1.33.4-eks-abc, v1.33.4-gke.100, v1.33.4+k3s1. */
function distributionOf(gitVersion: string): string | undefined {
  return /[-+.](eks|gke|aks|k3s|rke2|k0s|vmware|oke)\b/.exec(gitVersion.replace(/(k3s|rke2|k0s)\w+/, '$1'))?.[1]
}

async function platformOf({ kubernetes, signal }: Place): Promise<Pick<Capabilities, 'platform' | 'platformVersion'>> {
  const served = await kubernetes.servedVersions('config.openshift.io', signal)
  if (served.length === 0) {
    const routes = await kubernetes.servedVersions('route.openshift.io', signal)
    return { platform: routes.length > 0 ? 'microshift' : 'kubernetes' }
  }
  const kind = await kubernetes.resolveKind('clusterversions.config.openshift.io', signal)
  const { status } = await kubernetes.get(kind, { name: 'version', signal })
  const desired = (status?.desired as { version?: string } | undefined)?.version
  return { platform: 'openshift', ...(desired && { platformVersion: desired }) }
}

/** FLT-052: what the nodes offer, else the operator's pods, else what its exporter measures. */
async function gpusOf(place: Place): Promise<Pick<Capabilities, 'gpuCount' | 'gpuTypes' | 'gpuSource'>> {
  const { kubernetes, cluster, clients, signal } = place
  const nodes = (await kubernetes.list(nodeKind, { signal })).items.map(asNode)
  const gpuCount = nodes.reduce((sum, node) => sum + sumGpus(node.status.capacity), 0)
  const gpuTypes = [...new Set(nodes.flatMap((node) => gpuModelOf(node) ?? []))].sort()
  if (gpuCount > 0) return { gpuCount, gpuTypes, gpuSource: 'nodes' }
  if (clients.prometheus?.names().includes(cluster)) {
    const counted = await clients.prometheus
      .for(cluster)
      .query({ query: dcgmCount, signal })
      .catch(() => undefined)
    const measured = counted?.series ?? []
    const sum = measured.reduce((total, { values }) => total + Number(values[0]?.[1] ?? 0), 0)
    const models = measured.flatMap(({ metric }) => metric.modelName ?? []).sort()
    if (sum > 0) return { gpuCount: sum, gpuTypes: models, gpuSource: 'metrics' }
  }
  const operator = await kubernetes.list(podKind, { labelSelector: operatorPods, limit: 1, signal })
  return { gpuCount: 0, gpuTypes, ...(operator.items.length > 0 && { gpuSource: 'operator' as const }) }
}

const dcgmCount = 'count by (modelName) ({__name__=~"DCGM_FI_DEV_GPU_TEMP|DCGM_FI_DEV_GPU_TEMP_CELSIUS"})'
const operatorPods = 'app in (gpu-operator,nvidia-device-plugin-daemonset,nvidia-driver-daemonset,nvidia-dcgm-exporter)'

/** FLT-053: by the name of a namespace; where precision time lives says nothing of a function. */
function functionOf(namespace: string): string | undefined {
  const type = cnfTypeOf(namespace)
  return type === 'ptp' ? undefined : type
}

async function cnfOf(place: Place): Promise<Pick<Capabilities, 'cnfTypes' | 'hasPtp' | 'hasSriov'>> {
  const { kubernetes, signal } = place
  const [namespaces, ptp, sriov] = await Promise.all([
    kubernetes.list(namespaceKind, { signal }),
    countOf(place, 'ptp.openshift.io', 'ptpconfigs'),
    countOf(place, 'sriovnetwork.openshift.io', 'sriovnetworknodepolicies'),
  ])
  const types = new Set(namespaces.items.flatMap(({ metadata }) => functionOf(metadata.name) ?? []))
  // FLT-056: what precision time and SR-IOV are there for
  if (ptp > 0 && types.size === 0) types.add('vdu')
  if (sriov > 0 && types.size === 0) types.add('upf')
  return { cnfTypes: [...types].sort(), hasPtp: ptp > 0, hasSriov: sriov > 0 }
}

async function countOf({ kubernetes, signal }: Place, group: string, resource: string): Promise<number> {
  if ((await kubernetes.servedVersions(group, signal)).length === 0) return 0
  const kind = await kubernetes.resolveKind(`${resource}.${group}`, signal)
  return (await kubernetes.list(kind, { signal })).items.length
}

const meshGroups = [
  ['istio', 'networking.istio.io'],
  ['linkerd', 'linkerd.io'],
  ['kuma', 'kuma.io'],
  ['consul', 'consul.hashicorp.com'],
] as const

async function meshOf({ kubernetes, signal }: Place): Promise<Capabilities['mesh']> {
  for (const [mesh, group] of meshGroups) if ((await kubernetes.servedVersions(group, signal)).length > 0) return mesh
  return undefined
}
