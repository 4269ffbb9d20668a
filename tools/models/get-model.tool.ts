import * as z from 'zod'
import { type CardData, cards, formatMoney } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, optionalWord, wholeNumber, word } from '../arguments.ts'
import { bytesText, lines } from '../text.ts'
import { architectureWords, kvBytesPerToken, stateBytesPerSequence } from './catalogue/architecture.ts'
import { commonGpus } from './catalogue/gpus.ts'
import { resolveModel } from './catalogue/resolve.ts'
import type { Model } from './catalogue.ts'
import { checkFit, smallestOf, type Wish } from './fit/fit.ts'
import { assumedArchitecture } from './fit/memory.ts'
import { type FitOptions, readOptions } from './fit/options.ts'
import { parallelWords } from './fit/parallelism.ts'
import { breakdown, method, reasonWords } from './fit/words.ts'
import { findPlacement } from './service.ts'

type Ctx = Context<never, 'fleet' | 'kubernetes' | 'prices' | 'serving' | 'huggingface'>

export const getModel = defineTool({
  name: 'get_model',
  title: 'Model',
  about:
    'One model: licence, gate, engines, attention, cache per token, GPUs it needs by kind, fit in each cluster. Takes any Hugging Face id, or its config.json.',
  risk: 'read',
  card: 'record',
  needs: [],
  uses: ['fleet', 'kubernetes', 'prices', 'serving', 'huggingface'],
  input: z.strictObject({
    model: word.describe('e.g. Qwen3-8B, or owner/name'),
    config: z.record(z.string(), z.unknown()).optional().describe('Its config.json, where the hub cannot be reached'),
    contextLength: wholeNumber(256, 100_000_000).optional().describe('Tokens; default: all it has'),
    options: optionalWord('fp8,kv=fp8,pp=2,ep,users=8,sglang'),
    clusters,
  }),
  output: cards.record.payload,
  examples: [{ model: 'Qwen3-8B' }, { model: 'deepseek-ai/DeepSeek-V3.2', contextLength: 32_768, options: 'kv=fp8' }],
  route: { method: 'GET', path: '/models/detail' },
  access: [
    { verbs: ['list', 'watch'], group: '', resource: 'nodes' },
    { verbs: ['list', 'watch'], group: '', resource: 'pods' },
  ],
  text: ({ title, facts, yaml, note }) =>
    lines(title, ...facts.map(({ label, value }) => `${label}: ${value}`), yaml, note),
  async run(input, ctx) {
    const options = readOptions(input.options)
    const model = await resolveModel(input.model, ctx, { config: input.config })
    const { contextLength = model.contextLength } = input
    const wish: Wish = { ...options, model, contextLength: Math.min(contextLength, model.contextLength) }
    const { lines: inClusters, clusters: asked } = await fitByCluster(ctx, wish, { options, clusters: input.clusters })
    const data: CardData['record'] = {
      title: model.id,
      kind: 'Model',
      facts: factsOf(model),
      yaml: [
        `# GPUs for one replica with ${wish.contextLength} tokens${options.concurrency ? ` × ${options.concurrency} sequences` : ''}`,
        ...section('needs', needsByGpu(wish)),
        ...section('clusters', inClusters),
        `method: ${JSON.stringify(method)}`,
      ].join('\n'),
      ...(model.note && { note: model.note }),
    }
    return {
      data,
      ...(asked && { clusters: asked }),
      next: [`check_model_fit {"model":"${model.id}"}`],
    }
  },
})

/** YAML by hand: one quoted line an entry reads better than nested maps. */
const section = (name: string, entries: readonly [string, string][]): string[] =>
  entries.length === 0 ? [] : [`${name}:`, ...entries.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)]

function factsOf(model: Model): CardData['record']['facts'] {
  const shape = model.architecture ?? assumedArchitecture(model.paramsB)
  const figure = (value: number) => String(Number(value.toPrecision(3)))
  const state = stateBytesPerSequence(shape)
  const { weights } = model
  return [
    { label: 'Task', value: model.task },
    {
      label: 'Parameters',
      value: `${figure(model.paramsB)} B${model.activeB !== undefined && model.activeB < model.paramsB ? `, ${figure(model.activeB)} B active` : ''}`,
    },
    { label: 'Context', value: `${model.contextLength} tokens` },
    { label: 'Engines', value: model.engines.join(', ') },
    { label: 'Licence', value: model.license ?? 'unknown' },
    { label: 'Gated', value: model.gated ? 'yes: accept its licence and keep a Hugging Face token in a Secret' : 'no' },
    {
      label: 'Weights',
      value: `${figure(weights.bytes / 1e9)} GB ${weights.format}${weights.blockSize ? ` in blocks of ${weights.blockSize}` : ''}`,
    },
    {
      label: 'Attention',
      value: model.architecture
        ? architectureWords(model.architecture)
        : 'its configuration is not known: figures are estimates by size',
    },
    {
      label: 'Cache',
      value: `${bytesText(kvBytesPerToken(shape))} a token${state > 0 ? `, ${bytesText(state)} a sequence` : ''} in bf16`,
    },
    ...(model.minGpuMemoryGb !== undefined
      ? [{ label: 'GPU memory at least', value: `${model.minGpuMemoryGb} GB` }]
      : []),
    {
      label: 'Source',
      value:
        model.source === 'hub'
          ? 'the hub'
          : model.source === 'given'
            ? 'the config.json that was given'
            : 'the catalogue',
    },
  ]
}

function needsByGpu(wish: Wish): [string, string][] {
  return commonGpus().map((gpu): [string, string] => {
    const request = { ...wish, gpu, gpuMemoryBytes: gpu.memoryBytes }
    const gpus = smallestOf(request, [1, 2, 4, 8, 16])
    const fit = checkFit({ ...request, gpus: gpus ?? 8 })
    if (gpus === undefined) return [gpu.name, `more than 16 for that; on 8: ${fit.verdict}, ${reasonWords(fit)}`]
    const how = parallelWords(fit.parallelism)
    const bound = fit.decodeTokensPerSecond
    const speed = bound === undefined ? '' : `; one sequence at most ${Math.round(bound)} tokens/s`
    return [gpu.name, `${gpus}${how ? ` (${how})` : ''}: ${breakdown(fit)}; ${fit.sequences} sequences${speed}`]
  })
}

async function fitByCluster(
  ctx: Ctx,
  wish: Wish,
  { options, clusters }: { options: FitOptions; clusters: readonly string[] | undefined },
) {
  const { kubernetes, prices, fleet } = ctx.clients
  if (!kubernetes || !fleet) return { lines: [] }
  const read = await ctx.fanOut(ctx.scopeOf(kubernetes, clusters), (name, signal, begun) =>
    findPlacement({ ...options, ...wish, client: kubernetes.for(name), prices, signal, begun, cached: true }),
  )
  const entries = read.values.map(({ cluster, value }): [string, string] => {
    if (!value) return [cluster, 'no GPU node that takes work']
    const { gpus, gpuModel, fit, room, freeGpus, pricePerHour } = value
    const price = pricePerHour ? `, ${formatMoney(pricePerHour)} an hour` : ''
    const words = fit.verdict === 'fits' ? `${fit.sequences} sequences` : reasonWords(fit)
    return [cluster, `${fit.verdict} on ${gpus} × ${gpuModel}: room for ${room} (${freeGpus} free)${price}; ${words}`]
  })
  return { lines: entries, clusters: read.clusters }
}
