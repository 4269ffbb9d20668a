import type { GpuNode } from '../../kube.ts'
import { type GpuCheck, type HealthFacts, type Hit, nodeName, perNode } from '../facts.ts'

const isImex = (text: string) => /IMEX/i.test(text)
const imexIdle = (facts: HealthFacts, node: GpuNode, alarm: GpuNode['alarms'][number]) =>
  isImex(`${alarm.type} ${alarm.reason} ${alarm.message}`) && !facts.withComputeDomain.has(node.cluster)
const isMigProduct = (node: GpuNode) => /MIG/.test(node.labels['nvidia.com/gpu.product'] ?? '')
const migResources = (node: GpuNode) => Object.keys(node.resources).filter((name) => name.startsWith('nvidia.com/mig-'))

/** What Kubernetes knows of GPUs: resources, sharing, MIG, claims, and conditions that other watchers set. */
export const kubernetesChecks: readonly GpuCheck[] = [
  {
    id: 'gpus-unhealthy',
    severity: 'critical',
    title: 'Fewer GPUs can be allocated than the node has',
    cause: 'The device plugin took GPUs out: it marks one unhealthy after an XID that is no program’s fault.',
    remedy: 'See which GPU it is (get_gpu_node); after its repair restart the device plugin pod of the node.',
    falsifier: 'Allocatable equals capacity again.',
    reads: 'node allocatable and capacity',
    look: perNode((node) =>
      node.allocatable < node.capacity ? { text: `allocatable ${node.allocatable} of ${node.capacity}` } : undefined,
    ),
  },
  {
    id: 'gpus-missing',
    severity: 'critical',
    title: 'Fewer GPUs in Kubernetes than in the machine',
    cause: 'Feature discovery counts more GPUs than the device plugin offers.',
    remedy: 'Look at the log of the device plugin pod; a GPU that fell off after a reboot is not offered at all.',
    falsifier: 'Part of the GPUs is given to virtual machines or another resource on purpose.',
    reads: 'node capacity, nvidia.com/gpu.count and replicas',
    look: perNode((node) => {
      if (node.physical === undefined || isMigProduct(node) || migResources(node).length > 0) return undefined
      // Offered by DRA only: there is no extended resource to count.
      if (node.capacity === 0) return undefined
      const expected = node.physical * node.replicas
      return node.capacity < expected
        ? {
            text: `${node.capacity} offered, ${node.physical} in the machine${node.replicas > 1 ? ` × ${node.replicas}` : ''}`,
          }
        : undefined
    }),
  },
  ...alarmChecks(),
  {
    id: 'imex-unhealthy',
    severity: 'critical',
    title: 'IMEX is not healthy and a ComputeDomain needs it',
    cause: 'Memory sharing between nodes over NVLink does not work in an active ComputeDomain.',
    remedy: 'Look at the IMEX daemon pods of the domain and at nvidia-imex-ctl -N on the node.',
    falsifier: 'No ComputeDomain is active: an idle IMEX is no fault.',
    reads: 'node conditions that name IMEX, ComputeDomains',
    look: (facts) =>
      facts.nodes.flatMap((node) =>
        node.alarms
          .filter((alarm) => isImex(`${alarm.type} ${alarm.reason} ${alarm.message}`) && !imexIdle(facts, node, alarm))
          .map(
            ({ type, message = type, at }): Hit => ({
              cluster: node.cluster,
              node: node.node,
              evidence: [{ source: `condition ${type} of ${nodeName(node)}`, text: message, ...(at && { at }) }],
            }),
          ),
      ),
  },
  {
    id: 'health-verdict',
    severity: 'warning',
    title: 'A health checker labelled the node {verdict}',
    cause: 'Autopilot or a like checker tested the node and was not content.',
    remedy: 'Read its report on the node; EVICT means that work should leave.',
    falsifier: 'The label is older than the last repair.',
    reads: 'node labels of health checkers',
    look: perNode((node) => {
      const bad = Object.entries(node.verdicts).find(([, value]) => /^(WARN|EVICT|ERR|FAIL|TESTING_FAIL)/i.test(value))
      return bad ? { text: `${bad[0]}=${bad[1]}`, source: 'label of', values: { verdict: bad[1] } } : undefined
    }),
  },
  {
    id: 'mig-config-failed',
    severity: 'critical',
    title: 'The MIG configuration failed',
    cause: 'MIG manager could not apply {config}: the node offers the old instances, or none.',
    remedy:
      'End what runs on the GPUs (also DCGM), look at the log of nvidia-mig-manager and set nvidia.com/mig.config again.',
    falsifier: 'nvidia.com/mig.config.state is success.',
    reads: 'node labels nvidia.com/mig.config and .state',
    look: perNode((node) =>
      node.mig?.state === 'failed'
        ? {
            text: `nvidia.com/mig.config=${node.mig.config ?? '?'}, state failed`,
            source: 'label of',
            values: { config: node.mig.config ?? 'the configuration' },
          }
        : undefined,
    ),
  },
  {
    id: 'mig-config-pending',
    severity: 'info',
    title: 'A MIG configuration is being applied',
    cause: 'GPUs of the node are not offered meanwhile.',
    remedy: 'Wait; if it does not end, look at nvidia-mig-manager and at what still runs on the GPUs.',
    falsifier: 'nvidia.com/mig.config.state is success.',
    reads: 'node labels nvidia.com/mig.config.state',
    look: perNode((node) =>
      /^(pending|rebooting)$/.test(node.mig?.state ?? '')
        ? { text: `nvidia.com/mig.config=${node.mig?.config ?? '?'}, state ${node.mig?.state}`, source: 'label of' }
        : undefined,
    ),
  },
  {
    id: 'mig-wrong-resource',
    severity: 'warning',
    title: 'Pods ask for nvidia.com/gpu where only MIG instances are offered',
    cause: 'With strategy mixed each profile is a resource of its own; nobody offers a whole GPU.',
    remedy: 'Ask for nvidia.com/mig-<profile>, or give nodes without MIG.',
    falsifier: 'A node with whole GPUs is on its way (autoscaler).',
    reads: 'pending pods against offered resources',
    look: (facts) => {
      const clusters = [...new Set(facts.nodes.map(({ cluster }) => cluster))]
      return clusters.flatMap((cluster): Hit[] => {
        const nodes = facts.nodes.filter((node) => node.cluster === cluster)
        const offersMig = nodes.some((node) => migResources(node).length > 0)
        const offersWhole = nodes.some((node) => (node.resources['nvidia.com/gpu']?.capacity ?? 0) > 0)
        const waiting = facts.pods.filter(
          (pod) => pod.cluster === cluster && pod.node === undefined && pod.resources['nvidia.com/gpu'],
        )
        if (!offersMig || offersWhole || waiting.length === 0) return []
        return [
          {
            cluster,
            evidence: waiting.map((pod) => ({
              source: `pod ${cluster}/${pod.namespace}/${pod.name}`,
              text: `waits for nvidia.com/gpu: ${pod.resources['nvidia.com/gpu']}`,
            })),
          },
        ]
      })
    },
  },
  {
    id: 'sharing-full',
    severity: 'warning',
    title: 'A shared GPU is nearly full',
    cause: 'Time slicing shares the compute and not the memory: each of the pods may take what the others need.',
    remedy: 'Move a pod, lower the replicas of the sharing configuration, or use MIG.',
    falsifier: 'The programs reserve the memory on purpose and stay within it.',
    reads: 'sharing labels, memory of GPUs',
    look: (facts) =>
      facts.gpus.flatMap((gpu): Hit[] => {
        const node = facts.nodes.find((one) => one.cluster === gpu.cluster && one.node === gpu.node)
        const { memoryUsedMib = 0, memoryTotalMib = 0 } = gpu
        if (
          !node?.sharing ||
          (gpu.pods?.length ?? 0) < 2 ||
          memoryTotalMib === 0 ||
          memoryUsedMib < memoryTotalMib * 0.95
        )
          return []
        const text = `${memoryUsedMib} of ${memoryTotalMib} MiB, ${gpu.pods!.length} pods (${node.sharing}, ${node.replicas} each)`
        return [
          {
            cluster: gpu.cluster,
            node: gpu.node,
            gpu: gpu.index,
            evidence: [{ source: `dcgm, ${nodeName(node)} GPU ${gpu.index}`, text }],
          },
        ]
      }),
  },
  {
    id: 'claim-pending',
    severity: 'warning',
    title: 'A GPU claim gets no device',
    cause: 'No device of the slices fits the claim (DRA), or all are taken.',
    remedy: 'Compare its selectors with the ResourceSlices of the nodes; look at taints of devices.',
    falsifier: 'The claim is allocated, or no pod uses it yet (it is allocated with its first pod).',
    reads: 'ResourceClaims (resource.k8s.io)',
    look: (facts) =>
      facts.claims.flatMap((claim): Hit[] => {
        const { cluster, namespace, name, createdAt } = claim
        const isOld = createdAt !== undefined && facts.now.getTime() - Date.parse(createdAt) > 5 * 60_000
        if (claim.allocated || !isOld) return []
        return [
          {
            cluster,
            evidence: [
              {
                source: `claim ${cluster}/${namespace}/${name}`,
                text: 'not allocated for more than five minutes',
                at: createdAt,
              },
            ],
          },
        ]
      }),
  },
  {
    id: 'node-not-ready',
    severity: 'critical',
    title: 'A GPU node is not ready',
    cause: 'The kubelet does not report: its GPUs are lost to the cluster.',
    remedy: 'Look at the node with get_resource and its events.',
    falsifier: 'The node is Ready, or it is being reinstalled.',
    reads: 'node condition Ready',
    look: perNode((node) => (node.ready ? undefined : { text: `not ready, ${node.capacity} GPUs` })),
  },
]

