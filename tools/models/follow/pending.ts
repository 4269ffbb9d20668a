/** Why a pod has no node, as the scheduler says it, in words of ours (MOD-062). */

export type Lack = 'gpu' | 'cpu' | 'memory' | 'taint' | 'selector' | 'affinity' | 'spread' | 'pvc' | 'node' | 'other'

export interface PendingPart {
  lack: Lack
  /** Nodes of which this is true */
  nodes: number
  /** The resource or the taint, as the scheduler names it */
  what?: string
  words: string
}

export interface Pending {
  parts: PendingPart[]
  /** All nodes of the cluster, where the scheduler says it */
  nodes?: number
  /** A new node of the same kind would take the pod */
  autoscalerCanHelp: boolean
}

const shapes: readonly { lack: Lack; match: RegExp; words: (what: string) => string }[] = [
  {
    lack: 'gpu',
    match: /Insufficient ((?:nvidia\.com|amd\.com|gpu\.intel\.com|habana\.ai)\/[\w.-]+)/i,
    words: (what) => `with too few free ${what}`,
  },
  { lack: 'cpu', match: /Insufficient (cpu)/i, words: () => 'with too little free CPU' },
  { lack: 'memory', match: /Insufficient (memory)/i, words: () => 'with too little free memory' },
  {
    lack: 'node',
    match: /taints? \{(node\.kubernetes\.io\/[^}:\s]+)|were (unschedulable)/i,
    words: (what) => (what === 'unschedulable' ? 'cordoned' : `not fit for work (${what})`),
  },
  {
    lack: 'taint',
    // Since Kubernetes 1.35 the scheduler no longer says which
    match: /taints? \{([^}]+)\}|untolerated taint/i,
    words: (what) =>
      what === '' ? 'with taints that are not tolerated' : `tainted ${what.trim()}, which is not tolerated`,
  },
  {
    lack: 'selector',
    match: /didn't match (?:Pod's )?node (?:affinity\/selector|selector|affinity)/i,
    words: () => 'without the labels asked for',
  },
  {
    lack: 'spread',
    match: /topology spread constraints/i,
    words: () => 'excluded by spreading over nodes or zones',
  },
  {
    lack: 'pvc',
    match: /persistentvolumeclaim|volume node affinity|volume limits?|available persistent volumes/i,
    words: () => 'without access to its volume',
  },
  {
    lack: 'affinity',
    match: /(?:anti-)?affinity/i,
    words: () => 'excluded by affinity to other pods',
  },
]

/** `0/5 nodes are available: 3 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {a: b}. preemption: …` */
export function readPending(message: string): Pending {
  const nodes = /^0\/(\d+) nodes are available/.exec(message)?.[1]
  const said = message.replace(/\.? ?preemption: .*$/s, '').replace(/^0\/\d+ nodes are available: /, '')
  // A comma may stand inside the braces of a taint.
  const parts = said
    .replace(/\.$/, '')
    .split(/, (?=\d+ |persistentvolumeclaim|pod has unbound)(?![^{]*\})/i)
    .map(partOf)
  const blocking = parts.filter(({ lack }) => lack === 'gpu' || lack === 'cpu' || lack === 'memory')
  return {
    parts,
    ...(nodes !== undefined && { nodes: Number(nodes) }),
    // Some node would do if it were empty: another one like it would do now
    autoscalerCanHelp: blocking.length > 0 && !parts.some(({ lack }) => lack === 'pvc'),
  }
}

function partOf(text: string): PendingPart {
  const nodes = Number(/^(\d+) /.exec(text)?.[1] ?? 0)
  for (const { lack, match, words } of shapes) {
    const found = match.exec(text)
    if (!found) continue
    const what = found[1] ?? found[2]
    const name = words(what ?? '')
    return {
      lack,
      nodes,
      ...(what !== undefined && { what }),
      words: nodes > 0 ? `${nodes} ${nodes === 1 ? 'node' : 'nodes'} ${name}` : name,
    }
  }
  return { lack: 'other', nodes, words: text.replaceAll(' node(s) ', ' nodes ') }
}

/** A sentence: what no node has, and whether waiting can help. */
export function pendingWords(message: string, autoscaler: { name: string; isHealthy: boolean } | undefined): string {
  const { parts, autoscalerCanHelp } = readPending(message)
  const sorted = [...parts].sort((one, other) => other.nodes - one.nodes)
  const why = sorted.map(({ words }) => words).join(', ')
  if (!autoscalerCanHelp) return why
  if (!autoscaler) return `${why}; there is no cluster autoscaler: free GPUs or add nodes`
  return autoscaler.isHealthy
    ? `${why}; ${autoscaler.name} can add a node`
    : `${why}; ${autoscaler.name} is there and does not look healthy`
}
