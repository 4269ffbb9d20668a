import { isToolError } from '#contract'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'

/** A DRA claim for devices of NVIDIA's driver, and what it got. */
export interface Claim {
  namespace: string
  name: string
  /** False while nothing could be allocated */
  allocated: boolean
  devices: { name: string; pool: string; uuid?: string; profile?: string; model?: string }[]
  /** Pods that hold it */
  pods: string[]
  createdAt?: string
}

const group = 'resource.k8s.io'
const kindOf = (version: string, resource: string, kind: string): ResourceKind => ({
  ...{ group, version, resource, kind },
  namespaced: resource === 'resourceclaims',
})
const computeDomainKind: ResourceKind = {
  group: 'resource.nvidia.com',
  version: 'v1beta1',
  resource: 'computedomains',
  kind: 'ComputeDomain',
  namespaced: true,
}

type Attributes = Record<string, { string?: string; version?: string }>
interface Device {
  name: string
  attributes?: Attributes
  /** Before v1 the members were one level deeper */
  basic?: { attributes?: Attributes }
}

/** What is not served, or not allowed, is nothing: most clusters have no DRA. */
async function listOrNone(client: KubernetesCluster, kind: ResourceKind, signal: AbortSignal): Promise<KubeObject[]> {
  try {
    return (await client.list(kind, { signal })).items
  } catch (error) {
    if (isToolError(error) && (error.code === 'not-found' || error.code === 'upstream-denied')) return []
    throw error
  }
}

/** Claims of GPUs with the UUIDs that the driver's slices tell (resource.k8s.io v1 and before), and how many ComputeDomains there are. */
export async function readClaims(
  client: KubernetesCluster,
  signal: AbortSignal,
): Promise<{ claims: Claim[]; computeDomains: number }> {
  const [versions, domains] = await Promise.all([
    client.servedVersions(group, signal),
    client.servedVersions(computeDomainKind.group, signal),
  ])
  const version = versions[0]
  const domainKind = domains[0] && { ...computeDomainKind, version: domains[0] }
  const [slices, claims, computeDomains] = await Promise.all([
    version ? listOrNone(client, kindOf(version, 'resourceslices', 'ResourceSlice'), signal) : [],
    version ? listOrNone(client, kindOf(version, 'resourceclaims', 'ResourceClaim'), signal) : [],
    domainKind ? listOrNone(client, domainKind, signal) : [],
  ])
  const devices = devicesOf(slices)
  return { claims: claims.flatMap((object) => claimOf(object, devices) ?? []), computeDomains: computeDomains.length }
}

function devicesOf(slices: readonly KubeObject[]): Map<string, Attributes> {
  const found = new Map<string, Attributes>()
  for (const { spec = {} } of slices) {
    const { driver, pool, devices = [] } = spec as { driver?: string; pool?: { name?: string }; devices?: Device[] }
    for (const device of devices)
      found.set(`${driver}/${pool?.name}/${device.name}`, device.attributes ?? device.basic?.attributes ?? {})
  }
  return found
}

const attribute = (attributes: Attributes | undefined, name: string): string | undefined => {
  const value = attributes?.[name] ?? attributes?.[`gpu.nvidia.com/${name}`]
  return value?.string ?? value?.version
}

function claimOf(object: KubeObject, known: ReadonlyMap<string, Attributes>): Claim | undefined {
  const { name, namespace = 'default', creationTimestamp } = object.metadata
  const status = (object.status ?? {}) as {
    allocation?: { devices?: { results?: { driver: string; pool: string; device: string }[] } }
    reservedFor?: { resource?: string; name: string }[]
  }
  const asksForGpu = /gpu\.nvidia\.com|mig\.nvidia\.com/.test(JSON.stringify(object.spec ?? {}))
  const results = (status.allocation?.devices?.results ?? []).filter(({ driver }) => driver === 'gpu.nvidia.com')
  if (!asksForGpu && results.length === 0) return undefined
  return {
    namespace,
    name,
    allocated: status.allocation !== undefined,
    devices: results.map(({ driver, pool, device }) => {
      const attributes = known.get(`${driver}/${pool}/${device}`)
      const uuid = attribute(attributes, 'uuid')
      const profile = attribute(attributes, 'profile')
      const model = attribute(attributes, 'productName')
      return { name: device, pool, ...(uuid && { uuid }), ...(profile && { profile }), ...(model && { model }) }
    }),
    pods: (status.reservedFor ?? []).filter(({ resource = 'pods' }) => resource === 'pods').map((one) => one.name),
    ...(creationTimestamp && { createdAt: creationTimestamp }),
  }
}
