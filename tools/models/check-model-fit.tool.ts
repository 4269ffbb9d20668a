import * as z from 'zod'
import { type Column, formatMoney, money, ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, optionalWord, wholeNumber, word } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { resolveModel } from './catalogue/resolve.ts'
import type { Model } from './catalogue.ts'
import { type FitOptions, readOptions } from './fit/options.ts'
import type { Placement } from './fit/placement.ts'
import { breakdown, cacheWords, method, reasonWords, verdictTones } from './fit/words.ts'
import { findPlacement } from './service.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  gpuModel: z.string(),
  gpus: z.number().int().describe('GPUs per replica'),
  verdict: z.string(),
  verdictTone: z.string(),
  room: z.number().int().describe('Replicas that could start now'),
  free: z.number().int().describe('Free GPUs of this model'),
  sequences: z.number().int().describe('Of the wanted context at once'),
  maxContext: z.number().int().describe('Tokens, with the wanted number of sequences'),
  tokensPerSecond: z.number().int().optional().describe('Of one sequence at most: what the memory bandwidth allows'),
  price: money.optional().describe('Of a replica for an hour'),
  reason: z.string(),
})
type Row = z.output<typeof row>

const columns: Column[] = [
  { key: 'cluster', label: 'Cluster', type: 'text' },
  { key: 'gpuModel', label: 'GPU', type: 'text' },
  { key: 'gpus', label: 'GPUs', type: 'number' },
  { key: 'verdict', label: 'Verdict', type: 'state' },
  { key: 'room', label: 'Room for replicas', type: 'number' },
  { key: 'price', label: 'An hour', type: 'money' },
  { key: 'reason', label: 'Why', type: 'text' },
]

export const checkModelFit = defineTool({
  name: 'check_model_fit',
  title: 'Does a model fit?',
  about: 'Where a model fits now, the cheapest first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  uses: ['prices', 'serving', 'huggingface'],
  input: z.strictObject({
    model: word.describe('Qwen3-8B'),
    gpus: wholeNumber(1, 64).optional().describe('Per replica'),
    gpuModel: optionalWord('H100'),
    contextLength: wholeNumber(256, 100_000_000).optional().describe('Tokens'),
    options: optionalWord('fp8,kv=fp8,pp=2,ep,users=8'),
    clusters,
  }),
  output: tableOf(row),
  examples: [{ model: 'Qwen3-8B' }, { model: 'meta-llama/Llama-3.3-70B-Instruct', gpus: 4, options: 'fp8, users=16' }],
  route: { method: 'GET', path: '/models/fit' },
  access: [
    { verbs: ['list', 'watch'], group: '', resource: 'nodes' },
    { verbs: ['list', 'watch'], group: '', resource: 'pods' },
  ],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'gpu', 'gpus', 'verdict', 'room', 'free', 'an hour', 'tokens/s at most', 'why'],
        rows.map((one) => [
          one.cluster,
          one.gpuModel,
          one.gpus,
          one.verdict,
          one.room,
          one.free,
          one.price && formatMoney(one.price),
          one.tokensPerSecond,
          one.reason,
        ]),
      ),
    ),
  async run(input, ctx) {
    const options = readOptions(input.options)
    const { kubernetes, prices } = ctx.clients
    const scope = ctx.scopeOf(kubernetes, input.clusters)
    const model = await resolveModel(input.model, ctx)
    const gpus = gpusOf(input, { model, options })
    const known = new Map<string, Placement['fit']>()
    const read = await ctx.fanOut(scope, async (name, signal, begun) => {
      const { contextLength, gpuModel } = input
      const client = kubernetes.for(name)
      return findPlacement({
        ...options,
        client,
        model,
        gpus,
        contextLength,
        gpuModel,
        prices,
        signal,
        begun,
        known,
        cached: true,
      })
    })
    // A GPU model that one cluster does not have is no failure where another has it
    const { values, clusters: asked } = requireSome(read)
    const found = values
      .flatMap(({ cluster, value }) => (value?.placements ?? []).map((placement) => ({ cluster, placement })))
      .sort((a, b) => byWorth(a.placement) - byWorth(b.placement) || priceOf(a.placement) - priceOf(b.placement))
    const best = found[0]
    if (!best)
      return {
        clusters: asked,
        empty: {
          title: 'These clusters have no GPUs that take work',
          likely: ['The scope has no GPU cluster, or its GPU nodes are cordoned'],
          next: ['list_clusters', `get_model {"model":"${model.id}"}`],
        },
      }
    return {
      clusters: asked,
      data: {
        title: `${model.id}${gpus ? ` on ${gpus} GPU${gpus > 1 ? 's' : ''}` : ''}`,
        columns,
        rows: found.map(({ cluster, placement }) => rowOf(cluster, placement)),
        facts: factsOf(model, best, { contextLength: input.contextLength, options }),
      },
      next: nextOf(model, best, { contextLength: input.contextLength, options }),
    }
  },
})

