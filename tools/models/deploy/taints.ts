import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { asNode, gpuModelOf } from '../../kubernetes/service.ts'
import type { DeploymentConfig } from '../config.ts'
import { admissible } from './placement.ts'

export interface Barrier {
  /** dedicated=training:NoSchedule */
  taint: string
  nodes: string[]
}

/** Put there by Kubernetes about the state of a node, which nobody should tolerate; and the one that every worker tolerates. */
const isOwn = (key: string) => key.startsWith('node.kubernetes.io/') || key === 'nvidia.com/gpu'

/** Taints that keep workers off GPU nodes they could go to by label. */
export function barriersOf(
  nodes: readonly KubeObject[],
  { nodeSelector, tolerations }: Pick<DeploymentConfig, 'nodeSelector' | 'tolerations'>,
): Barrier[] {
  const found = new Map<string, string[]>()
  for (const object of admissible(nodes, { nodeSelector, tolerations })) {
    const node = asNode(object)
    if (gpuModelOf(node) === undefined) continue
    for (const { key, value, effect } of node.spec.taints ?? []) {
      if (isOwn(key) || effect === 'PreferNoSchedule') continue
      const taint = `${key}${value ? `=${value}` : ''}:${effect}`
      found.set(taint, [...(found.get(taint) ?? []), node.metadata.name])
    }
  }
  return [...found].map(([taint, names]) => ({ taint, nodes: names }))
}

/** `dedicated=training:NoSchedule on a, b and 3 more`. */
export const barrierWords = (barriers: readonly Barrier[]): string =>
  barriers
    .slice(0, 4)
    .map(({ taint, nodes }) => {
      const more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : ''
      return `${taint} on ${nodes.slice(0, 3).join(', ')}${more}`
    })
    .join('; ')
