import * as z from 'zod'
import { type Column, isToolError, ToolError } from '#contract'
import { defineTool } from '#define'
import { limit, matchesText, optionalWord, text } from '../arguments.ts'
import type { HubModel } from '../clients/huggingface/types.ts'
import { tableOf } from '../table.ts'
import { factsLine, lines, quoted, tsv } from '../text.ts'
import { type GpuFacts, gpuNames, gpusCalled } from './catalogue/gpus.ts'
import { catalogueOf, type Engine, engines, type Model, tasks } from './catalogue.ts'
import { checkFit } from './fit/fit.ts'

const row = z.strictObject({
  id: z.string().describe('Hugging Face id'),
  name: z.string(),
  description: z.string(),
  task: z.string(),
  paramsB: z.number().optional().describe('Parameters, billions'),
  contextLength: z.number().int().optional().describe('Tokens'),
  engines: z.string(),
  license: z.string().optional(),
  gated: z.boolean().describe('Needs an accepted licence and a Hugging Face token'),
  weightsGb: z.number().optional().describe('Size of the weights, GB'),
  memoryGb: z
    .number()
    .int()
    .optional()
    .describe('GPU memory it takes about, all GPUs together: weights and a fifth more'),
  minGpuMemoryGb: z.number().optional(),
  maxContext: z.number().int().optional().describe('Tokens of one sequence on the GPU of fitsOn'),
  curated: z.boolean(),
  source: z.enum(['catalogue', 'hub']),
})
type Row = z.output<typeof row>

const columns: Column[] = [
  { key: 'id', label: 'Model', type: 'code' },
  { key: 'paramsB', label: 'Parameters (B)', type: 'number' },
  { key: 'contextLength', label: 'Context', type: 'number' },
  { key: 'weightsGb', label: 'Weights (GB)', type: 'number' },
  { key: 'memoryGb', label: 'GPU memory (GB)', type: 'number' },
  { key: 'engines', label: 'Engines', type: 'text' },
  { key: 'license', label: 'Licence', type: 'text' },
]

const billions = z.number().refine((value) => value >= 0 && value <= 100_000, 'must be from 0 to 100000')

const input = z.strictObject({
  text,
  engine: z.enum(engines).optional().describe('Runs on this engine'),
  task: z.enum(tasks).optional().describe('Only this task'),
  license: optionalWord('Part of it: apache'),
  gated: z.boolean().optional().describe('Needs an accepted licence, or does not'),
  minParamsB: billions.optional().describe('Parameters at least, billions'),
  maxParamsB: billions.optional().describe('Parameters at most, billions'),
  curated: z.boolean().optional().describe('Only the curated eight'),
  fitsOn: optionalWord('Fits on one such GPU: L40S'),
  limit,
})
type Input = z.output<typeof input>

export const listModels = defineTool({
  name: 'list_models',
  title: 'Models',
  about:
    'Models that can be deployed: size, context, engines, licence; of the hub where the catalogue has none. One: get_model. What runs: list_deployments.',
  risk: 'read',
  card: 'table',
  needs: [],
  uses: ['serving', 'huggingface'],
  input,
  output: tableOf(row),
  examples: [{}, { text: 'qwen', engine: 'vllm', license: 'apache', maxParamsB: 40 }],
  route: { method: 'GET', path: '/models' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        [
          'model',
          'B params',
          'context',
          'weights GB',
          'GPU memory GB about',
          'engines',
          'licence',
          'gated',
          ...(rows.some((one) => one.maxContext !== undefined) ? ['context on that GPU'] : []),
        ],
        rows.map((one) => [
          one.source === 'hub' ? quoted(one.id) : one.id,
          one.paramsB,
          one.contextLength,
          one.weightsGb,
          one.memoryGb,
          one.engines,
          one.license,
          one.gated || undefined,
          ...(one.maxContext !== undefined ? [one.maxContext] : []),
        ]),
      ),
    ),
  async run(input, ctx) {
    if ((input.minParamsB ?? 0) > (input.maxParamsB ?? Number.POSITIVE_INFINITY))
      throw new ToolError('invalid-input', 'minParamsB is above maxParamsB', {
        field: 'minParamsB',
        next: 'Give the smaller one first, or one of the two',
      })
    const gpu = input.fitsOn === undefined ? undefined : gpuCalled(input.fitsOn)
    const all = catalogueOf(ctx.clients.serving)()
    const found = all
      .filter(
        (one) =>
          (!input.engine || one.engines.includes(input.engine)) &&
          (!input.curated || one.curated) &&
          (!input.text || matchesText(input.text, [one.id, one.name, one.description, one.note])),
      )
      .flatMap((one) => (gpu ? rowOn(one, { gpu, engine: input.engine }) : [rowOf(one)]))
      .filter((one) => passes(one, input))
    if (found.length > 0) return tableWith(gpu ? `Models that fit on one ${gpu.name}` : 'Models', found)
    const hub = ctx.clients.huggingface
    if (!input.text || input.curated || gpu || !hub) return { empty: nothing(hub === undefined) }
    try {
      const most = Math.min(50, input.limit)
      const models = await hub.search(input.text, { limit: Math.min(most, 20), signal: ctx.signal })
      const rows = models.map(hubRow).filter((one) => passes(one, input))
      return rows.length > 0
        ? tableWith('Models of the hub; none of the catalogue matches', rows)
        : { empty: nothing(false) }
    } catch (error) {
      if (!isToolError(error) || error.code === 'cancelled') throw error
      return { empty: { ...nothing(true), likely: ['Another spelling', `The hub was no help: ${error.message}`] } }
    }
  },
})

