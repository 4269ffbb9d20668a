import * as z from 'zod'
import { type ClusterAnswer, cards, type EmptyPayload, type Node } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, labelSelector, limit, matchesLoosely, matchesText, optionalWord, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { labelKeys } from '../label-selector.ts'
import { lines, tsv } from '../text.ts'
import { readGpuLoads } from './gpu-load.ts'
import { type ClusterNodes, readNodes } from './node-rows.ts'
import { readProviderNodes } from './provider-nodes.ts'
import { readRayNodes } from './ray-nodes.ts'

const input = z.strictObject({
  clusters,
  kinds: z
    .array(z.enum(['kubernetes', 'ray', 'provider']))
    .optional()
    .describe('Kinds'),
  pool: optionalWord('Node pool'),
  gpuModel: optionalWord('Part of it: H100'),
  status: z.enum(['ready', 'not-ready', 'cordoned', 'busy', 'offline', 'unknown']).optional().describe('State'),
  minFreeGpus: z.number().optional().describe('On one node'),
  labelSelector,
  text,
  limit,
})
type Input = z.output<typeof input>
type Ctx = Context<'fleet' | 'kubernetes', 'ray' | 'prometheus'>

/** Machines of every kind in one shape (NOD-001, NOD-007, NOD-008, NOD-014, NOD-033). */
export const listNodes = defineTool({
  name: 'list_nodes',
  title: 'Nodes and free GPUs',
  about:
    'Machines with GPUs used and free, and health. Free GPUs: minFreeGpus 1. GPU load, heat, errors: get_gpu_nodes.',
  risk: 'read',
  card: 'nodes',
  needs: ['fleet', 'kubernetes'],
  uses: ['ray', 'prometheus'],
  input,
  output: cards.nodes.payload,
  examples: [
    { minFreeGpus: 1 },
    { clusters: ['gpu-east'], gpuModel: 'H100', status: 'ready' },
    { labelSelector: 'tier=inference' },
  ],
  route: { method: 'GET', path: '/nodes' },
  access: [
    { verbs: ['list', 'watch'], group: '', resource: 'nodes' },
    { verbs: ['list', 'watch'], group: '', resource: 'pods' },
  ],
  text: ({ title, summary, nodes }) =>
    lines(
      `${title}: ${summary.ready} ready; GPUs ${summary.gpuCapacity}, used ${summary.gpuUsed}, free ${summary.gpuFree}`,
      summary.byModel.length > 0 &&
        `by model: ${summary.byModel.map((row) => `${row.gpuModel} ${row.free} free of ${row.capacity}`).join(', ')}`,
      tsv(
        ['kind', 'cluster', 'node', 'status', 'free', 'used', 'gpus', 'model', 'pool', 'reason', 'labels'],
        nodes.map((node) => [
          node.kind,
          node.cluster,
          node.name,
          node.status,
          node.gpuFree,
          node.gpuUsed,
          node.gpuCapacity,
          node.gpuModel,
          node.pool,
          node.reason,
          node.labels &&
            Object.entries(node.labels)
              .map(([key, value]) => `${key}=${value}`)
              .join(','),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { rows, labels, answers } = await gather(input, ctx)
    const kept = rows.filter((row) => keep(row, input))
    if (kept.length === 0) return { empty: explain(rows, input), clusters: answers }
    kept.sort(input.minFreeGpus === undefined ? byTrouble : byFree)
    const shown = kept.map((row) => withLabels(row, labels.get(row.id) ?? {}, labelKeys(input.labelSelector)))
    const title = `${kept.length} node${kept.length === 1 ? '' : 's'}`
    return { data: { title, summary: summarise(kept), nodes: shown }, clusters: answers }
  },
})

async function gather(input: Input, ctx: Ctx) {
  const { kubernetes, ray } = ctx.clients
  const wants = (kind: Node['kind']) => input.kinds?.includes(kind) ?? kind !== 'provider'
  const rayNames = ray ? ray.names() : []
  const named = input.clusters?.filter((name) => rayNames.includes(name) && !kubernetes.names().includes(name)) ?? []
  const others = input.clusters?.filter((name) => !named.includes(name))
  const onlyRay = named.length > 0 && others?.length === 0
  const names = wants('kubernetes') && !onlyRay ? ctx.scopeOf(kubernetes, others) : []
  const rayHeads =
    ray && wants('ray') && (!input.clusters?.length || named.length > 0)
      ? ctx.scopeOf({ names: () => rayNames }, named)
      : []
  const [clustersRead, raysRead, providers, loads] = await Promise.all([
    ctx.fanOut(names, (name, signal, begun) =>
      readNodes(kubernetes.for(name), { signal, begun, labelSelector: input.labelSelector }),
    ),
    ctx.fanOut(ray ? rayHeads.filter((name) => rayNames.includes(name)) : [], (name, signal) =>
      readRayNodes(ray!.for(name), signal),
    ),
    wants('provider') ? readProviderNodes(ctx) : [],
    readGpuLoads(ctx, names),
  ])
  const answers: ClusterAnswer[] = [...clustersRead.clusters, ...raysRead.clusters]
  if (providers.length === 0)
    requireSome<unknown>({ values: [...clustersRead.values, ...raysRead.values], clusters: answers })
  const kube = clustersRead.values.map(({ value }) => value)
  const labels = new Map(kube.flatMap((value) => [...value.labels]))
  const bare = raysRead.values.flatMap(({ value }) =>
    value.rows.filter((row) => input.kinds?.includes('ray') || !isPod(value.addresses.get(row.id), kube)),
  )
  const machines = kube.flatMap(({ rows }) =>
    rows.map((row) => (row.gpuCapacity > 0 ? { ...row, ...loads(row.cluster, row.name) } : row)),
  )
  return { rows: [...machines, ...bare, ...providers], labels, answers }
}

/** A Ray node that runs as a pod is on a machine that is listed already; its GPUs must not count twice. */
const isPod = (address: string | undefined, kube: ClusterNodes[]) =>
  address !== undefined && kube.some(({ rayAddresses }) => rayAddresses.has(address))

function keep(row: Node, input: Input): boolean {
  const { pool, gpuModel, status, minFreeGpus, text: wanted } = input
  return (
    (pool === undefined || row.pool === pool) &&
    matchesLoosely(gpuModel, row.gpuModel) &&
    (status === undefined || row.status === status) &&
    row.gpuFree >= (minFreeGpus ?? 0) &&
    // The API server has filtered its nodes by label; other kinds have none.
    (input.labelSelector === undefined || row.kind === 'kubernetes') &&
    matchesText(wanted, [row.name, row.cluster, row.pool, row.region, row.gpuModel, row.reason])
  )
}

function withLabels(row: Node, labels: Record<string, string>, asked: string[]): Node {
  if (asked.length === 0) return row
  return { ...row, labels: Object.fromEntries(asked.flatMap((key) => (key in labels ? [[key, labels[key]!]] : []))) }
}

const trouble: Record<Node['status'], number> = {
  'not-ready': 0,
  offline: 1,
  unknown: 2,
  cordoned: 3,
  busy: 4,
  ready: 5,
}
const byName = (left: Node, right: Node) => left.id.localeCompare(right.id)
const byTrouble = (left: Node, right: Node) =>
  trouble[left.status] - trouble[right.status] ||
  Number(right.reason !== undefined) - Number(left.reason !== undefined) ||
  right.gpuFree - left.gpuFree ||
  byName(left, right)
const byFree = (left: Node, right: Node) => right.gpuFree - left.gpuFree || byName(left, right)

function summarise(rows: Node[]) {
  const byModel = new Map<string, { gpuModel: string; capacity: number; free: number }>()
  const summary = { nodes: rows.length, ready: 0, gpuCapacity: 0, gpuUsed: 0, gpuFree: 0 }
  for (const row of rows) {
    if (row.status === 'ready') summary.ready++
    summary.gpuCapacity += row.gpuCapacity
    summary.gpuUsed += row.gpuUsed
    summary.gpuFree += row.gpuFree
    if (row.gpuCapacity === 0) continue
    const gpuModel = row.gpuModel ?? 'unknown model'
    const model = byModel.get(gpuModel) ?? { gpuModel, capacity: 0, free: 0 }
    model.capacity += row.gpuCapacity
    model.free += row.gpuFree
    byModel.set(gpuModel, model)
  }
  return { ...summary, byModel: [...byModel.values()].sort((left, right) => right.capacity - left.capacity) }
}

function explain(rows: Node[], input: Input): EmptyPayload {
  if (rows.length === 0)
    return {
      title: 'There are no nodes here',
      likely: ['The clusters asked have no nodes yet, or the account may not list them'],
      next: ['list_clusters'],
    }
  const likely: string[] = []
  const { minFreeGpus = 0, gpuModel } = input
  const most = rows
    .filter((row) => matchesLoosely(gpuModel, row.gpuModel))
    .reduce((best, row) => Math.max(best, row.gpuFree), 0)
  if (minFreeGpus > 0)
    likely.push(`Of ${rows.length} nodes the most free GPUs${gpuModel ? ` (${gpuModel})` : ''} on one node are ${most}`)
  const models = [...new Set(rows.flatMap((row) => row.gpuModel ?? []))]
  if (gpuModel && !models.some((model) => matchesLoosely(gpuModel, model)))
    likely.push(`No node has a ${gpuModel}; models here: ${models.join(', ') || 'none'}`)
  const pools = [...new Set(rows.flatMap((row) => row.pool ?? []))]
  if (input.pool && !pools.includes(input.pool))
    likely.push(`No such pool; pools here: ${pools.slice(0, 20).join(', ')}`)
  if (likely.length === 0) likely.push(`${rows.length} nodes are known; none passes every filter`)
  return {
    title: 'No node matches',
    likely,
    next: ['list_nodes with fewer filters', 'list_pods with problemsOnly to see what waits for GPUs'],
  }
}
