import type { Container, ContainerStatus, Draft, OwnerReference, Pod, PodTemplate } from './kube-types.ts'
import { requestOf } from './placement.ts'
import { hexOf } from './random.ts'
import { kubeTime } from './time-text.ts'

export interface PodInput {
  namespace: string
  name: string
  template: PodTemplate
  createdMs: number
  generateName?: string
  owner?: OwnerReference
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

/** A pod as the API server stores it right after admission: defaults filled in, not yet scheduled. */
export function podDraft(input: PodInput): Draft & { spec: Pod['spec']; status: Pod['status'] } {
  const { template, createdMs } = input
  const labels = { ...template.metadata?.labels, ...input.labels }
  const annotations = { ...template.metadata?.annotations, ...input.annotations }
  const spec: Pod['spec'] = {
    ...template.spec,
    containers: template.spec.containers.map(withDefaults),
    restartPolicy: template.spec.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: template.spec.serviceAccountName ?? 'default',
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    priority: 0,
    tolerations: [
      ...(template.spec.tolerations ?? []),
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: input.name,
      namespace: input.namespace,
      creationTimestamp: kubeTime(createdMs),
      ...(input.generateName ? { generateName: input.generateName } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(input.owner ? { ownerReferences: [input.owner] } : {}),
    },
    spec,
    status: { phase: 'Pending', conditions: [], qosClass: qosClass(spec) },
  }
}

function withDefaults(container: Container): Container {
  return {
    ...container,
    resources: container.resources ?? {},
    imagePullPolicy: container.imagePullPolicy ?? 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  }
}

function qosClass(spec: Pod['spec']): string {
  const request = requestOf(spec)
  if (request.cpuMilli === 0 && request.memoryBytes === 0) return 'BestEffort'
  const guaranteed = spec.containers.every(({ resources }) => {
    const { limits = {}, requests = limits } = resources ?? {}
    return limits.cpu && limits.memory && requests.cpu === limits.cpu && requests.memory === limits.memory
  })
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

/** True for images that no registry has, so that pulling them fails for ever. */
export function imageIsMissing(image: string): boolean {
  return image.includes('registry.invalid') || /:(does-not-exist|missing|nonexistent|typo)/.test(image)
}

export function containerStatus(pod: Pod, container: Container, change: Partial<ContainerStatus>): ContainerStatus {
  const previous = pod.status.containerStatuses?.find((status) => status.name === container.name)
  return {
    name: container.name,
    image: container.image,
    imageID: imageIsMissing(container.image)
      ? ''
      : `${container.image.split(':')[0]}@sha256:${hexOf(container.image, 64)}`,
    ready: false,
    started: false,
    restartCount: previous?.restartCount ?? 0,
    state: {},
    lastState: previous?.lastState ?? {},
    ...change,
  }
}

const CONDITION_ORDER = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']

/** The pod with its conditions set; a condition's transition time moves only when its status does. */
export function withPodConditions(
  pod: Pod,
  wanted: Record<string, { status: 'True' | 'False'; reason?: string; message?: string }>,
  atMs: number,
): Pod {
  const conditions = CONDITION_ORDER.flatMap((type) => {
    const current = pod.status.conditions.find((condition) => condition.type === type)
    const next = wanted[type]
    if (!next) return current ? [current] : []
    const same = current?.status === next.status
    const time = same && current?.lastTransitionTime ? current.lastTransitionTime : kubeTime(atMs)
    return [{ type, ...next, lastProbeTime: null, lastTransitionTime: time }]
  })
  return { ...pod, status: { ...pod.status, conditions } }
}
