import * as z from 'zod'
import type { Column } from '#contract'
import { defineTool } from '#define'
import { limit, matchesText, text } from '../arguments.ts'
import { tableOf } from '../table.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { engines, models } from './catalogue.ts'

const row = z.strictObject({
  id: z.string().describe('Hugging Face id'),
  name: z.string(),
  description: z.string(),
  task: z.string(),
  paramsB: z.number().describe('Parameters, billions'),
  contextLength: z.number().int().describe('Tokens'),
  engines: z.string(),
  license: z.string().optional(),
  gated: z.boolean().describe('Needs an accepted licence and a Hugging Face token'),
  weightsGb: z.number().optional().describe('Size of the weights, GB'),
  minGpuMemoryGb: z.number().optional(),
  curated: z.boolean(),
})

const columns: Column[] = [
  { key: 'id', label: 'Model', type: 'code' },
  { key: 'paramsB', label: 'Parameters (B)', type: 'number' },
  { key: 'contextLength', label: 'Context', type: 'number' },
  { key: 'weightsGb', label: 'Weights (GB)', type: 'number' },
  { key: 'engines', label: 'Engines', type: 'text' },
  { key: 'license', label: 'Licence', type: 'text' },
]

export const listModels = defineTool({
  name: 'list_models',
  title: 'Models',
  about:
    'The catalogue of models that can be deployed: size, context, engines, licence. What runs now: list_deployments.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    text,
    engine: z.enum(engines).optional().describe('Runs on this engine'),
    task: z.enum(['text-generation', 'chat', 'fill-mask']).optional().describe('Only this task'),
    curated: z.boolean().optional().describe('Only the curated eight'),
    limit,
  }),
  output: tableOf(row),
  examples: [{}, { text: 'qwen', engine: 'vllm' }],
  route: { method: 'GET', path: '/models' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['model', 'B params', 'context', 'weights GB', 'engines', 'licence', 'gated'],
        rows.map((one) => [
          one.id,
          one.paramsB,
          one.contextLength,
          one.weightsGb,
          one.engines,
          one.license,
          one.gated || undefined,
        ]),
      ),
    ),
  async run(input) {
    const found = models().filter(
      (one) =>
        (!input.engine || one.engines.includes(input.engine)) &&
        (!input.task || one.task === input.task) &&
        (!input.curated || one.curated) &&
        matchesText(input.text, [one.id, one.name, one.description]),
    )
    if (found.length === 0)
      return {
        empty: {
          title: 'No model of the catalogue matches',
          likely: ['Another spelling', 'The model is not in the catalogue'],
          next: ['list_models without filters'],
        },
      }
    return {
      data: {
        title: 'Models',
        columns,
        rows: found.map((one) => ({
          id: one.id,
          name: one.name,
          description: one.description,
          task: one.task,
          paramsB: one.paramsB,
          contextLength: one.contextLength,
          engines: one.engines.join(', '),
          ...(one.license && { license: one.license }),
          gated: one.gated,
          weightsGb: Math.round(one.weights.bytes / 1e8) / 10,
          ...(one.minGpuMemoryGb !== undefined && { minGpuMemoryGb: one.minGpuMemoryGb }),
          curated: one.curated,
        })),
        facts: [{ label: 'Models', value: String(found.length) }],
      },
    }
  },
})
