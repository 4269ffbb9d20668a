import type { Node, Pod } from './shapes.ts'

const factors: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** `500m` → 0.5, `4Gi` → 4294967296, `1e3` → 1000; undefined where it is no quantity. Source: apimachinery's resource.Quantity. */
export function quantity(text: string | number | undefined): number | undefined {
  if (typeof text === 'number') return text
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text?.trim() ?? '')
  if (!match) return undefined
  return Number(`${match[1]}${match[2] ?? ''}`) * factors[match[3] ?? '']!
}

/** Whole GPUs, shared GPUs and MIG slices that a scheduler hands out; each counts as one. */
export const isGpuResource = (name: string): boolean =>
  /^(nvidia\.com\/(gpu(\.shared)?|mig-[\w.]+)|amd\.com\/gpu|gpu\.intel\.com\/(xe|i915)|habana\.ai\/gaudi)$/.test(name)

export function sumGpus(resources: Record<string, string> | undefined): number {
  let total = 0
  for (const [name, value] of Object.entries(resources ?? {})) if (isGpuResource(name)) total += quantity(value) ?? 0
  return Math.round(total)
}

/** GPUs that a pod holds: its containers and sidecars together, or its greediest init container if that needs more. */
export function podGpus(pod: Pod): number {
  const of = (resources: { requests?: Record<string, string>; limits?: Record<string, string> } | undefined) =>
    Math.max(sumGpus(resources?.requests), sumGpus(resources?.limits))
  let running = 0
  for (const container of pod.spec.containers ?? []) running += of(container.resources)
  let greediest = 0
  for (const init of pod.spec.initContainers ?? [])
    if (init.restartPolicy === 'Always') running += of(init.resources)
    else greediest = Math.max(greediest, of(init.resources))
  return Math.max(running, greediest)
}

/** A pod that still holds what it asked for. */
export const holdsResources = (pod: Pod): boolean => pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed'

const poolLabels = [
  'node-pool',
  'nodepool',
  'karpenter.sh/nodepool',
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
  'doks.digitalocean.com/node-pool',
  'node.kubernetes.io/pool',
  'hypershift.openshift.io/nodePool',
  'pool',
]

/** The pool a node belongs to: the label of whoever made it, else its role. */
export function poolOf(node: Node): string | undefined {
  const labels = node.metadata.labels ?? {}
  const named = poolLabels.find((label) => labels[label])
  if (named) return labels[named]
  const role = Object.keys(labels).find((label) => label.startsWith('node-role.kubernetes.io/'))
  return role?.slice('node-role.kubernetes.io/'.length)
}

const gpuModelLabels = ['nvidia.com/gpu.product', 'amd.com/gpu.product-name', 'gpu.intel.com/product']

/** GPU model as its feature discovery names it, with spaces: `NVIDIA H100 80GB HBM3`. */
export function gpuModelOf(node: Node): string | undefined {
  const labels = node.metadata.labels ?? {}
  const named = gpuModelLabels.find((label) => labels[label])
  return named && labels[named]!.replace(/-/g, ' ')
}
