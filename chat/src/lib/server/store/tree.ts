/** A message as the tree of a conversation knows it. A parent is always written before its children. */
export interface Node {
  id: string
  parentId: string | null
  position: number
  role: 'system' | 'user' | 'assistant'
}

/** The way from the first message down to `head`; empty when there is no such message. */
export function branchOf<N extends Node>(nodes: readonly N[], head: string | null): N[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const branch: N[] = []
  let node = head === null ? undefined : byId.get(head)
  while (node) {
    branch.push(node)
    const parent: N | undefined = node.parentId === null ? undefined : byId.get(node.parentId)
    // Data that somebody changed by hand must not turn this into an endless loop
    node = parent && parent.position < node.position ? parent : undefined
  }
  return branch.reverse()
}

/** What was written last below a message, or the message itself: always a leaf. `nodes` in the order of writing. */
export function newestBelow(nodes: readonly Node[], id: string): string {
  const below = new Set([id])
  let last = id
  for (const node of nodes) {
    if (node.parentId === null || !below.has(node.parentId)) continue
    below.add(node.id)
    last = node.id
  }
  return last
}

/**
 * Ids that stand where each message stands, itself among them, in the order of writing: other answers to the same question, or
 * other questions after the same message. An answer is no alternative to a question, though both may follow one that was never
 * answered. `nodes` likewise.
 */
export function alternativesIn(nodes: readonly Node[]): (id: string) => string[] {
  const groups = new Map<string, string[]>()
  const groupOf = new Map<string, string[]>()
  for (const { id, parentId, role } of nodes) {
    const key = `${role} ${parentId ?? ''}`
    const group = groups.get(key) ?? []
    group.push(id)
    groups.set(key, group)
    groupOf.set(id, group)
  }
  return (id) => groupOf.get(id) ?? [id]
}
