/** A group of equal nodes. */
export interface Pool {
  name: string
  count: number
  gpuModelId?: string
  gpusPerNode: number
  cpuCores: number
  memoryGib: number
  architecture?: 'amd64' | 'arm64'
  controlPlane?: boolean
  labels?: Record<string, string>
  taints?: { key: string; value?: string; effect: 'NoSchedule' }[]
}

export interface ClusterSpec {
  name: string
  displayName: string
  type: 'hub' | 'spoke' | 'edge' | 'far-edge'
  environment: 'production' | 'staging' | 'development' | 'lab'
  region: string
  labels: Record<string, string>
  /** Second octet of the node network, third part of nothing else: keeps addresses apart between clusters. */
  network: number
  kubernetesVersion: string
  /** Served versions of `nvidia.com`, storage version first; empty where Dynamo is not installed. */
  dynamoVersions: ('v1beta1' | 'v1alpha1')[]
  kubeRay: boolean
  /** KServe in Standard mode, with its services for language models. */
  kserve?: boolean
  keda?: boolean
  pods: number
  pools: Pool[]
}

const controlPlane = (count: number): Pool => ({
  name: 'control',
  count,
  gpusPerNode: 0,
  cpuCores: 16,
  memoryGib: 64,
  controlPlane: true,
})

/** Four clusters, 60 nodes, 240 GPUs, 2,000 pods. */
const FLEET: readonly ClusterSpec[] = [
  {
    name: 'hub',
    displayName: 'Hub',
    type: 'hub',
    environment: 'production',
    region: 'eu-central',
    labels: { tier: 'management', team: 'platform' },
    network: 10,
    kubernetesVersion: 'v1.36.2',
    dynamoVersions: [],
    kubeRay: false,
    pods: 400,
    pools: [controlPlane(3), { name: 'worker', count: 9, gpusPerNode: 0, cpuCores: 64, memoryGib: 256 }],
  },
  {
    name: 'gpu-east',
    displayName: 'GPU East',
    type: 'spoke',
    environment: 'production',
    region: 'us-east',
    labels: { tier: 'inference', team: 'serving' },
    network: 20,
    kubernetesVersion: 'v1.36.2',
    dynamoVersions: ['v1beta1', 'v1alpha1'],
    kubeRay: true,
    pods: 750,
    pools: [
      controlPlane(3),
      { name: 'cpu', count: 3, gpusPerNode: 0, cpuCores: 64, memoryGib: 256 },
      { name: 'h100', count: 12, gpuModelId: 'h100-sxm', gpusPerNode: 8, cpuCores: 192, memoryGib: 2048 },
      { name: 'h200', count: 2, gpuModelId: 'h200-sxm', gpusPerNode: 8, cpuCores: 192, memoryGib: 2048 },
    ],
  },
  {
    name: 'gpu-west',
    displayName: 'GPU West',
    type: 'spoke',
    environment: 'staging',
    region: 'us-west',
    labels: { tier: 'training', team: 'research' },
    network: 30,
    kubernetesVersion: 'v1.35.6',
    dynamoVersions: ['v1beta1', 'v1alpha1'],
    kubeRay: true,
    kserve: true,
    keda: true,
    pods: 650,
    pools: [
      controlPlane(3),
      { name: 'cpu', count: 3, gpusPerNode: 0, cpuCores: 64, memoryGib: 256 },
      { name: 'a100', count: 6, gpuModelId: 'a100-sxm-80', gpusPerNode: 8, cpuCores: 128, memoryGib: 1024 },
      { name: 'l40s', count: 4, gpuModelId: 'l40s', gpusPerNode: 8, cpuCores: 96, memoryGib: 768 },
      {
        name: 'h200',
        count: 4,
        gpuModelId: 'h200-sxm',
        gpusPerNode: 8,
        cpuCores: 192,
        memoryGib: 2048,
        labels: { dedicated: 'training' },
        taints: [{ key: 'dedicated', value: 'training', effect: 'NoSchedule' }],
      },
    ],
  },
  {
    name: 'edge-lab',
    displayName: 'Edge Lab',
    type: 'edge',
    environment: 'lab',
    region: 'eu-north',
    labels: { tier: 'edge', team: 'telco', site: 'lab-1' },
    network: 40,
    kubernetesVersion: 'v1.34.9',
    dynamoVersions: ['v1alpha1'],
    kubeRay: false,
    pods: 200,
    pools: [
      controlPlane(1),
      {
        name: 'ran',
        count: 3,
        gpusPerNode: 0,
        cpuCores: 64,
        memoryGib: 256,
        labels: { 'node-role.kubernetes.io/ran': '' },
      },
      { name: 'l4', count: 4, gpuModelId: 'l4', gpusPerNode: 4, cpuCores: 32, memoryGib: 128 },
    ],
  },
]

/** A small site, for tests that need many clusters. */
function extraCluster(index: number): ClusterSpec {
  const number = String(index + 1).padStart(2, '0')
  return {
    name: `site-${number}`,
    displayName: `Site ${number}`,
    type: 'far-edge',
    environment: 'lab',
    region: 'eu-north',
    labels: { tier: 'edge', site: `site-${number}` },
    network: 60 + index,
    kubernetesVersion: 'v1.34.9',
    dynamoVersions: ['v1alpha1'],
    kubeRay: false,
    pods: 40,
    pools: [controlPlane(1), { name: 'l4', count: 1, gpuModelId: 'l4', gpusPerNode: 2, cpuCores: 32, memoryGib: 128 }],
  }
}

export interface FleetOptions {
  /** How many pods a cluster holds at rest, by cluster name. */
  podsPerCluster?: Record<string, number>
  /** How many small sites to add. */
  extraClusters?: number
}

export function fleet({ podsPerCluster = {}, extraClusters = 0 }: FleetOptions): ClusterSpec[] {
  const extra = Array.from({ length: extraClusters }, (_, index) => extraCluster(index))
  return [...FLEET, ...extra].map((spec) => ({ ...spec, pods: podsPerCluster[spec.name] ?? spec.pods }))
}
