import * as z from 'zod'
import { defineTool } from '#define'
import { passedOn } from './service.ts'

export const runTool = defineTool({
  name: 'run_tool',
  title: 'Run a tool by name',
  about: 'Runs a tool found with search_tools, under the same rules: a change waits for a person.',
  risk: 'read',
  card: 'any',
  needs: [],
  input: z.strictObject({
    name: z.string().max(64).describe('Tool name'),
    input: z.record(z.string(), z.unknown()).default({}).describe('Its arguments'),
  }),
  output: passedOn,
  examples: [{ name: 'list_approvals', input: {} }],
  text: () => '',
  timeoutMs: 60_000,
  run: async ({ name, input }, ctx) => ({ data: { answered: await ctx.server.call(name, input) } }),
})
