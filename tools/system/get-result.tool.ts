import * as z from 'zod'
import { defineTool } from '#define'
import { wholeNumber } from '../arguments.ts'
import { passedOn } from './service.ts'

export const getResult = defineTool({
  name: 'get_result',
  title: 'Page, filter and count a kept result',
  about: 'Reads on in a result too long to show: next page, filter, sort, counts and sums per group over all of it.',
  risk: 'read',
  card: 'any',
  needs: [],
  input: z.strictObject({
    result: z.string().max(64).describe('Its id'),
    cursor: z.string().max(16).optional().describe('For the next page'),
    limit: wholeNumber(1, 500).optional().describe('Default 50'),
    where: z.array(z.string().max(200)).max(8).optional().describe('All hold: status=Running, restarts>5, name~qwen'),
    groupBy: z.array(z.string()).max(3).optional().describe('Fields to count by'),
    aggregate: z.array(z.string().max(80)).max(5).optional().describe('sum gpus, max restarts'),
    sort: z.string().max(80).optional().describe('Field; -field: down'),
  }),
  output: passedOn,
  examples: [{ result: 'r_1', groupBy: ['status'] }],
  route: { method: 'GET', path: '/results/{result}' },
  text: () => '',
  run: async (query, ctx) => ({ data: { answered: await ctx.server.page(query) } }),
})
