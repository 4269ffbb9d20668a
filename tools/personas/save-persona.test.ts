import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PersonaInfo, ToolFacts } from '#define'
import { contextWithServer } from '../testing-server.ts'
import { personaId, personaLimits } from './persona-input.ts'
import { savePersona } from './save-persona.tool.ts'

const tool = (name: string, more: Partial<ToolFacts> = {}): ToolFacts => ({
  name,
  domain: 'kubernetes',
  title: name,
  about: name,
  risk: 'read',
  characters: 400,
  ...more,
})
const tools = [
  tool('search_tools', { domain: 'system' }),
  tool('run_tool', { domain: 'system' }),
  tool('get_result', { domain: 'system' }),
  tool('list_pods'),
  tool('drain_node', { risk: 'danger' }),
  ...Array.from({ length: 30 }, (_, index) => tool(`many_${index}`)),
  tool('wordy', { characters: 13_000 }),
]
const builtIn: PersonaInfo = {
  id: 'gpu-expert',
  name: 'GPU expert',
  description: 'GPUs',
  icon: 'gpu',
  tools: [],
  capabilities: [],
  reach: [],
  suggestions: [],
  isBuiltin: true,
  createdBy: 'Quartermaster',
}
const own = { ...builtIn, id: 'mine', name: 'Mine', isBuiltin: false, createdBy: 'Ada' }
const ctx = contextWithServer({
  personas: () => [builtIn, own],
  personaPrompt: () => 'Be kind.\nBe slow.',
  toolsForPersonas: () => tools,
})
const redacting = {
  ...ctx,
  redact: <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('hunter2', '•••')) as T,
}
const given = {
  id: 'night-shift',
  name: 'Night shift',
  description: 'Nights',
  systemPrompt: 'Be brief.',
  capabilities: ['list_pods'],
}
const planOf = async (more: object = {}) =>
  savePersona.plan!(savePersona.input.parse({ ...given, ...more }) as never, redacting)

describe('save_persona', () => {
  it('PER-002: a built-in one is persona-readonly, and says how to make one like it', async () => {
    await expect(planOf({ id: 'gpu-expert' })).rejects.toMatchObject({
      code: 'persona-readonly',
      status: 403,
      options: { next: expect.stringContaining('Duplicate') },
    })
  })

  it('PER-003: an id is what the pattern says', () => {
    const isId = (id: string) => personaId.safeParse(id).success
    for (const id of ['abcd', 'night-shift', 'a1-b', `a${'b'.repeat(31)}`]) expect(isId(id), id).toBe(true)
    for (const id of ['abc', 'Night', '1abc', 'abc-', 'a b c', 'näht', `a${'b'.repeat(32)}`, 'abcd\n'])
      expect(isId(id), JSON.stringify(id)).toBe(false)
    fc.assert(fc.property(fc.string(), (id) => isId(id) === /^[a-z][a-z0-9-]{2,30}[a-z0-9]$/.test(id)))
  })

  it('PER-009: only tools that exist, and patterns that reach something', async () => {
    await expect(planOf({ capabilities: ['list_pod'] })).rejects.toMatchObject({
      code: 'invalid-input',
      options: { field: 'capabilities', next: 'Did you mean list_pods?' },
    })
    for (const reach of ['kubernets/read', 'kubernetes/write', 'no_tool', '/*'])
      await expect(planOf({ reach: [reach] })).rejects.toMatchObject({ options: { field: 'reach' } })
    await expect(planOf({ reach: ['*', 'kubernetes/read', 'system/*', 'drain_node'] })).resolves.toBeTruthy()
  })

  it('QLT-046: at most 24 listed tools, and what they say of themselves fits', async () => {
    const many = (count: number) =>
      tools
        .filter(({ name }) => name.startsWith('many_'))
        .slice(0, count)
        .map(({ name }) => name)
    await expect(planOf({ capabilities: many(21) })).resolves.toMatchObject({
      impact: [{ value: '24' }, { value: '9600' }],
    })
    await expect(planOf({ capabilities: many(22) })).rejects.toMatchObject({ options: { field: 'capabilities' } })
    await expect(planOf({ capabilities: ['wordy'] })).rejects.toMatchObject({
      message: expect.stringContaining(String(personaLimits.characters)),
    })
    expect(savePersona.input.safeParse({ ...given, systemPrompt: 'a'.repeat(8_001) }).success).toBe(false)
  })

  it('a text with a secret in it is refused by its field', async () => {
    await expect(planOf({ systemPrompt: 'The password is hunter2' })).rejects.toMatchObject({
      options: { field: 'systemPrompt' },
    })
  })

  it('the plan of an agent shows the prompt whole, line by line, and which tools change', async () => {
    const plan = await planOf({ id: 'mine', systemPrompt: 'Be quick.\nBe brief.', capabilities: ['drain_node'] })
    expect(plan.diff?.split('\n')).toEqual([
      '--- prompt',
      '+++ prompt',
      '-Be kind.',
      '-Be slow.',
      '+Be quick.',
      '+Be brief.',
    ])
    expect(plan.checks).toMatchObject([{ state: 'warn', detail: expect.stringContaining('drain_node') }])
  })

  it('a new one replaces none', async () => {
    await expect(planOf({ id: 'mine', isNew: true })).rejects.toMatchObject({
      options: { field: 'id' },
      message: expect.stringContaining('Ada'),
    })
  })
})
