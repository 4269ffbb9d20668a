import * as z from 'zod'
import { type Column, column } from '#contract'
import { defineTool } from '#define'
import { wholeNumber } from '../arguments.ts'
import { lines } from '../text.ts'

const row = z.strictObject({
  id: z.string(),
  name: z.string(),
  domain: z.string(),
  risk: z.string(),
  about: z.string(),
  input: z.record(z.string(), z.unknown()).describe('JSON Schema of the arguments'),
  listed: z.boolean().optional().describe('The persona lists it already'),
})

/** The most argument text one tool may take in the words for the model. */
const maxArguments = 1_500

interface Property {
  type?: string
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  items?: Property
  properties?: Record<string, Property>
}

/** An object with its members by name: a wrong one is refused with the right ones, none at all would be a riddle. */
const typeOf = ({ type, enum: values, items, properties }: Property): string => {
  if (values) return values.join('|')
  if (items) return `${items.enum ? `(${typeOf(items)})` : typeOf(items)}[]`
  return properties ? `object {${Object.keys(properties).join(', ')}}` : (type ?? 'any')
}

/** `*model string (e.g. Qwen3-8B), gpus number = 1 (Per replica)`: a third of the JSON Schema. A star: required. */
function argumentsText(schema: { properties?: Record<string, Property>; required?: readonly string[] }): string {
  const all = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const preset = property.default === undefined ? '' : ` = ${JSON.stringify(property.default)}`
    const about = property.description ? ` (${property.description})` : ''
    return `${schema.required?.includes(name) ? '*' : ''}${name} ${typeOf(property)}${preset}${about}`
  })
  return all.length === 0 ? 'no arguments' : all.join(', ').slice(0, maxArguments)
}

const columns: Column[] = [
  { key: 'name', label: 'Tool', type: 'code' },
  { key: 'domain', label: 'Domain', type: 'text' },
  { key: 'risk', label: 'Risk', type: 'text' },
  { key: 'about', label: 'What it does', type: 'text' },
]

export const searchTools = defineTool({
  name: 'search_tools',
  title: 'Find a tool',
  about: 'Finds tools beyond your list by words: names, purpose, arguments. Call them with run_tool.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    query: z.string().max(200).describe('Words, e.g. "ray jobs"; empty lists all'),
    limit: wholeNumber(1, 50).default(6).describe('Limit'),
  }),
  output: z.strictObject({
    title: z.string(),
    columns: z.array(column),
    rows: z.array(row),
  }),
  examples: [{ query: 'approvals' }],
  route: { method: 'GET', path: '/tools' },
  text: ({ rows }) => {
    const listed = rows.filter((tool) => tool.listed).map((tool) => tool.name)
    return lines(
      ...rows
        .filter((tool) => !tool.listed)
        .map((tool) => `${tool.name} (${tool.risk}): ${tool.about}\n  ${argumentsText(tool.input)}`),
      listed.length > 0 && `In your list already, call directly: ${listed.join(', ')}`,
    )
  },
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
          ...(tool.listed && { listed: true }),
        })),
      },
    }
  },
})
