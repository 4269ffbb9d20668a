import type { GpuCheck, Hit } from './facts.ts'

/** Nodes whose nvidia-smi failed for one reason. */
export const smiHits = (facts: Parameters<GpuCheck['look']>[0], ...kinds: string[]): Hit[] =>
  facts.smi.flatMap(({ cluster, node, answer }): Hit[] => {
    const { failure } = answer
    if (!failure || !kinds.includes(failure.kind)) return []
    const code = failure.exitCode === undefined ? '' : ` (exit code ${failure.exitCode})`
    return [
      {
        cluster,
        node,
        evidence: [{ source: `nvidia-smi, ${cluster}/${node}`, text: `${failure.said || failure.meaning}${code}` }],
      },
    ]
  })
