import { type Check, type Hit, unschedulable } from '../check.ts'
import { type PodFacts, sinceMs } from '../facts.ts'

/** How many GPUs each node lacks for this pod, nearest first. */
function lacking({ places = [], gpus }: PodFacts): Hit {
  const withGpus = places.filter((place) => place.gpuCapacity > 0).sort((left, right) => right.gpuFree - left.gpuFree)
  const words = withGpus
    .slice(0, 6)
    .map(
      (place) =>
        `${place.node}: ${place.gpuFree} of ${place.gpuCapacity} free${place.ready ? `, lacks ${Math.max(0, gpus - place.gpuFree)}` : ', takes no work'}`,
    )
  const free = withGpus.reduce((sum, place) => sum + place.gpuFree, 0)
  const most = withGpus[0]?.gpuFree ?? 0
  return {
    evidence: words.length > 0 ? [{ source: 'GPUs by node', text: words.join('; ') }] : [],
    values: {
      wanted: String(gpus),
      spread:
        free >= gpus && most < gpus
          ? `${free} are free in all, but at most ${most} on one node.`
          : `At most ${most} are free on one node.`,
    },
  }
}

const selectorText = ({ pod }: PodFacts): Hit => {
  const selector = Object.entries(pod.spec.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`)
  const affinity = JSON.stringify((pod.spec.affinity as { nodeAffinity?: unknown } | undefined)?.nodeAffinity ?? null)
  const words = [...selector, ...(affinity === 'null' ? [] : [`affinity ${affinity}`])].join(', ')
  return { evidence: words ? [{ source: 'the pod asks for', text: words }] : [], values: { labels: words || 'labels' } }
}

/** The scheduler's reasons, decoded. */
export const schedulingChecks: Check[] = [
  {
    id: 'gpu-request-too-large',
    severity: 'critical',
    title: 'No node has {wanted} GPUs',
    cause: 'The largest has {largest}: the pod can never be placed, however empty the cluster is.',
    remedy: 'Ask for at most {largest} on one node and split the model over nodes, or add larger nodes.',
    look: (facts) => {
      const { places = [], gpus } = facts
      const largest = places.reduce((most, place) => Math.max(most, place.gpuCapacity), 0)
      if (gpus === 0 || largest === 0 || gpus <= largest) return undefined
      return { ...lacking(facts), values: { wanted: String(gpus), largest: String(largest) } }
    },
  },
  {
    id: 'gpu-resource-name',
    severity: 'critical',
    title: 'No node offers {resource}',
    cause: 'Nodes here offer {offered}: with MIG or sharing the resource has another name.',
    remedy: 'Ask for a resource that nodes offer, or change the MIG strategy of a node.',
    look: ({ pod, places = [] }) => {
      const asked = (pod.spec.containers ?? []).flatMap((one) =>
        Object.keys({ ...one.resources?.limits, ...one.resources?.requests }),
      )
      const offered = [...new Set(places.flatMap((place) => place.resources))]
      const resource = asked.find((name) => /(gpu|mig-)/.test(name) && !offered.includes(name))
      if (!resource || offered.length === 0) return undefined
      return {
        evidence: [{ source: 'resources', text: `the pod asks for ${resource}; nodes offer ${offered.join(', ')}` }],
        values: { resource, offered: offered.join(', ') },
      }
    },
  },
  unschedulable(/(?<nodes>\d+) Insufficient (nvidia\.com|amd\.com|gpu\.intel\.com|habana\.ai)\/[\w.-]+/i, {
    id: 'gpu-insufficient',
    title: 'No node has {wanted} free GPUs',
    cause: '{spread}',
    remedy: 'Free GPUs or wait, ask for fewer, or add nodes; list_nodes with minFreeGpus shows what is free.',
    ask: 'Which pods hold GPUs without using them?',
    more: lacking,
  }),
  unschedulable(/(?<nodes>\d+) Insufficient cpu/i, {
    id: 'cpu-insufficient',
    title: '{nodes} nodes have too little CPU left',
    cause: 'What the pod requests does not fit into what is not requested yet.',
    remedy: 'Lower the CPU request, free requests, or add nodes.',
  }),
  unschedulable(/(?<nodes>\d+) Insufficient memory/i, {
    id: 'memory-insufficient',
    title: '{nodes} nodes have too little memory left',
    cause: 'What the pod requests does not fit into what is not requested yet.',
    remedy: 'Lower the memory request, free requests, or add nodes.',
  }),
  unschedulable(/(?<nodes>\d+) Insufficient ephemeral-storage/i, {
    id: 'storage-insufficient',
    title: '{nodes} nodes have too little local storage left',
    cause: 'The request for ephemeral-storage does not fit.',
    remedy: 'Lower the request, or use a volume.',
  }),
  unschedulable(/(?<nodes>\d+) Too many pods/i, {
    id: 'too-many-pods',
    title: '{nodes} nodes are full by number of pods',
    cause: 'Each node takes a fixed number of pods (often 110 or 250).',
    remedy: 'Add nodes, raise maxPods of the kubelet, or remove finished pods.',
  }),
  unschedulable(/node\(s\) had (?:untolerated )?taints? \{(?:node\.kubernetes\.io\/(?:not-ready|unreachable))/i, {
    id: 'nodes-not-ready',
    title: 'Nodes that would fit are not ready',
    cause: 'They carry the taint of a node whose kubelet does not answer.',
    remedy: 'Bring the nodes back: list_nodes with status not-ready.',
  }),
  unschedulable(
    /(?<nodes>\d+) node\(s\) had untolerated taints? \{(?<taint>(?!node\.kubernetes\.io\/(?:not-ready|unreachable))[^}]+)\}/i,
    {
      id: 'taint-not-tolerated',
      title: '{nodes} nodes keep the pod away by the taint {taint}',
      cause: 'Those nodes are reserved, and the pod does not tolerate the taint.',
      remedy: 'Add a toleration if the pod belongs there, or use other nodes.',
    },
  ),
  unschedulable(/(?<nodes>\d+) node\(s\) (didn't match Pod's node affinity\/selector|didn't match node selector)/i, {
    id: 'node-selector-mismatch',
    title: '{nodes} nodes lack the labels the pod asks for',
    cause: 'The pod selects nodes by {labels}.',
    remedy: 'Correct the selector, or label the nodes; list_nodes with labelSelector shows who has them.',
    more: selectorText,
  }),
  unschedulable(/(?<nodes>\d+) node\(s\) didn't (match|satisfy) (pod|existing pods) (anti-)?affinity/i, {
    id: 'pod-affinity',
    title: 'Rules about which pods may be together leave no node',
    cause: 'Pod affinity or anti-affinity, of this pod or of one that runs, excludes {nodes} nodes.',
    remedy: 'Prefer instead of require, or add nodes for the replicas.',
  }),
  unschedulable(/(?<nodes>\d+) node\(s\) didn't match pod topology spread constraints/i, {
    id: 'topology-spread',
    title: 'Spreading over zones or nodes leaves no place',
    cause: 'maxSkew would be broken on {nodes} nodes.',
    remedy: 'Use ScheduleAnyway, raise maxSkew, or add nodes in the emptier zones.',
  }),
  unschedulable(/(?<nodes>\d+) node\(s\) didn't have free ports/i, {
    id: 'host-port-conflict',
    title: 'The host port is taken on {nodes} nodes',
    cause: 'Only one pod of a node can have a host port.',
    remedy: 'Do without hostPort, or run at most one such pod a node.',
  }),
  unschedulable(/(?<nodes>\d+) node\(s\) were unschedulable/i, {
    id: 'nodes-cordoned',
    severity: 'warning',
    title: '{nodes} nodes are cordoned',
    cause: 'They take no new pods until they are uncordoned.',
    remedy: 'Uncordon them when their maintenance is over: list_nodes with status cordoned.',
  }),
  unschedulable(/(?<nodes>\d+) node\(s\) had volume node affinity conflict/i, {
    id: 'volume-elsewhere',
    title: 'The volume of the pod is bound to other nodes',
    cause: 'A local or zonal volume lives where the pod cannot go.',
    remedy: 'Free a place on the node or zone of the volume, or move the data.',
  }),
  unschedulable(/unbound immediate PersistentVolumeClaims/i, {
    id: 'claim-unbound',
    title: 'A claim of the pod has no volume',
    cause: 'The storage class provisions none: it is missing, misspelt, or full.',
    remedy: 'Look at the claim and its events, and at the storage classes.',
  }),
  unschedulable(/persistentvolumeclaim "(?<claim>[^"]+)" not found/i, {
    id: 'claim-missing',
    title: 'The claim {claim} does not exist',
    cause: 'The pod mounts a PersistentVolumeClaim that is not in its namespace.',
    remedy: 'Create it, or correct its name.',
  }),
  unschedulable(/resourceclaim|cannot allocate all claims|(?<nodes>\d+) node\(s\) .*claim/i, {
    id: 'device-claim-pending',
    title: 'A device claim (DRA) cannot be satisfied',
    cause: 'No device that fits the claim is free, or its driver is not there.',
    remedy: 'Look at the ResourceClaim, the ResourceSlices and the DeviceClass.',
  }),
  {
    id: 'scheduling-gated',
    severity: 'warning',
    title: 'The pod is held back by the gate {gate}',
    cause: 'A queue such as Kueue admits it only when its quota or its whole group fits.',
    remedy: 'Look at the workload in that queue: quota, priority, preemption.',
    look: ({ pod }) => {
      const gate = pod.spec.schedulingGates?.[0]?.name
      return gate && !pod.spec.nodeName
        ? { evidence: [{ source: 'scheduling gate', text: gate }], values: { gate } }
        : undefined
    },
  },
  {
    id: 'scheduler-silent',
    severity: 'critical',
    title: 'No scheduler has looked at the pod',
    cause: 'It names the scheduler {scheduler}, which does not run here, or the scheduler is down.',
    remedy: 'Correct spec.schedulerName, or start that scheduler.',
    look: ({ pod, events, now }) => {
      const waits = sinceMs(pod.metadata.creationTimestamp, now) > 2 * 60_000
      const seen =
        pod.status.conditions?.some((one) => one.type === 'PodScheduled') ||
        events.some((one) => /Schedul/.test(one.reason))
      if (pod.spec.nodeName || pod.status.phase !== 'Pending' || !waits || seen || pod.spec.schedulingGates?.length)
        return undefined
      const scheduler = pod.spec.schedulerName ?? 'default-scheduler'
      return { evidence: [{ source: 'pod', text: `Pending without any word of ${scheduler}` }], values: { scheduler } }
    },
  },
  unschedulable(/nodes? are available|no nodes available/i, {
    id: 'unschedulable',
    title: 'No node takes the pod',
    cause: 'See the message of the scheduler.',
    remedy: 'Compare what the pod asks for with list_nodes.',
    fallback: true,
  }),
]
