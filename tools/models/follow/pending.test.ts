import { describe, expect, it } from 'vitest'
import { pendingWords, readPending } from './pending.ts'

const karpenter = { name: 'Karpenter', isHealthy: true }

describe('why a pod has no node (MOD-062)', () => {
  it.each([
    ['0/5 nodes are available: 5 Insufficient nvidia.com/gpu. preemption: 0/5 …', ['gpu'], true],
    ['0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.', ['cpu', 'memory'], true],
    ['0/2 nodes are available: 2 node(s) had untolerated taint {dedicated: training}.', ['taint'], false],
    ['0/2 nodes are available: 2 node(s) had untolerated taint {a: b, c}.', ['taint'], false],
    ['0/4 nodes are available: 4 node(s) had untolerated taint(s).', ['taint'], false],
    ["0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.", ['selector'], false],
    ["0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.", ['affinity'], false],
    ["0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.", ['spread'], false],
    ['0/2 nodes are available: persistentvolumeclaim "weights" not found.', ['pvc'], false],
    ['0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.', ['pvc'], false],
    ['0/2 nodes are available: 2 node(s) had volume node affinity conflict.', ['pvc'], false],
    ['0/2 nodes are available: 1 node(s) were unschedulable, 1 Insufficient nvidia.com/gpu.', ['node', 'gpu'], true],
    ['0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.', ['node'], false],
    ['something new', ['other'], false],
  ])('%s', (message, lacks, helped) => {
    const { parts, autoscalerCanHelp } = readPending(message)
    expect(parts.map(({ lack }) => lack)).toEqual(lacks)
    expect(autoscalerCanHelp).toBe(helped)
  })

  it('counts nodes, most of them first, and says who can help', () => {
    const said =
      "0/6 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 5 Insufficient nvidia.com/gpu."
    expect(readPending(said).nodes).toBe(6)
    expect(pendingWords(said, karpenter)).toBe(
      '5 nodes with too few free nvidia.com/gpu, 1 node without the labels asked for; Karpenter can add a node',
    )
    expect(pendingWords(said, undefined)).toContain('there is no cluster autoscaler')
    expect(pendingWords(said, { ...karpenter, isHealthy: false })).toContain('does not look healthy')
  })
})
