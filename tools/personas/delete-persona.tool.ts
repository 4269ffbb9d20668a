import * as z from 'zod'
import { cards, type Plan, ToolError } from '#contract'
import { eq } from '#db/drizzle.ts'
import { customPersonas } from '#db/schema/personas.ts'
import { type Context, defineTool } from '#define'
import { readonly } from './persona-input.ts'

const input = z.strictObject({ id: z.string().max(32).describe('Persona id') })

function wanted(id: string, ctx: Context) {
  const all = ctx.server.personas()
  const found = all.find((one) => one.id === id)
  if (found?.isBuiltin) throw readonly(found)
  if (found) return found
  const own = all.filter(({ isBuiltin }) => !isBuiltin).map((one) => one.id)
  throw new ToolError('persona-not-found', `There is no persona ${id}`, {
    field: 'id',
    next: own.length > 0 ? `Those that can be deleted: ${own.join(', ')}` : 'Nobody made a persona yet',
    changed: 'nothing',
  })
}

async function plan({ id }: z.output<typeof input>, ctx: Context): Promise<Plan> {
  const { name, createdBy } = wanted(id, ctx)
  return {
    summary: `Delete the persona ${name} (${id}) by ${createdBy}`,
    verb: `Delete ${name}`,
    steps: [{ verb: 'Delete', target: id }],
    checks: [],
    impact: [{ label: 'conversations with it', value: 'go on once another persona is chosen' }],
    rollback: 'make it again',
    guard: { id },
  }
}

/** PER-002 */
export const deletePersona = defineTool({
  name: 'delete_persona',
  title: 'Delete a persona',
  about: 'Deletes a persona that somebody made. Built-in ones stay. Conversations with it go on with another persona.',
  risk: 'change',
  byHand: 'The page asks the person before it calls; nothing outside changes',
  card: 'status',
  needs: [],
  input,
  output: cards.status.payload,
  examples: [{ id: 'night-shift' }],
  route: { method: 'DELETE', path: '/personas/{id}' },
  text: ({ title }) => title,
  afterCrash: 'rerun',
  plan,
  async run({ id }, ctx) {
    const { name } = wanted(id, ctx)
    await ctx.commit(async (tx) => {
      await tx.delete(customPersonas).where(eq(customPersonas.id, id))
      return {
        value: undefined,
        events: [{ name: 'persona.deleted', subject: `personas/persona/${id}`, data: { id, remove: [id] } }],
      }
    })
    await ctx.server.reloadPersonas()
    return {
      data: {
        title: `${name} is deleted`,
        state: 'deleted',
        tone: 'neutral' as const,
        facts: [{ label: 'Id', value: id }],
        checks: [],
      },
    }
  },
})
