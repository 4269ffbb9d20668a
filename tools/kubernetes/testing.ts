import type { KubeObject, ObjectMeta } from '../clients/kubernetes/types.ts'
import type { PodSpec, PodStatus } from './shapes.ts'

/** Objects as an API server sends them, for the tests beside. */
export interface NodeDraft {
  name?: string
  labels?: Record<string, string>
  gpus?: number
  healthyGpus?: number
  resources?: Record<string, string>
  ready?: 'True' | 'False' | 'Unknown'
  cordoned?: boolean
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
}

export function nodeOf(draft: NodeDraft = {}): KubeObject {
  const { name = 'node-1', labels = {}, gpus = 0, healthyGpus = gpus, resources = {}, ready = 'True' } = draft
  const gpu = (count: number) => (gpus > 0 ? { 'nvidia.com/gpu': String(count) } : {})
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      creationTimestamp: '2026-06-01T00:00:00Z',
      labels: {
        ...(gpus > 0 && { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', 'nvidia.com/gpu.memory': '81559' }),
        ...labels,
      },
    },
    spec: { ...(draft.cordoned && { unschedulable: true }) },
    status: {
      capacity: { cpu: '192', memory: '2113929216Ki', pods: '250', ...gpu(gpus), ...resources },
      allocatable: { cpu: '191500m', memory: '2109734912Ki', pods: '250', ...gpu(healthyGpus), ...resources },
      conditions: [
        {
          type: 'Ready',
          status: ready,
          reason: ready === 'True' ? 'KubeletReady' : 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        },
        ...(draft.conditions ?? []),
      ],
    },
  }
}

export interface PodDraft extends Partial<Omit<ObjectMeta, 'name'>> {
  name?: string
  spec?: PodSpec
  status?: PodStatus
  gpus?: number
}

/** A running, ready pod unless told otherwise. */
export function podOf({ name = 'web-1', spec = {}, status, gpus, ...metadata }: PodDraft = {}): KubeObject {
  const limits = gpus ? { resources: { limits: { 'nvidia.com/gpu': String(gpus) } } } : {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', creationTimestamp: '2026-11-18T12:00:00Z', ...metadata },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'registry.example/web:1', ...limits }], ...spec },
    status: status ? { ...status } : running(),
  }
}

export const running = (): Record<string, unknown> => ({
  phase: 'Running',
  startTime: '2026-11-18T12:00:00Z',
  conditions: [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True' },
    { type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-11-18T12:00:20Z' },
    { type: 'Ready', status: 'True', lastTransitionTime: '2026-11-18T12:00:20Z' },
  ],
  containerStatuses: [
    {
      name: 'main',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: '2026-11-18T12:00:10Z' } },
      lastState: {},
    },
  ],
})