function passes(one: Row, { task, license, gated, minParamsB, maxParamsB }: Input): boolean {
  return (
    (!task || one.task === task) &&
    (!license || (one.license ?? '').toLowerCase().includes(license.toLowerCase())) &&
    (gated === undefined || one.gated === gated) &&
    (minParamsB === undefined || (one.paramsB ?? -1) >= minParamsB) &&
    (maxParamsB === undefined || (one.paramsB ?? Number.POSITIVE_INFINITY) <= maxParamsB)
  )
}

const tableWith = (title: string, rows: Row[]) => ({
  data: { title, columns, rows, facts: [{ label: 'Models', value: String(rows.length) }] },
})

const nothing = (isAway: boolean) => ({
  title: 'No model matches',
  likely: ['Another spelling', 'A filter too many'],
  next: [
    'list_models without filters',
    'get_model with its Hugging Face id, owner/name',
    ...(isAway ? ['Set QM_HUGGINGFACE_URL to a hub that can be reached from here'] : []),
  ],
})

/** @throws ToolError invalid-input with the names there are */
function gpuCalled(text: string): GpuFacts {
  const [gpu] = gpusCalled(text).filter(({ memoryBytes }) => memoryBytes !== undefined)
  if (gpu) return gpu
  throw new ToolError('invalid-input', `No GPU is known as "${text.slice(0, 60)}"`, {
    field: 'fitsOn',
    next: `Use one of: ${gpuNames().join(', ')}. What fits on the GPUs that are there: check_model_fit`,
  })
}

/** A context below this is no use in a chat. */
const leastContext = 8192

/** The row of a model that one such GPU holds with a context that is of use, and how long it can be. */
function rowOn(model: Model, { gpu, engine }: { gpu: GpuFacts; engine: Engine | undefined }): Row[] {
  const { verdict, maxContext } = checkFit({ model, gpus: 1, gpuMemoryBytes: gpu.memoryBytes, gpu, engine })
  const isUseful = verdict === 'fits' || (verdict === 'fits-with-less-context' && maxContext >= leastContext)
  return isUseful ? [{ ...rowOf(model), maxContext: Math.min(maxContext, model.contextLength) }] : []
}

const tenths = (value: number) => Math.round(value * 10) / 10
const sizesOf = (bytes: number) => ({ weightsGb: tenths(bytes / 1e9), memoryGb: Math.ceil((bytes * 1.2) / 1e9) })

const rowOf = (one: Model): Row => ({
  id: one.id,
  name: one.name,
  description: one.description,
  task: one.task,
  paramsB: Number(one.paramsB.toPrecision(4)),
  contextLength: one.contextLength,
  engines: one.engines.join(', '),
  ...(one.license && { license: one.license }),
  gated: one.gated,
  ...sizesOf(one.weights.bytes),
  ...(one.minGpuMemoryGb !== undefined && { minGpuMemoryGb: one.minGpuMemoryGb }),
  curated: one.curated,
  source: 'catalogue',
})

/** What a search tells; its configuration is read when one is chosen. */
function hubRow(one: HubModel): Row {
  const bytes = one.weightBytes ?? (one.parameters === undefined ? undefined : one.parameters * 2)
  return {
    id: one.id,
    name: one.id.split('/').at(-1) ?? one.id,
    description: one.pipelineTag ?? 'of the hub',
    task:
      one.pipelineTag === 'fill-mask'
        ? 'fill-mask'
        : one.tags.includes('conversational')
          ? 'chat'
          : (one.pipelineTag ?? 'unknown'),
    ...(one.parameters !== undefined && { paramsB: tenths(one.parameters / 1e9) }),
    engines: '',
    ...(one.license && { license: one.license }),
    gated: one.gated !== false,
    ...(bytes !== undefined && sizesOf(bytes)),
    curated: false,
    source: 'hub',
  }
}
