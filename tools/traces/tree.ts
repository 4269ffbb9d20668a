import type { Span } from '../clients/tempo/types.ts'

export interface ClusterSpan extends Span {
  cluster: string
}

/** A span in its place. Times are milliseconds since 1970, after clocks were put right. */
export interface Node {
  span: ClusterSpan
  parent?: Node
  children: Node[]
  depth: number
  startMs: number
  endMs: number
  /** Time in which none of its children ran */
  selfMs: number
  /** Its own share of the critical path: what the trace would be shorter by, were it instant */
  criticalMs: number
}

export interface Skew {
  from: string
  to: string
  ms: number
}

export interface Tree {
  /** Where the trace begins: the earliest root that has no missing parent, else the earliest */
  root: Node
  roots: Node[]
  /** All, parents before children, siblings by start */
  nodes: Node[]
  startMs: number
  endMs: number
  /** Spans whose parent never arrived */
  orphans: Node[]
  /** Clocks that disagree, worst first: one entry for each pair of services */
  skews: Skew[]
}

const byStart = (a: Node, b: Node) => a.startMs - b.startMs || b.endMs - a.endMs

/** Same id twice is one call seen from both ends (Zipkin): the server's span goes under the client's. */
function link(nodes: Node[]): { roots: Node[]; orphans: Node[] } {
  const byId = new Map<string, Node>()
  const clients = new Map<string, Node>()
  for (const node of nodes) {
    const { spanId, kind } = node.span
    const twin = byId.get(spanId)
    if (kind === 'client' && twin) clients.set(spanId, node)
    else {
      if (twin?.span.kind === 'client') clients.set(spanId, twin)
      byId.set(spanId, node)
    }
  }
  const roots: Node[] = []
  const orphans: Node[] = []
  for (const node of nodes) {
    const { spanId, parentSpanId } = node.span
    const client = clients.get(spanId)
    const parent = client && client !== node ? client : parentSpanId === undefined ? undefined : byId.get(parentSpanId)
    if (parent && parent !== node && !isAbove(node, parent)) {
      node.parent = parent
      parent.children.push(node)
      continue
    }
    roots.push(node)
    if (parentSpanId !== undefined) orphans.push(node)
  }
  return { roots, orphans }
}

/** Whether `node` is already above `other`: a span that is its own ancestor would never end. */
function isAbove(node: Node, other: Node): boolean {
  if (node.children.length === 0) return false
  for (let at: Node | undefined = other; at; at = at.parent) if (at === node) return true
  return false
}

/**
 * Where a server's span does not lie within its client's, their clocks differ: it is moved into the middle, with all below it, as
 * Jaeger does. A consumer or a background task may well outlive its parent.
 */
function shiftOf(node: Node, parent: Node): number {
  if (node.span.service === parent.span.service || node.span.kind !== 'server') return 0
  const early = parent.startMs - node.startMs
  const late = node.endMs - parent.endMs
  if (early <= 1 && late <= 1) return 0
  const room = parent.endMs - parent.startMs - (node.endMs - node.startMs)
  // One that takes longer than its caller waited was given up by it; only its start can be wrong.
  if (room < 0) return early > 1 ? early : 0
  return early + room / 2
}

/** Time covered by the children, each clipped to its parent. */
function covered({ children, startMs, endMs }: Node): number {
  let sum = 0
  let until = startMs
  for (const child of children) {
    const from = Math.max(child.startMs, until)
    const to = Math.min(child.endMs, endMs)
    if (to <= from) continue
    sum += to - from
    until = to
  }
  return sum
}

/** From the end of a span backwards: whoever finished last held it up; what no child covers is its own. */
function markCriticalPath(root: Node): void {
  const work: [Node, number, number][] = [[root, root.startMs, root.endMs]]
  while (work.length > 0) {
    const [node, from, to] = work.pop()!
    let cursor = to
    const lastFirst = [...node.children].sort((a, b) => b.endMs - a.endMs || b.startMs - a.startMs)
    for (const child of lastFirst) {
      const end = Math.min(child.endMs, to)
      // It ran beside one that finished later, or outside of its parent.
      const begin = Math.max(child.startMs, from)
      if (end > cursor || end < begin) continue
      node.criticalMs += cursor - end
      work.push([child, begin, end])
      cursor = begin
    }
    node.criticalMs += cursor - from
  }
}

/** The tree of a trace's spans. `spans` holds at least one. */
export function buildTree(spans: readonly ClusterSpan[]): Tree {
  const made = spans.map(
    (span): Node => ({
      span,
      children: [],
      depth: 0,
      startMs: span.startMs,
      endMs: span.startMs + span.durationMs,
      selfMs: 0,
      criticalMs: 0,
    }),
  )
  const { roots, orphans } = link(made)
  roots.sort(byStart)
  const skews = new Map<string, Skew>()
  const nodes: Node[] = []
  const stack = [...roots].reverse()
  const shifts = new Map<Node, number>()
  while (stack.length > 0) {
    const node = stack.pop()!
    const { parent } = node
    if (parent) {
      const inherited = shifts.get(parent) ?? 0
      node.startMs += inherited
      node.endMs += inherited
      const shift = shiftOf(node, parent)
      if (shift !== 0) note(skews, { from: parent.span.service, to: node.span.service, ms: shift })
      node.startMs += shift
      node.endMs += shift
      if (inherited + shift !== 0) shifts.set(node, inherited + shift)
      node.depth = parent.depth + 1
    }
    nodes.push(node)
    node.children.sort(byStart)
    for (let index = node.children.length - 1; index >= 0; index -= 1) stack.push(node.children[index]!)
  }
  for (const node of nodes) {
    node.children.sort(byStart)
    node.selfMs = Math.max(0, node.endMs - node.startMs - covered(node))
  }
  const lost = new Set(orphans)
  const root = roots.find((node) => !lost.has(node)) ?? roots[0]!
  markCriticalPath(root)
  return {
    root,
    roots,
    nodes,
    startMs: nodes.reduce((least, node) => Math.min(least, node.startMs), Number.POSITIVE_INFINITY),
    endMs: nodes.reduce((most, node) => Math.max(most, node.endMs), 0),
    orphans,
    skews: [...skews.values()].sort((a, b) => Math.abs(b.ms) - Math.abs(a.ms)),
  }
}

function note(skews: Map<string, Skew>, skew: Skew): void {
  const key = `${skew.from} ${skew.to}`
  const known = skews.get(key)
  if (!known || Math.abs(known.ms) < Math.abs(skew.ms)) skews.set(key, skew)
}
