import * as z from 'zod'
import { defineCard } from './card.ts'
import { tone } from './shared.ts'

/** Something that others depend on, or that depends on others. */
export const graphNode = z.strictObject({
  id: z.string(),
  label: z.string(),
  kind: z.string().optional().describe('service, pod, node, cluster …'),
  cluster: z.string().optional(),
  state: z.string().optional(),
  tone: tone.optional(),
  detail: z.string().optional(),
})
export type GraphNode = z.output<typeof graphNode>

/** `source` uses `target`. */
export const graphEdge = z.strictObject({
  id: z.string(),
  source: z.string(),
  target: z.string(),
  cluster: z.string().optional(),
  label: z.string().optional().describe('What stands at the line, for example "12/s"'),
  state: z.string().optional(),
  tone: tone.optional(),
  weight: z.number().optional().describe('Heavier lines are drawn thicker'),
  errorPercent: z.number().optional(),
  p95Ms: z.number().optional(),
  from: z.string().optional().describe('What it was read from'),
})
export type GraphEdge = z.output<typeof graphEdge>

/** What depends on what. */
export const graph = defineCard({
  kind: 'graph',
  list: 'edges',
  payload: z.strictObject({
    title: z.string(),
    nodes: z.array(graphNode).describe('Nodes of the edges; one that is missing here is drawn by its id'),
    edges: z.array(graphEdge),
    note: z.string().optional().describe('Where it comes from and what it cannot show'),
  }),
  patch: z.strictObject({}),
})
