import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { asNode } from '../shapes.ts'

/** What a plan about a node rests on. Its version is no part of it: heartbeats move that every few minutes. */
export function nodeGuard(object: KubeObject): Record<string, string> {
  const node = asNode(object)
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'
  return {
    node: node.metadata.uid ?? '',
    cordoned: String(node.spec.unschedulable === true),
    ready,
  }
}
