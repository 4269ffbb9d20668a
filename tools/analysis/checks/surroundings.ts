import { alarmingCondition, conditionOf, pressureConditions, sumGpus } from '../../kubernetes/service.ts'
import { type Check, event } from '../check.ts'

const mount = ['FailedMount']
const attach = ['FailedAttachVolume']
const sandbox = ['FailedCreatePodSandBox', 'FailedCreatePodSandbox']

/** Volumes and the pod's network. */
export const volumeChecks: Check[] = [
  event(mount, /configmap "?(?<name>[^"\s]+)"? not found/i, {
    id: 'mount-configmap-missing',
    title: 'ConfigMap {name} cannot be mounted: it does not exist',
    cause: 'A volume of the pod refers to it.',
    remedy: 'Create it in the namespace of the pod, or correct the name.',
  }),
  event(mount, /secret "?(?<name>[^"\s]+)"? not found/i, {
    id: 'mount-secret-missing',
    title: 'Secret {name} cannot be mounted: it does not exist',
    cause: 'A volume of the pod refers to it.',
    remedy: 'Create it in the namespace of the pod, or correct the name.',
  }),
  event(mount, /references non-existent (config|secret) key:? ?(?<key>\S+)/i, {
    id: 'mount-key-missing',
    title: 'The key {key} to be mounted does not exist',
    cause: 'The volume lists a key that the ConfigMap or Secret lacks.',
    remedy: 'Add the key, or remove it from the volume.',
  }),
  event([...attach, ...mount], /Multi-Attach|already (exclusively )?attached/i, {
    id: 'volume-attached-elsewhere',
    title: 'The volume is still attached to another node',
    cause: 'It can be on one node only, and another pod or a lost node holds it.',
    remedy: 'End the other pod; after a lost node remove its VolumeAttachment once the node is known to be off.',
  }),
  event(attach, /./, {
    id: 'volume-attach-failed',
    title: 'The volume cannot be attached to the node',
    cause: 'See the message of the storage driver.',
    remedy: 'Look at the driver pods on that node and at the VolumeAttachment.',
    fallback: true,
  }),
  event(mount, /timed out|timeout|deadline|connection|no such host|access denied|mount failed/i, {
    id: 'volume-mount-failed',
    title: 'A volume cannot be mounted',
    cause: 'The storage server does not answer or refuses the node.',
    remedy: 'Test the way from the node to the storage server, and its export rules.',
    fallback: true,
  }),
  {
    id: 'claim-pending',
    severity: 'critical',
    title: 'The claim {claim} is {phase}',
    cause: 'Its storage class is {class}; no volume is bound to it.',
    remedy: 'Look at its events: a missing or misspelt class, a full pool, or a driver that is down.',
    look: ({ claims, pod }) => {
      if (pod.status.phase !== 'Pending') return undefined
      const found = claims.find((claim) => ['Pending', 'Lost'].includes(String(claim.status?.phase)))
      if (!found) return undefined
      const phase = String(found.status?.phase)
      const storageClass = String(found.spec?.storageClassName ?? 'the default')
      return {
        evidence: [
          { source: `PersistentVolumeClaim ${found.metadata.name}`, text: `${phase}, storage class ${storageClass}` },
        ],
        values: { claim: found.metadata.name, phase, class: storageClass },
      }
    },
  },
  event(sandbox, /no (IP addresses|available IP|free address)|failed to allocate (for|an) .*(IP|address)|IPAM/i, {
    id: 'network-addresses-exhausted',
    title: 'There is no address left for the pod',
    cause: 'The address range of the node or of the network plugin is used up.',
    remedy: 'Remove finished pods, or give the node a larger range.',
  }),
  event(sandbox, /runtime ?class|no runtime for|RuntimeHandler/i, {
    id: 'runtime-class-missing',
    title: 'The node does not know the runtime the pod asks for',
    cause: 'The runtime class (often nvidia) is not configured in containerd of this node.',
    remedy: 'Install the container toolkit on the node, or correct runtimeClassName.',
  }),
  event(sandbox, /./, {
    id: 'sandbox-failed',
    title: 'The pod gets no network or sandbox',
    cause: 'The network plugin or the container runtime of the node fails.',
    remedy: 'Look at the plugin pods on that node (calico, cilium, ovn …) and at its container runtime.',
    fallback: true,
  }),
]