/** NVSentinel's words for what takes the GPU out of service. */
const urgent = /RESTART_BM|RESTART_VM|REPLACE_VM|COMPONENT_RESET|RESET_GPU|CONTACT_SUPPORT|fatal|fallen off/i

/** Conditions of watchers that sit on the node: what they say is taken over, with their own action. */
function alarmChecks(): GpuCheck[] {
  const look =
    (isUrgent: boolean): GpuCheck['look'] =>
    (facts) =>
      facts.nodes.flatMap((node) =>
        node.alarms
          .filter(({ type, reason, message }) => !isImex(`${type} ${reason} ${message}`))
          .filter(({ message = '' }) => urgent.test(message.replace(/non-?fatal/gi, '')) === isUrgent)
          .map(
            ({ type, reason, message = reason ?? '', at }): Hit => ({
              cluster: node.cluster,
              node: node.node,
              evidence: [
                { source: `condition ${type} of ${nodeName(node)}`, text: message || type, ...(at && { at }) },
              ],
              values: { type },
            }),
          ),
      )
  const words = {
    title: 'The node says {type}',
    cause:
      'A watcher on the node (NVSentinel, gcm, node-problem-detector) set this condition: it saw more than we can from here.',
    remedy: 'Follow the action in its message; the condition goes when the watcher sees the fault gone.',
    falsifier: 'The condition is False, or its watcher is known to be wrong about this.',
    reads: 'node conditions (read, not derived again)',
  }
  return [
    { id: 'node-alarm-urgent', severity: 'critical', ...words, look: look(true) },
    { id: 'node-alarm', severity: 'warning', ...words, look: look(false) },
  ]
}
