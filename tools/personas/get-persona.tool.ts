import * as z from 'zod'
import { cards, ToolError } from '#contract'
import { defineTool } from '#define'

export const getPersona = defineTool({
  name: 'get_persona',
  title: 'Show a persona',
  about: 'One persona: what it is good at and the tools it may use.',
  risk: 'read',
  card: 'status',
  needs: [],
  input: z.strictObject({ id: z.string().max(32).describe('Persona id, e.g. gpu-expert') }),
  output: cards.status.payload,
  examples: [{ id: 'gpu-expert' }],
  route: { method: 'GET', path: '/personas/{id}' },
  text: (data) => `${data.title}: ${data.summary}\ntools: ${data.checks.map(({ id }) => id).join(', ')}`,
  async run({ id }, ctx) {
    const all = ctx.server.personas()
    const found = all.find((one) => one.id === id)
    if (!found)
      throw new ToolError('persona-not-found', `There is no persona ${id}`, {
        field: 'id',
        next: `Use one of: ${all.map((one) => one.id).join(', ')}`,
      })
    return {
      data: {
        title: found.name,
        state: 'built-in',
        tone: 'neutral' as const,
        summary: found.description,
        facts: [
          { label: 'Id', value: found.id },
          { label: 'Tools', value: String(found.tools.length) },
        ],
        checks: found.tools.map((tool) => ({ id: tool, label: tool, state: 'direct', tone: 'good' as const })),
      },
    }
  },
})
