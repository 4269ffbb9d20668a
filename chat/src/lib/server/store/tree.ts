/** A message as the tree of a conversation knows it. A parent is always written before its children. */
export interface Node {
  id: string
  parentId: string | null
  position: number
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

/** Ids that stand where each message stands, itself among them, in the order of writing. `nodes` likewise. */
export function alternativesIn(nodes: readonly Node[]): (id: string) => string[] {
  const children = new Map<string | null, string[]>()
  const parents = new Map<string, string | null>()
  for (const { id, parentId } of nodes) {
    parents.set(id, parentId)
    const known = children.get(parentId)
    if (known) known.push(id)
    else children.set(parentId, [id])
  }
  return (id) => children.get(parents.get(id) ?? null) ?? [id]
}
