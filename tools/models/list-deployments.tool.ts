import * as z from 'zod'
import type { Column, Tone } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, matchesText, namespace, text } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import { type Phase, phases } from './runtimes/types.ts'
import { phaseOf } from './service.ts'

const row = z.strictObject({
  id: z.string().describe('cluster/namespace/name'),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  model: z.string(),
  engine: z.string().optional(),
  phase: z.enum(phases),
  phaseTone: z.string(),
  ready: z.string().describe('Ready of wanted worker replicas'),
  gpus: z.number().int().describe('GPUs of all workers'),
  reason: z.string().optional(),
  created: z.string().optional(),
})

const columns: Column[] = [
  { key: 'name', label: 'Deployment', type: 'code' },
  { key: 'model', label: 'Model', type: 'text' },
  { key: 'cluster', label: 'Cluster', type: 'text' },
  { key: 'engine', label: 'Engine', type: 'text' },
  { key: 'phase', label: 'Phase', type: 'state' },
  { key: 'ready', label: 'Ready', type: 'text' },
  { key: 'gpus', label: 'GPUs', type: 'number' },
  { key: 'created', label: 'Age', type: 'age' },
]

const tones: Record<Phase, Tone> = {
  running: 'good',
  deploying: 'busy',
  pending: 'warn',
  terminating: 'busy',
  failed: 'bad',
}

export const listDeployments = defineTool({
  name: 'list_deployments',
  title: 'Model deployments',
  about: 'Models served with NVIDIA Dynamo: phase, ready replicas, GPUs; troubled first. Latency: query_metrics.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'dynamo'],
  input: z.strictObject({
    clusters,
    namespace,
    phase: z.enum(phases).optional().describe('Phase'),
    text,
    limit,
  }),
  output: tableOf(row),
  examples: [{}, { clusters: ['gpu-east'], phase: 'failed' }],
  route: { method: 'GET', path: '/deployments' },
  access: [{ verbs: ['list'], group: 'nvidia.com', resource: 'dynamographdeployments' }],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      rows.some(({ reason }) => reason) && outsideNote,
      tsv(
        ['cluster', 'namespace', 'deployment', 'model', 'engine', 'phase', 'ready', 'gpus', 'created', 'reason'],
        rows.map((one) => [
          one.cluster,
          one.namespace,
          one.name,
          one.model,
          one.engine,
          one.phase,
          one.ready,
          one.gpus,
          shortTime(one.created),
          quoted(one.reason, 90),
        ]),
      ),
    ),
  async run(input, ctx) {
    const names = ctx.scopeOf(ctx.clients.dynamo, input.clusters)
    const read = await ctx.fanOut(names, (name, signal) =>
      ctx.clients.dynamo.for(name).list({ signal, ...(input.namespace && { namespace: input.namespace }) }),
    )
    const { values, clusters: asked } = requireSome(read)
    const rows = values
      .flatMap(({ value }) => value)
      .map((one): z.output<typeof row> => {
        const workers = one.components.filter(({ type }) => type !== 'frontend' && type !== 'planner' && type !== 'epp')
        const phase = phaseOf(one)
        const sum = (pick: (worker: (typeof workers)[number]) => number) =>
          workers.reduce((total, worker) => total + pick(worker), 0)
        return {
          id: `${one.cluster}/${one.namespace}/${one.name}`,
          cluster: one.cluster,
          namespace: one.namespace,
          name: one.name,
          model: one.model ?? 'unknown',
          ...(one.backend && { engine: one.backend }),
          phase,
          phaseTone: tones[phase],
          ready: `${sum((worker) => worker.readyReplicas)}/${sum((worker) => worker.replicas)}`,
          gpus: sum((worker) => worker.replicas * worker.gpusPerReplica),
          ...(phase !== 'running' && (one.message ?? one.reason) && { reason: cell(one.message ?? one.reason, 160) }),
          ...(one.createdAt && { created: one.createdAt }),
        }
      })
      .filter(
        (one) =>
          (!input.phase || one.phase === input.phase) &&
          matchesText(input.text, [one.name, one.model, one.cluster, one.namespace]),
      )
      .sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase) || a.id.localeCompare(b.id))
    if (rows.length === 0)
      return {
        clusters: asked,
        empty: {
          title: 'No model deployment matches',
          likely: ['Nothing is deployed with Dynamo on these clusters', 'The filter is too narrow'],
          next: ['list_deployments without filters', 'deploy_model to deploy one'],
        },
      }
    const count = (phase: string) => rows.filter((one) => one.phase === phase).length
    return {
      clusters: asked,
      data: {
        title: 'Model deployments',
        columns,
        rows,
        facts: [
          { label: 'Deployments', value: String(rows.length) },
          ...phases
            .filter((phase) => count(phase) > 0)
            .map((phase) => ({ label: phase, value: String(count(phase)), tone: tones[phase] })),
          { label: 'GPUs', value: String(rows.reduce((total, one) => total + one.gpus, 0)) },
        ],
      },
    }
  },
})
