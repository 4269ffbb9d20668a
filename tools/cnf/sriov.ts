import type { KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'

/** One port of a node that can be split into virtual functions (CNF-010). */
export interface SriovPort {
  node: string
  interface: string
  pciAddress: string
  driver: string
  vendor: string
  deviceId: string
  totalVfs: number
  configuredVfs: number
  vfs: { id: number; mac?: string; vlan?: number; driver?: string }[]
  mtu?: number
  linkSpeed?: string
  syncStatus: string
  syncError?: string
}

export const sriovGroup = 'sriovnetwork.openshift.io'

interface RawVf {
  vfID?: number
  mac?: string
  Vlan?: number
  vlan?: number
  driver?: string
}
interface RawInterface {
  name?: string
  pciAddress?: string
  driver?: string
  vendor?: string
  deviceID?: string
  totalvfs?: number
  numVfs?: number
  mtu?: number
  linkSpeed?: string
  Vfs?: RawVf[]
}

/** Ports that can be split, from the SriovNetworkNodeState of each node; nothing where the operator is not there. */
export async function readSriov(kubernetes: KubernetesCluster, signal: AbortSignal): Promise<SriovPort[]> {
  if ((await kubernetes.servedVersions(sriovGroup, signal)).length === 0) return []
  const kind = await kubernetes.resolveKind(`sriovnetworknodestates.${sriovGroup}`, signal)
  const { items } = await kubernetes.list(kind, { signal })
  return items.flatMap(portsOf)
}

function portsOf({ metadata, status = {} }: KubeObject): SriovPort[] {
  const {
    interfaces = [],
    syncStatus = 'unknown',
    lastSyncError,
  } = status as {
    interfaces?: RawInterface[]
    syncStatus?: string
    lastSyncError?: string
  }
  return interfaces
    .filter(({ totalvfs = 0 }) => totalvfs > 0)
    .map(({ name = '', pciAddress = '', driver = '', vendor = '', deviceID = '', mtu, linkSpeed, ...raw }) => ({
      node: metadata.name,
      interface: name,
      pciAddress,
      driver,
      vendor: vendors[vendor] ?? vendor,
      deviceId: deviceID,
      totalVfs: raw.totalvfs ?? 0,
      configuredVfs: raw.numVfs ?? raw.Vfs?.length ?? 0,
      vfs: (raw.Vfs ?? []).map((vf) => {
        const vlan = vf.Vlan ?? vf.vlan
        return {
          id: vf.vfID ?? 0,
          ...(vf.mac && { mac: vf.mac }),
          ...(vlan !== undefined && { vlan }),
          ...(vf.driver && { driver: vf.driver }),
        }
      }),
      ...(mtu !== undefined && { mtu }),
      ...(linkSpeed && { linkSpeed }),
      syncStatus,
      ...(lastSyncError && { syncError: lastSyncError }),
    }))
}

/** PCI vendors of SR-IOV cards. */
const vendors: Record<string, string> = {
  '8086': 'Intel',
  '15b3': 'NVIDIA Mellanox',
  '14e4': 'Broadcom',
  '1924': 'Xilinx',
}

/** What is wrong with a port, in words, or nothing. */
export function sriovProblem({ syncStatus, syncError, linkSpeed, configuredVfs }: SriovPort): string | undefined {
  if (syncStatus === 'Failed') return `configuration failed${syncError ? `: ${syncError}` : ''}`
  if (syncStatus === 'InProgress') return 'configuration under way'
  if (configuredVfs > 0 && (linkSpeed === undefined || /^-1\b/.test(linkSpeed))) return 'link is down'
  return undefined
}
