import * as z from 'zod'
import { type Column, column } from '#contract'
import { defineTool } from '#define'

const columns: Column[] = [
  { key: 'name', label: 'Persona', type: 'text' },
  { key: 'description', label: 'Good at', type: 'text' },
  { key: 'createdBy', label: 'Made by', type: 'text' },
]

export const listPersonas = defineTool({
  name: 'list_personas',
  title: 'List personas',
  about: 'Who can lead a conversation, what each is good at, and its tools.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({}),
  output: z.strictObject({
    title: z.string(),
    columns: z.array(column),
    rows: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        description: z.string(),
        icon: z.string(),
        tools: z.array(z.string()),
        suggestions: z.array(z.string()),
        isBuiltin: z.boolean(),
        createdBy: z.string(),
      }),
    ),
  }),
  examples: [{}],
  route: { method: 'GET', path: '/personas' },
  text: (data) => data.rows.map((one) => `${one.id}: ${one.name}. ${one.description}`).join('\n'),
  run: async (_, ctx) => ({
    data: {
      title: 'Personas',
      columns,
      rows: ctx.server.personas().map(({ capabilities: _, reach: __, ...row }) => row),
    },
  }),
})