const ranks = { fits: 0, 'fits-with-less-context': 1, unknown: 2, 'does-not-fit': 4 }

/** What fits and has room, then what would fit, then the rest. */
const byWorth = ({ fit, room }: Placement): number => ranks[fit.verdict] + (room > 0 ? 0 : 3)
const priceOf = ({ pricePerHour }: Placement): number => pricePerHour?.amount ?? Number.MAX_SAFE_INTEGER

/** The deployment that was reckoned with, member by member: with fewer it would be another one. Where nothing fits, where to look. */
function nextOf(
  model: Model,
  { cluster, placement }: { cluster: string; placement: Placement },
  { contextLength, options }: { contextLength: number | undefined; options: FitOptions },
): string[] {
  const { fit, gpus, gpuModel, room } = placement
  if (fit.verdict === 'does-not-fit') return [`get_model {"model":"${model.id}"}`, `list_gpu_offers {}`]
  if (room === 0) return [`list_nodes {"minFreeGpus":${Math.min(gpus, 8)}}`]
  const { engine, quantization, kvCacheDtype, memoryShare, nodesPerReplica, parallelism } = options
  const shared = parallelism === 'auto' ? {} : parallelism
  const more = {
    ...(quantization && { quantization }),
    ...(kvCacheDtype && { kvCacheDtype }),
    ...(memoryShare !== undefined && { gpuMemoryUtilization: memoryShare }),
    ...((shared.pipeline ?? 1) > 1 && { pipelineParallel: shared.pipeline }),
    ...(shared.expert && { expertParallel: true }),
    ...(nodesPerReplica !== undefined && { nodesPerReplica }),
  }
  const tokens = fit.verdict === 'fits-with-less-context' ? fit.maxContext : contextLength
  const call = {
    model: model.id,
    cluster,
    gpus,
    gpuModel,
    ...(engine && { engine }),
    ...(tokens !== undefined && { contextLength: tokens }),
    ...(Object.keys(more).length > 0 && { options: more }),
  }
  return [`deploy_model ${JSON.stringify(call)}`]
}

function gpusOf(
  input: { gpus?: number | undefined; contextLength?: number | undefined },
  { model, options }: { model: Model; options: FitOptions },
): number | undefined {
  if (input.contextLength !== undefined && input.contextLength > model.contextLength)
    throw new ToolError('invalid-input', `${model.id} has a context of at most ${model.contextLength} tokens`, {
      field: 'contextLength',
      next: `Use ${model.contextLength} or less`,
      changed: 'nothing',
    })
  if (options.engine && !model.engines.includes(options.engine))
    throw new ToolError('invalid-input', `${model.id} does not run on ${options.engine}`, {
      field: 'options',
      next: `Use one of: ${model.engines.join(', ')}`,
      changed: 'nothing',
    })
  const { parallelism } = options
  if (input.gpus !== undefined || parallelism === 'auto' || !parallelism.tensor) return input.gpus
  return parallelism.tensor * (parallelism.pipeline ?? 1)
}

function rowOf(cluster: string, { gpuModel, gpus, fit, room, freeGpus, pricePerHour }: Placement): Row {
  return {
    id: `${cluster}/${gpuModel}`,
    cluster,
    gpuModel,
    gpus,
    verdict: fit.verdict,
    verdictTone: verdictTones[fit.verdict],
    room: fit.verdict === 'does-not-fit' ? 0 : room,
    free: freeGpus,
    sequences: fit.sequences,
    maxContext: fit.maxContext,
    ...(fit.decodeTokensPerSecond !== undefined && { tokensPerSecond: Math.round(fit.decodeTokensPerSecond) }),
    ...(pricePerHour && { price: pricePerHour }),
    reason: reasonWords(fit),
  }
}

function factsOf(
  model: Model,
  { cluster, placement }: { cluster: string; placement: Placement },
  { contextLength, options }: { contextLength: number | undefined; options: FitOptions },
) {
  const { fit, gpuModel, gpus } = placement
  const cache = cacheWords(fit)
  return [
    { label: 'Parameters', value: `${Number(model.paramsB.toPrecision(3))} B ${model.weights.format}` },
    { label: 'Context', value: String(contextLength ?? model.contextLength) },
    ...(options.concurrency ? [{ label: 'Sequences', value: String(options.concurrency) }] : []),
    ...(fit.memory
      ? [
          { label: `On each of ${gpus} × ${gpuModel} in ${cluster}`, value: breakdown(fit) },
          ...(cache ? [{ label: 'Cache', value: cache }] : []),
        ]
      : []),
    { label: 'Method', value: method },
  ]
}
