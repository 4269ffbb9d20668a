import * as z from 'zod'
import { defineTool } from '#define'
import { passedOn } from './service.ts'

export const getResult = defineTool({
  name: 'get_result',
  title: 'Page, filter and count a kept result',
  about:
    'Reads on in a result that was too long to show: next page, filter, sort, or counts and sums per group over all of it. Does not ask the backend again.',
  risk: 'read',
  card: 'any',
  needs: [],
  input: z.strictObject({
    result: z.string().max(64).describe('Result id'),
    cursor: z.string().max(16).optional().describe('From the answer before'),
    limit: z.number().int().min(1).max(500).optional().describe('Items at most, default 50'),
    where: z.array(z.string().max(200)).max(8).optional().describe('All hold: status=Running, restarts>5, name~qwen'),
    groupBy: z.array(z.string()).max(3).optional().describe('Count per value of these fields'),
    aggregate: z.array(z.string().max(80)).max(5).optional().describe('Beside the count: sum gpus, max restarts'),
    sort: z.string().max(80).optional().describe('Field; -field: descending'),
  }),
  output: passedOn,
  examples: [{ result: 'r_1', groupBy: ['status'] }],
  route: { method: 'GET', path: '/results/{result}' },
  text: () => '',
  run: async (query, ctx) => ({ data: { answered: await ctx.server.page(query) } }),
})
