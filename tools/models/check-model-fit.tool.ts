import * as z from 'zod'
import type { Column } from '#contract'
import { defineTool } from '#define'
import { clusters, limit, wholeNumber, word } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { findPlacement, requireModel } from './service.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  gpuModel: z.string(),
  gpus: z.number().int().describe('GPUs per replica'),
  verdict: z.string(),
  verdictTone: z.string(),
  room: z.number().int().describe('Replicas that could start now'),
  free: z.number().int().describe('Free GPUs of this model'),
  reason: z.string(),
})

const columns: Column[] = [
  { key: 'cluster', label: 'Cluster', type: 'text' },
  { key: 'gpuModel', label: 'GPU', type: 'text' },
  { key: 'gpus', label: 'GPUs', type: 'number' },
  { key: 'verdict', label: 'Verdict', type: 'state' },
  { key: 'room', label: 'Room for replicas', type: 'number' },
  { key: 'reason', label: 'Why', type: 'text' },
]

const tones = { fits: 'good', 'fits-with-less-context': 'warn', 'does-not-fit': 'bad', unknown: 'neutral' }

export const checkModelFit = defineTool({
  name: 'check_model_fit',
  title: 'Does a model fit?',
  about: 'Whether a model fits on the GPUs free now: weights, cache, room for replicas.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input: z.strictObject({
    model: word.describe('e.g. Qwen3-8B'),
    gpus: wholeNumber(1, 8).default(1).describe('Per replica'),
    contextLength: wholeNumber(256, 100_000_000).optional().describe('Tokens; default: all it has'),
    clusters,
    limit,
  }),
  output: tableOf(row),
  examples: [{ model: 'Qwen3-8B' }, { model: 'meta-llama/Llama-3.3-70B-Instruct', gpus: 4 }],
  route: { method: 'GET', path: '/models/fit' },
  access: [
    { verbs: ['list'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
  ],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'gpu', 'verdict', 'room', 'free', 'why'],
        rows.map((one) => [one.cluster, one.gpuModel, one.verdict, one.room, one.free, one.reason]),
      ),
    ),
  async run(input, ctx) {
    const model = requireModel(input.model)
    const { kubernetes } = ctx.clients
    const read = await ctx.fanOut(ctx.scopeOf(kubernetes, input.clusters), (name, signal) =>
      findPlacement({
        client: kubernetes.for(name),
        model,
        gpus: input.gpus,
        contextLength: input.contextLength,
        signal,
      }),
    )
    const { values, clusters: asked } = requireSome(read)
    const rows = values
      .flatMap(({ cluster, value }) =>
        value
          ? [
              {
                id: cluster,
                cluster,
                gpuModel: value.gpuModel,
                gpus: input.gpus,
                verdict: value.fit.verdict,
                verdictTone: tones[value.fit.verdict],
                room: value.fit.verdict === 'does-not-fit' ? 0 : value.room,
                free: value.freeGpus,
                reason:
                  value.fit.reason +
                  (value.fit.smallestGpus && value.fit.verdict !== 'fits'
                    ? `; with ${value.fit.smallestGpus} GPUs it fits`
                    : ''),
              },
            ]
          : [],
      )
      .sort((a, b) => b.room - a.room)
    if (rows.length === 0)
      return {
        clusters: asked,
        empty: {
          title: 'These clusters have no GPUs',
          likely: ['The scope has no GPU cluster'],
          next: ['list_clusters', 'list_nodes {"minFreeGpus":1}'],
        },
      }
    return {
      clusters: asked,
      data: {
        title: `${model.id} on ${input.gpus} GPU${input.gpus > 1 ? 's' : ''}`,
        columns,
        rows,
        facts: [
          { label: 'Parameters', value: `${model.paramsB} B` },
          { label: 'Context', value: String(input.contextLength ?? model.contextLength) },
          { label: 'Clusters with room', value: String(rows.filter(({ room }) => room > 0).length) },
        ],
      },
    }
  },
})
