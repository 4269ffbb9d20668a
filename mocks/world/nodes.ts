import type { ClusterSpec, Pool } from './fleet.ts'
import { gfdProduct, gpuModel } from './gpu-models.ts'
import type { Condition, Draft, Node } from './kube-types.ts'
import { hexOf, integerOf, uuidOf } from './random.ts'
import { kubeTime } from './time-text.ts'

export const DRIVER_VERSION = '580.95.05'

/** One physical GPU as the exporters see it. */
export interface Gpu {
  cluster: string
  node: string
  index: number
  uuid: string
  pciBusId: string
  modelId: string
}

export interface NodePlan {
  name: string
  pool: Pool
  ip: string
  draft: Draft
  gpus: Gpu[]
}

/** The nodes of a cluster at `bootMs`, healthy, with the labels of GPU feature discovery where they have GPUs. */
export function planNodes(spec: ClusterSpec, { seed, bootMs }: { seed: string; bootMs: number }): NodePlan[] {
  let host = 10
  return spec.pools.flatMap((pool) =>
    Array.from({ length: pool.count }, (_, index) => {
      const name = `${spec.name}-${pool.name}-${String(index + 1).padStart(2, '0')}`
      const ip = `10.${spec.network}.0.${host}`
      const subnet = host++
      const gpus = Array.from({ length: pool.gpusPerNode }, (_unused, gpu) =>
        planGpu(`${seed}/${name}`, spec.name, name, pool, gpu),
      )
      return { name, pool, ip, gpus, draft: nodeDraft({ spec, pool, name, ip, subnet, seed, bootMs }) }
    }),
  )
}

const PCI_BUSES = ['18', '2A', '3A', '5D', '9A', 'AB', 'BA', 'DB']

function planGpu(key: string, cluster: string, node: string, pool: Pool, index: number): Gpu {
  return {
    cluster,
    node,
    index,
    uuid: `GPU-${uuidOf(`${key}/gpu/${index}`)}`,
    pciBusId: `00000000:${PCI_BUSES[index % PCI_BUSES.length]}:00.0`,
    modelId: pool.gpuModelId ?? '',
  }
}

interface NodeInput {
  spec: ClusterSpec
  pool: Pool
  name: string
  ip: string
  subnet: number
  seed: string
  bootMs: number
}

function nodeDraft({ spec, pool, name, ip, subnet, seed, bootMs }: NodeInput): Draft {
  const createdMs = bootMs - integerOf(`${seed}/${name}/age`, 40, 260) * 86_400_000
  const capacity: Record<string, string> = {
    cpu: String(pool.cpuCores),
    memory: `${pool.memoryGib * 1024 * 1024}Ki`,
    'ephemeral-storage': '1843200Mi',
    'hugepages-1Gi': pool.name === 'ran' ? '32Gi' : '0',
    'hugepages-2Mi': '0',
    pods: '250',
  }
  const allocatable: Record<string, string> = {
    ...capacity,
    cpu: `${pool.cpuCores * 1000 - 500}m`,
    memory: `${(pool.memoryGib - 4) * 1024 * 1024}Ki`,
  }
  if (pool.gpusPerNode > 0) {
    capacity['nvidia.com/gpu'] = String(pool.gpusPerNode)
    allocatable['nvidia.com/gpu'] = String(pool.gpusPerNode)
  }
  const taints = [
    ...(pool.controlPlane ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' as const }] : []),
    ...(pool.taints ?? []),
  ]
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: uuidOf(`${seed}/node/${name}`),
      creationTimestamp: kubeTime(createdMs),
      labels: nodeLabels(spec, pool, name),
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      podCIDR: `10.${spec.network + 100}.${subnet}.0/24`,
      providerID: `metal://${spec.name}/${name}`,
      ...(taints.length > 0 ? { taints } : {}),
    },
    status: {
      capacity,
      allocatable,
      conditions: healthyConditions(createdMs, bootMs),
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: hexOf(`${seed}/${name}/machine`, 32),
        systemUUID: uuidOf(`${seed}/${name}/system`),
        bootID: uuidOf(`${seed}/${name}/boot`),
        kernelVersion: '6.8.0-87-generic',
        osImage: 'Ubuntu 24.04.3 LTS',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: spec.kubernetesVersion,
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: pool.architecture ?? 'amd64',
      },
    },
  }
}

function nodeLabels(spec: ClusterSpec, pool: Pool, name: string): Record<string, string> {
  const labels: Record<string, string> = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': pool.architecture ?? 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': pool.gpuModelId ? `metal.${pool.gpuModelId}.${pool.gpusPerNode}x` : 'metal.cpu',
    'topology.kubernetes.io/region': spec.region,
    'topology.kubernetes.io/zone': `${spec.region}-1`,
    'node-pool': pool.name,
    ...pool.labels,
  }
  if (pool.controlPlane) labels['node-role.kubernetes.io/control-plane'] = ''
  else if (!pool.gpuModelId) labels['node-role.kubernetes.io/worker'] = ''
  if (!pool.gpuModelId) return labels
  const model = gpuModel(pool.gpuModelId)
  return {
    ...labels,
    'node-role.kubernetes.io/gpu': '',
    'feature.node.kubernetes.io/pci-10de.present': 'true',
    'nvidia.com/gpu.present': 'true',
    'nvidia.com/gpu.count': String(pool.gpusPerNode),
    'nvidia.com/gpu.product': gfdProduct(model),
    'nvidia.com/gpu.memory': String(model.memoryMib),
    'nvidia.com/gpu.family': model.family,
    'nvidia.com/gpu.machine': model.machine,
    'nvidia.com/gpu.replicas': '1',
    'nvidia.com/gpu.mode': 'compute',
    'nvidia.com/gpu.sharing-strategy': 'none',
    'nvidia.com/gpu.compute.major': String(model.computeMajor),
    'nvidia.com/gpu.compute.minor': String(model.computeMinor),
    'nvidia.com/cuda.driver-version.full': DRIVER_VERSION,
    'nvidia.com/cuda.driver-version.major': '580',
    'nvidia.com/cuda.driver-version.minor': '95',
    'nvidia.com/cuda.driver-version.revision': '05',
    'nvidia.com/cuda.runtime-version.full': '13.0',
    'nvidia.com/cuda.runtime-version.major': '13',
    'nvidia.com/cuda.runtime-version.minor': '0',
    'nvidia.com/mig.capable': model.computeMajor === 8 && model.computeMinor === 9 ? 'false' : 'true',
    'nvidia.com/mig.strategy': 'single',
    'nvidia.com/gfd.timestamp': '1763000000',
    'nvidia.com/gpu.deploy.device-plugin': 'true',
    'nvidia.com/gpu.deploy.dcgm-exporter': 'true',
    'nvidia.com/gpu.deploy.driver': 'true',
  }
}

function healthyConditions(createdMs: number, bootMs: number): Condition[] {
  const rows: [string, 'True' | 'False', string, string][] = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ]
  return rows.map(([type, status, reason, message]) => ({
    type,
    status,
    lastHeartbeatTime: kubeTime(bootMs),
    lastTransitionTime: kubeTime(createdMs + 60_000),
    reason,
    message,
  }))
}

/** A node with one condition added or replaced. */
export function withCondition(node: Node, condition: Condition): Node {
  const others = node.status.conditions.filter((candidate) => candidate.type !== condition.type)
  return { ...node, status: { ...node.status, conditions: [...others, condition] } }
}
