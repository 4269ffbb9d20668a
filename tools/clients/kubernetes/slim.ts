import type { KubeObject } from './types.ts'

/** Objects without what no list shows: a pod keeps about a quarter, a node less. What is kept keeps its place and name. */

type Part = Record<string, unknown>

const pick = (part: Part | undefined, keys: readonly string[]): Part => {
  const kept: Part = {}
  if (part) for (const key of keys) if (part[key] !== undefined) kept[key] = part[key]
  return kept
}
const each = (list: unknown, keep: (item: Part) => Part): Part[] | undefined =>
  Array.isArray(list) ? list.map((item) => keep(item as Part)) : undefined
const present = (parts: Part): Part =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

const metadataKeys = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'finalizers',
  'labels',
  'ownerReferences',
]
/** Which GPUs a device plugin gave a pod; of annotations nothing else is kept. */
function gpusTold(metadata: KubeObject['metadata']): Part | undefined {
  const told = Object.entries(metadata.annotations ?? {}).filter(([, value]) => /\b(GPU|MIG)-[0-9a-f]{8}-/.test(value))
  return told.length > 0 ? Object.fromEntries(told) : undefined
}
const podSpecKeys = [
  'nodeName',
  'restartPolicy',
  'terminationGracePeriodSeconds',
  'schedulingGates',
  'priorityClassName',
  'runtimeClassName',
  'resourceClaims',
]
const podStatusKeys = [
  'phase',
  'reason',
  'message',
  'podIP',
  'hostIP',
  'startTime',
  'nominatedNodeName',
  'resourceClaimStatuses',
]
const containerKeys = ['name', 'image', 'resources', 'restartPolicy']
const statusKeys = ['name', 'image', 'ready', 'started', 'restartCount', 'state', 'lastState']
/** Conditions of a pod that say something even when they hold. */
const telling = new Set(['Ready', 'Initialized', 'DisruptionTarget'])
const nodeSpecKeys = ['unschedulable', 'taints', 'providerID']
const nodeStatusKeys = ['capacity', 'allocatable', 'addresses', 'nodeInfo', 'phase']

function slimPod({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  const claims = each(spec?.volumes, (volume) => pick(volume, ['name', 'persistentVolumeClaim']))?.filter(
    (volume) => volume.persistentVolumeClaim !== undefined,
  )
  const conditions = Array.isArray(status?.conditions)
    ? (status.conditions as Part[]).filter(
        (one) => one.status !== 'True' || telling.has(String(one.type)) || one.reason !== undefined,
      )
    : undefined
  const annotations = gpusTold(metadata)
  return {
    apiVersion,
    kind,
    metadata: {
      ...pick(metadata as unknown as Part, metadataKeys),
      ...(annotations && { annotations }),
    } as unknown as KubeObject['metadata'],
    spec: present({
      ...pick(spec, podSpecKeys),
      containers: each(spec?.containers, (one) => pick(one, containerKeys)),
      initContainers: each(spec?.initContainers, (one) => pick(one, containerKeys)),
      volumes: claims && claims.length > 0 ? claims : undefined,
    }),
    status: present({
      ...pick(status, podStatusKeys),
      conditions: conditions?.map((one) => pick(one, ['type', 'status', 'reason', 'message', 'lastTransitionTime'])),
      containerStatuses: each(status?.containerStatuses, (one) => pick(one, statusKeys)),
      initContainerStatuses: each(status?.initContainerStatuses, (one) => pick(one, statusKeys)),
    }),
  }
}

function slimNode({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: pick(metadata as unknown as Part, metadataKeys) as unknown as KubeObject['metadata'],
    spec: pick(spec, nodeSpecKeys),
    status: present({
      ...pick(status, nodeStatusKeys),
      // The heartbeat of a condition moves with every report and says nothing.
      conditions: each(status?.conditions, (one) =>
        pick(one, ['type', 'status', 'reason', 'message', 'lastTransitionTime']),
      ),
    }),
  }
}

/** Kinds that are worth following: there are many of them and most questions are about them. */
export const slimOf: Readonly<Record<string, (object: KubeObject) => KubeObject>> = { pods: slimPod, nodes: slimNode }
