import type { Plan } from '#contract'
import { customPersonas } from '#db/schema/personas.ts'
import { type Context, defineTool } from '#define'
import { personaAnswer, personaCard, personaText } from './persona-card.ts'
import { checkPersona, costOf, type PersonaInput, personaInput } from './persona-input.ts'

async function plan(input: PersonaInput, ctx: Context): Promise<Plan> {
  const { before } = checkPersona(input, ctx)
  const { tools, characters } = costOf(input.capabilities, ctx.server.toolsForPersonas())
  const changes = ctx.server
    .toolsForPersonas()
    .filter(({ name, risk }) => risk !== 'read' && input.capabilities.includes(name))
    .map(({ name }) => name)
  return {
    summary: `${before ? 'Change' : 'Make'} the persona ${input.name} (${input.id})`,
    verb: `Save ${input.name}`,
    steps: [
      { verb: before ? 'Replace' : 'Store', target: input.id, detail: input.description },
      { verb: 'List to its model', target: input.capabilities.join(', ') || 'only the common tools' },
      ...(input.reach.length > 0 ? [{ verb: 'Let it reach', target: input.reach.join(', ') }] : []),
    ],
    diff: diffOf(before ? ctx.server.personaPrompt(input.id) : '', input.systemPrompt),
    checks: [
      changes.length === 0
        ? { label: 'Lists reading tools only', state: 'pass' }
        : {
            label: 'Lists tools that change',
            state: 'warn',
            detail: `${changes.join(', ')}: each call still waits for a person`,
          },
    ],
    impact: [
      { label: 'tools', value: String(tools) },
      { label: 'characters', value: String(characters) },
    ],
    rollback: before ? 'save it again as it was' : `delete_persona ${input.id}`,
    guard: { before: before ? JSON.stringify(before).slice(0, 4_000) : 'none' },
  }
}

/** The prompt as it was and as it will be, whole: who approves it reads what a model will be told. */
function diffOf(before: string, after: string): string {
  const marked = (text: string, mark: string) => (text === '' ? [] : text.split('\n').map((line) => `${mark}${line}`))
  return ['--- prompt', '+++ prompt', ...marked(before, '-'), ...marked(after, '+')].join('\n')
}

/** PER-002, PER-003, PER-009. A persona never widens a role: the role is asked first at every call. */
export const savePersona = defineTool({
  name: 'save_persona',
  title: 'Save a persona',
  about:
    'Makes a persona of your own, or changes one: its name, how it is told to work, and the tools it lists. Built-in ones stay as they are.',
  risk: 'change',
  byHand:
    'It is a form that the person fills in and saves; nothing outside changes, and every call of the persona is checked',
  card: 'status',
  needs: [],
  input: personaInput,
  output: personaCard,
  examples: [
    {
      id: 'night-shift',
      name: 'Night shift',
      description: 'What woke me, and what can wait',
      systemPrompt: 'You help the engineer on call at night. First what is broken, then what can wait until morning.',
      capabilities: ['what_is_failing', 'list_alerts', 'get_events'],
      reach: ['kubernetes/read', 'logs/read'],
      suggestions: ['What woke me?'],
    },
  ],
  route: { method: 'POST', path: '/personas', with: { isNew: true } },
  alsoAt: [{ method: 'PUT', path: '/personas/{id}' }],
  text: personaText,
  afterCrash: 'rerun',
  plan,
  async run(input, ctx) {
    const { before } = checkPersona(input, ctx)
    const { isNew, ...persona } = input
    const at = ctx.now()
    const values = { ...persona, createdBy: before?.createdBy ?? ctx.actor.name, createdAt: at, updatedAt: at }
    const { createdAt: _, createdBy: __, id: ___, ...changed } = values
    await ctx.commit(async (tx) => {
      const insert = tx.insert(customPersonas).values(values)
      await (isNew && !before ? insert : insert.onConflictDoUpdate({ target: customPersonas.id, set: changed }))
      return {
        value: undefined,
        events: [
          { name: 'persona.saved', subject: `personas/persona/${input.id}`, data: { id: input.id, name: input.name } },
        ],
      }
    })
    await ctx.server.reloadPersonas()
    const saved = ctx.server.personas().find(({ id }) => id === input.id)!
    return { data: personaAnswer(saved, input.systemPrompt) }
  },
})
