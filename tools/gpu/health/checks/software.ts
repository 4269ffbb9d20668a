import { type GpuCheck, type Hit, nodeName, perNode } from '../facts.ts'
import { smiHits } from '../smi-hits.ts'

const exits = (
  id: string,
  kinds: string[],
  words: Pick<GpuCheck, 'severity' | 'title' | 'cause' | 'remedy' | 'falsifier'>,
): GpuCheck => ({
  id,
  ...words,
  reads: 'nvidia-smi exit code and words',
  look: (facts) => smiHits(facts, ...kinds),
})

/** Driver, exporter, operator pods: what stands between the GPU and its work. */
export const softwareChecks: readonly GpuCheck[] = [
  exits('driver-not-loaded', ['driver-not-loaded'], {
    severity: 'critical',
    title: 'The NVIDIA driver is not loaded',
    cause: 'nvidia-smi cannot reach the driver: the module is missing, nouveau sits there, or the kernel was updated.',
    remedy: 'Look at the log of the driver pod; rebuild or reinstall the driver for the running kernel.',
    falsifier: 'nvidia-smi lists GPUs.',
  }),
  exits('driver-mismatch', ['library-missing', 'function-missing'], {
    severity: 'critical',
    title: 'Driver and library do not fit',
    cause:
      'The NVML library is missing or of another version than the loaded module: the driver was updated without a reboot.',
    remedy: 'Drain the node, reload the module or reboot.',
    falsifier: 'nvidia-smi works in a new container.',
  }),
  exits('inforom-corrupt', ['inforom'], {
    severity: 'warning',
    title: 'The infoROM of a GPU is corrupt',
    cause: 'The board’s own memory of its state cannot be read.',
    remedy: 'Have the vendor restore or replace the board.',
    falsifier: 'nvidia-smi -q shows the infoROM versions.',
  }),
  exits('interrupt-trouble', ['interrupt'], {
    severity: 'critical',
    title: 'The kernel has interrupt trouble with a GPU',
    cause: 'nvidia-smi ended with code 10: interrupts of the GPU do not arrive.',
    remedy: 'Reboot the node; check BIOS and IOMMU settings.',
    falsifier: 'It works after a reboot.',
  }),
  exits('smi-hangs', ['timeout'], {
    severity: 'critical',
    title: 'nvidia-smi does not end',
    cause: 'A call into the driver hangs; kubelet and device plugin will hang on it too.',
    remedy: 'Look at the kernel log for XID 119 or 120; drain the node and reboot it.',
    falsifier: 'It answers within a second when asked again, or the node is only overloaded.',
  }),
  exits('no-devices', ['not-found'], {
    severity: 'critical',
    title: 'The driver sees no GPU',
    cause: 'Labels say that the node has GPUs, its driver finds none.',
    remedy: 'Check lspci on the node; reboot it.',
    falsifier: 'nvidia-smi -L lists them.',
  }),
  exits('smi-no-permission', ['no-permission'], {
    severity: 'warning',
    title: 'nvidia-smi may not read the GPUs',
    cause: 'The pod lacks rights on /dev/nvidia*.',
    remedy: 'Run the driver pod privileged, as the GPU operator does.',
    falsifier: 'Other pods of the node read the GPUs.',
  }),
  {
    id: 'field-unreadable',
    severity: 'critical',
    title: 'The driver cannot read a GPU: {said}',
    cause: 'nvidia-smi shows an error where a figure should be.',
    remedy: 'Drain the node and reset the GPU; reboot if that fails.',
    falsifier: 'The figures are there when asked again.',
    reads: 'nvidia-smi fields',
    look: (facts) =>
      facts.gpus.flatMap((gpu): Hit[] => {
        const first = gpu.broken?.[0]
        if (!first) return []
        const text = gpu.broken!.map(({ field, said }) => `${field}: ${said}`).join(', ')
        const { cluster, node, index } = gpu
        return [
          {
            cluster,
            node,
            gpu: index,
            evidence: [{ source: `nvidia-smi, ${cluster}/${node} GPU ${index}`, text }],
            values: { said: first.said },
          },
        ]
      }),
  },
  {
    id: 'no-telemetry',
    severity: 'warning',
    title: 'GPU nodes that tell nothing',
    cause: 'They have GPUs by their labels, and neither DCGM nor nvidia-smi says a figure of them.',
    remedy: 'Look at dcgm-exporter on these nodes and at its target in Prometheus.',
    falsifier: 'DCGM series of the node are in Prometheus.',
    reads: 'node labels against DCGM and nvidia-smi',
    look: (facts) =>
      facts.silent.map(({ cluster, node, physical, capacity }) => ({
        cluster,
        node,
        evidence: [
          { source: `node ${cluster}/${node}`, text: `${physical ?? capacity} GPUs by its labels, no figure of any` },
        ],
      })),
  },
  {
    id: 'gpu-pods-failing',
    severity: 'warning',
    title: 'The {component} pod is not ready',
    cause: 'A part of the GPU software does not run: {reason}.',
    remedy: 'Look at that pod with diagnose_pod.',
    falsifier: 'The pod is ready, or the node is being set up right now.',
    reads: 'pods of driver, toolkit, device plugin, DCGM, feature discovery, validator',
    look: (facts) =>
      facts.agents.flatMap((agent): Hit[] => {
        const owner = facts.nodes.find(({ node }) => node === agent.node)
        if (agent.ready || !owner) return []
        const { component, reason = 'not ready', namespace, pod, node } = agent
        return [
          {
            cluster: owner.cluster,
            node,
            evidence: [{ source: `pod ${namespace}/${pod}`, text: reason }],
            values: { component, reason },
          },
        ]
      }),
  },
  {
    id: 'gpu-pods-missing',
    severity: 'warning',
    title: 'No {component} pod on a GPU node',
    cause: 'Other GPU nodes of the cluster have one: a taint or a label keeps it off.',
    remedy: 'Compare taints and nvidia.com/gpu.deploy.* labels with a node that has it.',
    falsifier: 'The driver or plugin is part of the node’s image.',
    reads: 'pods of driver, device plugin and dcgm-exporter by node',
    look: (facts) =>
      facts.nodes.flatMap((node): Hit[] =>
        (['driver', 'device-plugin', 'dcgm-exporter'] as const).flatMap((component) => {
          const peers = facts.nodes.filter(({ cluster }) => cluster === node.cluster)
          const having = peers.filter((peer) =>
            facts.agents.some((agent) => agent.node === peer.node && agent.component === component),
          )
          if (having.length < peers.length / 2 || having.includes(node)) return []
          return [
            {
              cluster: node.cluster,
              node: node.node,
              evidence: [
                {
                  source: `pods on ${nodeName(node)}`,
                  text: `none; ${having.length} of ${peers.length} GPU nodes have one`,
                },
              ],
              values: { component },
            },
          ]
        }),
      ),
  },
  {
    id: 'driver-skew',
    severity: 'info',
    title: 'Driver versions differ within a cluster',
    cause: 'Most GPU nodes have {common}, these do not: a rollout in progress, or one that stopped.',
    remedy: 'Finish the driver rollout, or say on purpose why they differ.',
    falsifier: 'A rollout is going on now.',
    reads: 'feature discovery labels',
    look: (facts) =>
      facts.nodes.flatMap((node): Hit[] => {
        const peers = facts.nodes.filter((peer) => peer.cluster === node.cluster && peer.driver)
        const counts = Map.groupBy(peers, (peer) => peer.driver!)
        const common = [...counts].sort((left, right) => right[1].length - left[1].length)[0]
        if (!node.driver || !common || counts.size === 1 || node.driver === common[0]) return []
        return [
          {
            cluster: node.cluster,
            node: node.node,
            evidence: [{ source: `node ${nodeName(node)}`, text: `driver ${node.driver}` }],
            values: { common: common[0] },
          },
        ]
      }),
  },
  {
    id: 'driver-not-reloaded',
    severity: 'warning',
    title: 'The running driver is not the one the node says it has',
    cause:
      'Label and device tell different versions: the node was not rebooted after an update, or feature discovery is stuck.',
    remedy: 'Drain and reboot the node, or restart gpu-feature-discovery.',
    falsifier: 'Both tell the same version a few minutes later.',
    reads: 'feature discovery labels against DCGM and nvidia-smi',
    look: perNode((node, { gpus }) => {
      const running = gpus.find((gpu) => gpu.cluster === node.cluster && gpu.node === node.node && gpu.driver)?.driver
      return running && node.driver && /^\d+\.\d+\.\d+$/.test(node.driver) && running !== node.driver
        ? { text: `label ${node.driver}, running ${running}` }
        : undefined
    }),
  },
  {
    id: 'persistence-off',
    severity: 'info',
    title: 'Persistence mode is off',
    cause: 'The driver unloads when the last program ends: starts are slow and error counters are lost.',
    remedy: 'Run nvidia-persistenced on the node (the GPU operator’s driver pod does).',
    falsifier: 'nvidia-persistenced runs there under another mode.',
    reads: 'nvidia-smi persistence mode',
    look: (facts) =>
      facts.gpus.flatMap((gpu): Hit[] => {
        const { cluster, node, index } = gpu
        const first = facts.gpus.find(
          (other) => other.node === node && other.cluster === cluster && other.persistenceOn === 0,
        )
        return first === gpu
          ? [
              {
                cluster,
                node,
                gpu: index,
                evidence: [{ source: `nvidia-smi, ${cluster}/${node}`, text: 'persistence mode disabled' }],
              },
            ]
          : []
      }),
  },
]
