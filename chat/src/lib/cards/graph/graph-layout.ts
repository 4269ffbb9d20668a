import { Graph, layout } from '@dagrejs/dagre'
import type { GraphEdge, GraphNode } from '#contract'

export interface PlacedNode extends GraphNode {
  x: number
  y: number
  width: number
}
export interface PlacedEdge extends GraphEdge {
  path: string
  /** Where its label stands */
  at: { x: number; y: number }
}
export interface PlacedGraph {
  nodes: PlacedNode[]
  edges: PlacedEdge[]
  width: number
  height: number
}

export const nodeHeight = 34
const letter = 7.2
const longest = 26

export const shortLabel = (label: string) => (label.length > longest ? `${label.slice(0, longest - 1)}…` : label)

/** Left to right in layers, callers before what they call (dagre). Parallel edges between two nodes each keep their own line. */
export function placeGraph(given: { nodes: readonly GraphNode[]; edges: readonly GraphEdge[] }): PlacedGraph {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 84, edgesep: 10, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  const known = new Map(given.nodes.map((node) => [node.id, node]))
  const ids = new Set([...known.keys(), ...given.edges.flatMap(({ source, target }) => [source, target])])
  for (const id of ids) {
    const { label = id } = known.get(id) ?? {}
    graph.setNode(id, { width: 34 + shortLabel(label).length * letter, height: nodeHeight })
  }
  for (const edge of given.edges) graph.setEdge(edge.source, edge.target, { width: 30, height: 14 }, edge.id)
  layout(graph)
  const nodes = [...ids].map((id) => {
    const { x, y, width } = graph.node(id) as { x: number; y: number; width: number }
    return { ...(known.get(id) ?? { id, label: id }), x, y, width }
  })
  const edges = given.edges.map((edge) => {
    const { points, x, y } = graph.edge(edge.source, edge.target, edge.id) as unknown as {
      points: { x: number; y: number }[]
      x?: number
      y?: number
    }
    const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 }
    return { ...edge, path: curve(points), at: { x: x ?? middle.x, y: y ?? middle.y } }
  })
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return { nodes, edges, width, height }
}

/** A line through the points whose corners are rounded. */
function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }))
  if (!first) return ''
  const parts = [`M${first.x},${first.y}`]
  rest.forEach((point, index) => {
    const next = rest[index + 1]
    parts.push(
      next ? `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}` : `L${point.x},${point.y}`,
    )
  })
  return parts.join('')
}