/** What stands in the way of the owner making pods. */
export const admissionChecks: Check[] = [
  event(
    ['FailedCreate'],
    /exceeded quota: (?<quota>[^,\s]+)(?:, requested: (?<requested>\S+), used: (?<used>\S+), limited: (?<limited>\S+))?/i,
    {
      id: 'quota-exceeded',
      of: 'ownerEvents',
      title: 'The quota {quota} stops further pods',
      cause: 'Requested {requested}, used {used}, limit {limited}.',
      remedy: 'Free something in the namespace, or raise the quota.',
    },
  ),
  event(['FailedCreate'], /must specify (?<what>[\w.,\s]+)/i, {
    id: 'quota-needs-requests',
    of: 'ownerEvents',
    title: 'Pods here must specify {what}',
    cause: 'A quota covers it, so pods without it are refused.',
    remedy: 'Set requests and limits, or add a LimitRange with defaults.',
  }),
  event(['FailedCreate'], /violates PodSecurity/i, {
    id: 'pod-security',
    of: 'ownerEvents',
    title: 'The pod security level of the namespace refuses new pods',
    cause: 'Pods that run stay; only new ones are refused, so this shows at the next restart.',
    remedy: 'Change the securityContext as the message says, or the level of the namespace.',
  }),
  event(['FailedCreate'], /failed calling webhook "?(?<webhook>[^":\s]+)/i, {
    id: 'webhook-failing',
    of: 'ownerEvents',
    title: 'The admission webhook {webhook} does not answer',
    cause: 'It is down, its certificate is wrong, or the API server cannot reach it.',
    remedy: 'Bring its pods back; until then its failurePolicy decides.',
  }),
  event(['FailedCreate'], /admission webhook "?(?<webhook>[^"\s]+)"? denied/i, {
    id: 'webhook-denied',
    of: 'ownerEvents',
    title: 'The admission webhook {webhook} refuses new pods',
    cause: 'A policy does not allow this pod.',
    remedy: 'Change what the message names, or ask who owns the policy.',
  }),
  event(['FailedCreate'], /serviceaccount "?(?<name>[^"\s]+)"? not found/i, {
    id: 'service-account-missing',
    of: 'ownerEvents',
    title: 'The service account {name} does not exist',
    cause: 'New pods are refused without it.',
    remedy: 'Create it, or correct serviceAccountName.',
  }),
]

/** The machine under the pod. */
export const nodeChecks: Check[] = [
  {
    id: 'node-not-ready',
    severity: 'critical',
    title: 'Its node {node} is not ready',
    cause: 'The kubelet there does not report, or reports trouble.',
    remedy: 'Look at the node: get_resource Node, and its events.',
    look: ({ node }) => {
      const ready = node && conditionOf(node.status, 'Ready')
      if (!ready || ready.status === 'True') return undefined
      return {
        evidence: [
          {
            source: `node ${node.metadata.name}`,
            text: `Ready=${ready.status} ${ready.reason ?? ''}: ${ready.message ?? ''}`,
            ...(ready.lastTransitionTime && { at: ready.lastTransitionTime }),
          },
        ],
        values: { node: node.metadata.name },
      }
    },
  },
  {
    id: 'node-pressure',
    severity: 'warning',
    title: 'Its node {node} reports {condition}',
    cause: 'The node runs short; the kubelet will evict pods.',
    remedy: 'Find what uses it up on that node, or move load away.',
    look: ({ node }) => {
      const found = node?.status.conditions?.find(
        (one) => pressureConditions.includes(one.type) && one.status === 'True',
      )
      if (!node || !found) return undefined
      return {
        evidence: [
          { source: `node ${node.metadata.name}`, text: `${found.type}: ${found.message ?? found.reason ?? ''}` },
        ],
        values: { node: node.metadata.name, condition: found.type },
      }
    },
  },
  {
    id: 'node-problem',
    severity: 'warning',
    title: 'Its node {node} reports {condition}',
    cause: 'A health agent on the node (node-problem-detector, NVSentinel) raised it.',
    remedy: 'Follow the message; drain the node if it is hardware.',
    look: ({ node, gpus }) => {
      // A sick GPU is no matter of a pod that has none.
      const concerns = (type: string) => gpus > 0 || !/^(Gpu|SysLogs|NVSwitch|DCGM)/.test(type)
      const found = node?.status.conditions?.find(
        (one) => concerns(one.type) && alarmingCondition.test(one.type) && one.status === 'True',
      )
      if (!node || !found) return undefined
      return {
        evidence: [
          { source: `node ${node.metadata.name}`, text: `${found.type}: ${found.message ?? found.reason ?? ''}` },
        ],
        values: { node: node.metadata.name, condition: found.type },
      }
    },
  },
  {
    id: 'gpu-lost-on-node',
    severity: 'warning',
    title: '{missing} of {capacity} GPUs of its node {node} cannot be allocated',
    cause: 'The device plugin marked them unhealthy, or does not see them.',
    remedy: 'Check the node with get_gpu_nodes; reset the GPU or reboot the node.',
    look: ({ node, gpus }) => {
      if (!node || gpus === 0) return undefined
      const [capacity, offered] = [sumGpus(node.status.capacity), sumGpus(node.status.allocatable)]
      if (offered >= capacity) return undefined
      return {
        evidence: [{ source: `node ${node.metadata.name}`, text: `capacity ${capacity}, allocatable ${offered}` }],
        values: { missing: String(capacity - offered), capacity: String(capacity), node: node.metadata.name },
      }
    },
  },
]
