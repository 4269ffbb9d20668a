import type { KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'
import { nodeKind, podKind } from '../clients/kubernetes/types.ts'
import {
  alarmingCondition,
  asNode,
  asPod,
  conditionOf,
  gpuModelOf,
  isGpuResource,
  type Node,
  type Pod,
  podGpus,
  sumGpus,
} from '../kubernetes/service.ts'
import { cell } from '../text.ts'
import { type Claim, readClaims } from './claims.ts'
import type { SmiPod } from './smi/read.ts'

/** What Kubernetes knows of a node's GPUs: labels of feature discovery (GFD 0.20), resources, conditions, sharing. */
export interface GpuNode {
  cluster: string
  node: string
  model?: string
  memoryMib?: number
  /** GPUs that feature discovery counts in the machine */
  physical?: number
  capacity: number
  allocatable: number
  resources: Record<string, { capacity: number; allocatable: number }>
  /** `time-slicing` or `mps` where a GPU is handed out several times */
  sharing?: string
  replicas: number
  mig?: { strategy?: string; config?: string; state?: string }
  driver?: string
  cudaRuntime?: string
  clique?: string
  rack?: string
  ready: boolean
  cordoned: boolean
  /** Conditions of NVSentinel, gcm and node-problem-detector that are true: read, never derived again */
  alarms: { type: string; reason?: string; message?: string; at?: string }[]
  /** Labels that health checkers put there: autopilot's verdicts */
  verdicts: Record<string, string>
  labels: Record<string, string>
}

/** A pod that holds GPUs or asks for them. */
export interface GpuPod {
  cluster: string
  namespace: string
  name: string
  node?: string
  phase: string
  owner?: { kind: string; name: string }
  gpus: number
  resources: Record<string, number>
  /** UUIDs that an annotation of a device plugin or a DRA claim names */
  uuids: string[]
  claims: string[]
  since?: string
}

/** A pod of the GPU software on a node. */
export interface Agent {
  namespace: string
  pod: string
  node: string
  component:
    | 'driver'
    | 'toolkit'
    | 'device-plugin'
    | 'dcgm'
    | 'dcgm-exporter'
    | 'feature-discovery'
    | 'validator'
    | 'mig-manager'
    | 'dra-driver'
  container?: string
  ready: boolean
  reason?: string
}

export interface KubeGpus {
  nodes: GpuNode[]
  pods: GpuPod[]
  agents: Agent[]
  claims: Claim[]
  computeDomains: number
}

/** Where the driver pods are; the names that GPU-010 asks for, and those of the GPU operator, are looked for always. */
export interface DriverPlace {
  namespace?: string
  daemonset?: string
}

const namespaces = ['nvidia-gpu-operator', 'gpu-operator', 'kube-system', 'nvidia', 'gpu-operator-resources']

// First fit: "dcgm-exporter" is also "dcgm".
const components: [RegExp, Agent['component']][] = [
  [/^nvidia-driver-daemonset|^nvidia-driver-|^nvidia-vgpu-manager/, 'driver'],
  [/^nvidia-container-toolkit/, 'toolkit'],
  [/^nvidia-device-plugin|^nvdp-/, 'device-plugin'],
  [/dcgm-exporter/, 'dcgm-exporter'],
  [/^nvidia-dcgm|^dcgm-/, 'dcgm'],
  [/^(nvidia-)?gpu-feature-discovery/, 'feature-discovery'],
  [/^nvidia-operator-validator/, 'validator'],
  [/^nvidia-mig-manager/, 'mig-manager'],
  [/^nvidia-dra-driver/, 'dra-driver'],
]

const number = (text: string | undefined) => {
  const value = Number(text)
  return text === undefined || !Number.isFinite(value) ? undefined : value
}

/** Nodes with GPUs, the pods on them, the GPU software and DRA claims, each kind listed once, or followed while somebody asks every few seconds. */
export async function readKubeGpus(
  client: KubernetesCluster,
  { signal, place = {} }: { signal: AbortSignal; place?: DriverPlace | undefined },
): Promise<KubeGpus> {
  const [nodes, pods, dra] = await Promise.all([
    client.cached(nodeKind, { signal }),
    client.cached(podKind, { signal }),
    readClaims(client, signal),
  ])
  const { cluster } = client
  return {
    nodes: nodes.flatMap((object) => gpuNode(asNode(object), cluster) ?? []),
    pods: pods.flatMap((object) => gpuPod(asPod(object), { cluster, claims: dra.claims }) ?? []),
    agents: pods.flatMap((object) => agentOf(object, place) ?? []),
    ...dra,
  }
}

function gpuNode(node: Node, cluster: string): GpuNode | undefined {
  const { labels = {} } = node.metadata
  const capacity = sumGpus(node.status.capacity)
  const physical = number(labels['nvidia.com/gpu.count'])
  if (capacity === 0 && physical === undefined && labels['nvidia.com/gpu.present'] !== 'true') return undefined
  const names = Object.keys({ ...node.status.capacity, ...node.status.allocatable }).filter(isGpuResource)
  const model = gpuModelOf(node)
  const memoryMib = number(labels['nvidia.com/gpu.memory'])
  const sharing = labels['nvidia.com/gpu.sharing-strategy']
  const driver =
    labels['nvidia.com/cuda.driver-version.full'] ??
    (['major', 'minor', 'rev']
      .map((part) => labels[`nvidia.com/cuda.driver.${part}`])
      .filter(Boolean)
      .join('.') ||
      undefined)
  const cudaRuntime = labels['nvidia.com/cuda.runtime-version.full'] ?? labels['nvidia.com/cuda.runtime.major']
  const migLabels = {
    strategy: labels['nvidia.com/mig.strategy'],
    config: labels['nvidia.com/mig.config'],
    state: labels['nvidia.com/mig.config.state'],
  }
  const mig = Object.fromEntries(Object.entries(migLabels).filter(([, value]) => value !== undefined))
  const rack = labels['topology.kubernetes.io/rack'] ?? labels['topology.k8s.aws/network-node-layer-3'] ?? labels.rack
  const clique = labels['nvidia.com/gpu.clique']
  return {
    cluster,
    node: node.metadata.name,
    ...(model && { model }),
    ...(memoryMib !== undefined && { memoryMib }),
    ...(physical !== undefined && { physical }),
    capacity,
    allocatable: sumGpus(node.status.allocatable),
    resources: Object.fromEntries(
      names.map((name) => [
        name,
        {
          capacity: number(node.status.capacity?.[name]) ?? 0,
          allocatable: number(node.status.allocatable?.[name]) ?? 0,
        },
      ]),
    ),
    ...(sharing && sharing !== 'none' && { sharing }),
    replicas: Math.max(1, number(labels['nvidia.com/gpu.replicas']) ?? 1),
    ...(Object.keys(mig).length > 0 && { mig }),
    ...(driver && { driver }),
    ...(cudaRuntime && { cudaRuntime }),
    ...(clique && { clique }),
    ...(rack && { rack }),
    ready: conditionOf(node.status, 'Ready')?.status === 'True',
    cordoned: node.spec.unschedulable === true,
    alarms: (node.status.conditions ?? [])
      .filter(
        ({ type, status }) =>
          status === 'True' && (alarmingCondition.test(type) || /^Gcm\w+|^CSPMaintenance$/.test(type)),
      )
      .map(({ type, reason, message, lastTransitionTime }) => ({
        type,
        ...(reason && { reason: cell(reason, 80) }),
        ...(message && { message: cell(message, 300) }),
        ...(lastTransitionTime && { at: lastTransitionTime }),
      })),
    verdicts: Object.fromEntries(
      Object.entries(labels).filter(([name]) => /autopilot.*(health|gpuhealth)|gpuhealth/.test(name)),
    ),
    labels,
  }
}

const uuidPattern = /\b(?:GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g

function gpuPod(pod: Pod, { cluster, claims }: { cluster: string; claims: readonly Claim[] }): GpuPod | undefined {
  const { name, namespace = 'default', annotations = {}, ownerReferences = [] } = pod.metadata
  const { phase = 'Unknown' } = pod.status
  if (phase === 'Succeeded' || phase === 'Failed') return undefined
  const own = claims.filter((claim) => claim.namespace === namespace && claim.pods.includes(name))
  const gpus = podGpus(pod)
  if (gpus === 0 && own.length === 0) return undefined
  const resources: Record<string, number> = {}
  for (const { resources: asked } of pod.spec.containers ?? [])
    for (const [key, value] of Object.entries({ ...asked?.requests, ...asked?.limits }))
      if (isGpuResource(key)) resources[key] = (resources[key] ?? 0) + (number(value) ?? 0)
  const told = Object.entries(annotations)
    .filter(([key]) => /gpu|nvidia|vgpu|device/i.test(key))
    .flatMap(([, value]) => value.match(uuidPattern) ?? [])
  const owner = ownerReferences.find((one) => one.controller) ?? ownerReferences[0]
  return {
    cluster,
    namespace,
    name,
    ...(pod.spec.nodeName && { node: pod.spec.nodeName }),
    phase,
    ...(owner && { owner: { kind: owner.kind, name: owner.name } }),
    gpus: gpus + own.reduce((sum, claim) => sum + claim.devices.length, 0),
    resources,
    uuids: [...new Set([...told, ...own.flatMap((claim) => claim.devices.flatMap(({ uuid }) => uuid ?? []))])],
    claims: own.map((claim) => claim.name),
    ...(pod.status.startTime && { since: pod.status.startTime }),
  }
}

function agentOf(object: KubeObject, place: DriverPlace): Agent | undefined {
  const { name, namespace = '' } = object.metadata
  const isConfigured =
    place.daemonset !== undefined && namespace === place.namespace && name.startsWith(`${place.daemonset}-`)
  const component = isConfigured ? 'driver' : components.find(([pattern]) => pattern.test(name))?.[1]
  if (!component || !(isConfigured || [...namespaces, place.namespace].includes(namespace))) return undefined
  const pod = asPod(object)
  if (!pod.spec.nodeName) return undefined
  const ready = conditionOf(pod.status, 'Ready')
  const waiting = pod.status.containerStatuses?.find((status) => status.state?.waiting)?.state?.waiting
  const containers = pod.spec.containers ?? []
  const main = containers.find((one) => /driver|toolkit|plugin|dcgm/.test(one.name)) ?? containers[0]
  const reason = waiting?.reason ?? ready?.reason ?? pod.status.phase
  return {
    namespace,
    pod: name,
    node: pod.spec.nodeName,
    component,
    ...(containers.length > 1 && main && { container: main.name }),
    ready: ready?.status === 'True' || (ready === undefined && pod.status.phase === 'Running'),
    ...(reason && { reason: cell(reason, 80) }),
  }
}

const withTools: Agent['component'][] = ['driver', 'toolkit', 'device-plugin', 'dcgm', 'dcgm-exporter']

/** The pods of a node to ask for nvidia-smi, likeliest first. */
export const smiPodsOf = (agents: readonly Agent[], node: string): SmiPod[] =>
  withTools
    .flatMap((component) =>
      agents.filter((agent) => agent.node === node && agent.component === component && agent.ready),
    )
    .slice(0, 3)
    .map(({ namespace, pod, container }) => ({ namespace, pod, ...(container && { container }) }))
