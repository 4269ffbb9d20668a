import type { Finding } from '#contract'
import type { Claim } from '../claims.ts'
import type { Fault } from '../fold.ts'
import type { Gpu } from '../gpu.ts'
import type { Agent, GpuNode, GpuPod } from '../kube.ts'
import type { SmiAnswer } from '../smi/read.ts'

export type Evidence = Finding['evidence'][number]

/** What the checks look at: the GPUs of all clusters asked, and everything around them. */
export interface HealthFacts {
  now: Date
  /** How far back, in words: 24h */
  window: string
  gpus: readonly Gpu[]
  /** Driver errors of the time looked at, folded; those that only a moved DCGM gauge tells are among them */
  faults: readonly Fault[]
  nodes: readonly GpuNode[]
  pods: readonly GpuPod[]
  agents: readonly Agent[]
  claims: readonly (Claim & { cluster: string })[]
  /** Clusters in which a ComputeDomain is active */
  withComputeDomain: ReadonlySet<string>
  smi: readonly { cluster: string; node: string; answer: SmiAnswer }[]
  /** GPU nodes that tell nothing */
  silent: readonly GpuNode[]
  /** How much counters grew in the last hour, by `cluster/uuid` */
  growth: { pcieReplays: ReadonlyMap<string, number>; nvlinkErrors: ReadonlyMap<string, number> }
}

/** One place where a check saw something. */
export interface Hit {
  cluster: string
  node?: string
  /** Index of the GPU */
  gpu?: number
  evidence: Evidence[]
  values?: Record<string, string | number | undefined>
}

/** One named check: silent unless it has evidence. `{name}` in its words is filled from what it saw. */
export interface GpuCheck {
  id: string
  severity: Finding['severity']
  title: string
  cause: string
  remedy: string
  /** What would show that it is wrong */
  falsifier: string
  /** What it reads, for the docs */
  reads: string
  look: (facts: HealthFacts) => Hit[]
}

export const gpuName = (gpu: Gpu): string =>
  `${gpu.cluster}/${gpu.node} GPU ${gpu.index}${gpu.mig ? ` ${gpu.mig}` : ''}`
export const nodeName = ({ cluster, node }: { cluster: string; node: string }): string => `${cluster}/${node}`

/** Evidence of a figure of a GPU, with its source. */
export const figureEvidence = (gpu: Gpu, text: string, figure?: keyof NonNullable<Gpu['sources']>): Evidence => ({
  source: `${(figure && gpu.sources?.[figure]) ?? 'dcgm'}, ${gpuName(gpu)}`,
  text,
})

/** A hit for each GPU that `test` says something of. */
export const perGpu =
  (
    test: (
      gpu: Gpu,
      facts: HealthFacts,
    ) => { text: string; figure?: keyof NonNullable<Gpu['sources']>; values?: Hit['values'] } | undefined,
  ): GpuCheck['look'] =>
  (facts) =>
    facts.gpus.flatMap((gpu): Hit[] => {
      const seen = test(gpu, facts)
      if (!seen) return []
      const { cluster, node, index } = gpu
      return [
        {
          cluster,
          node,
          gpu: index,
          evidence: [figureEvidence(gpu, seen.text, seen.figure)],
          ...(seen.values && { values: seen.values }),
        },
      ]
    })

/** A hit for each node that `test` says something of. */
export const perNode =
  (
    test: (
      node: GpuNode,
      facts: HealthFacts,
    ) => { text: string; source?: string; at?: string | undefined; values?: Hit['values'] } | undefined,
  ): GpuCheck['look'] =>
  (facts) =>
    facts.nodes.flatMap((node): Hit[] => {
      const seen = test(node, facts)
      if (!seen) return []
      const { text, source = 'node', at, values } = seen
      return [
        {
          cluster: node.cluster,
          node: node.node,
          evidence: [{ source: `${source} ${nodeName(node)}`, text, ...(at && { at }) }],
          ...(values && { values }),
        },
      ]
    })
