import * as z from 'zod'
import { type Column, column } from '#contract'
import { defineTool } from '#define'

const row = z.strictObject({
  id: z.string(),
  name: z.string(),
  domain: z.string(),
  risk: z.string(),
  about: z.string(),
  input: z.record(z.string(), z.unknown()).describe('JSON Schema of the arguments'),
})

/** The most argument text one tool may take in the words for the model. */
const maxArguments = 700

const columns: Column[] = [
  { key: 'name', label: 'Tool', type: 'code' },
  { key: 'domain', label: 'Domain', type: 'text' },
  { key: 'risk', label: 'Risk', type: 'text' },
  { key: 'about', label: 'What it does', type: 'text' },
]

export const searchTools = defineTool({
  name: 'search_tools',
  title: 'Find a tool',
  about:
    'Finds tools that are not in your list, by words. Answers names, what they are for and their arguments; call them with run_tool.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    query: z.string().max(200).describe('Words, e.g. "ray jobs"; empty lists all'),
    limit: z.number().int().min(1).max(50).default(8).describe('Tools at most'),
  }),
  output: z.strictObject({
    title: z.string(),
    columns: z.array(column),
    rows: z.array(row),
  }),
  examples: [{ query: 'approvals' }],
  route: { method: 'GET', path: '/tools' },
  text: (data) =>
    data.rows
      .map(
        (tool) =>
          `${tool.name} (${tool.risk}): ${tool.about}\n  input: ${JSON.stringify(tool.input.properties ?? {}).slice(0, maxArguments)}`,
      )
      .join('\n'),
  async run({ query, limit }, ctx) {
    const found = ctx.server.searchTools(query, limit)
    if (found.length === 0)
      return {
        empty: {
          title: `No tool matches "${query}"`,
          likely: ['Other words are used for it', 'The persona has no access', 'What it needs is not configured'],
          next: ['search_tools with one broader word'],
        },
      }
    return {
      data: {
        title: query ? `Tools for "${query}"` : 'All tools',
        columns,
        rows: found.map((tool) => ({
          id: tool.name,
          name: tool.name,
          domain: tool.domain,
          risk: tool.risk,
          about: tool.about,
          input: tool.input as Record<string, unknown>,
        })),
      },
    }
  },
})
