import * as z from 'zod'
import { ToolError } from '#contract'
import { defineTool } from '#define'
import { personaAnswer, personaCard, personaText } from './persona-card.ts'

export const getPersona = defineTool({
  name: 'get_persona',
  title: 'Show a persona',
  about: 'One persona: what it is good at, how it is told to work, and the tools it may use.',
  risk: 'read',
  card: 'status',
  needs: [],
  input: z.strictObject({ id: z.string().max(32).describe('Persona id, e.g. gpu-expert') }),
  output: personaCard,
  examples: [{ id: 'gpu-expert' }],
  route: { method: 'GET', path: '/personas/{id}' },
  text: personaText,
  async run({ id }, ctx) {
    const all = ctx.server.personas()
    const found = all.find((one) => one.id === id)
    if (!found)
      throw new ToolError('persona-not-found', `There is no persona ${id}`, {
        field: 'id',
        next: `Use one of: ${all.map((one) => one.id).join(', ')}`,
      })
    return { data: personaAnswer(found, ctx.server.personaPrompt(id)) }
  },
})
