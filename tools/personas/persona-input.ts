import * as z from 'zod'
import { ToolError } from '#contract'
import type { Context, PersonaInfo, ToolFacts } from '#define'
import { nearest } from '../scope.ts'

/** What a model is given before it begins, with the tools for every persona (QLT-046). */
export const personaLimits = { tools: 24, characters: 14_000, promptCharacters: 8_000 } as const
const common = ['search_tools', 'run_tool', 'get_result']

const idPattern = /^[a-z][a-z0-9-]{2,30}[a-z0-9]$/
const shortText = (most: number) =>
  z.string().refine((text) => text.length <= most, `must have at most ${most} characters`)
const filled = (most: number) => shortText(most).refine((text) => text.trim() !== '', 'must not be empty')

export const personaId = shortText(32).refine(
  (id) => idPattern.test(id),
  'must be 4 to 32 small letters, digits and hyphens, begin with a letter and end with no hyphen',
)

export const personaInput = z.strictObject({
  id: personaId.describe('gpu-night-shift'),
  name: filled(60).describe('Name'),
  description: filled(200).describe('What it is good at'),
  icon: shortText(32).default('person').describe('Icon'),
  systemPrompt: filled(personaLimits.promptCharacters).describe('How it works: role, method, tone'),
  capabilities: z.array(shortText(80)).describe('Tools listed to its model'),
  reach: z.array(shortText(80)).default([]).describe('Also callable: tool, domain/read, domain/* or *'),
  suggestions: z.array(filled(200)).default([]).describe('Questions it offers'),
  isNew: z.boolean().optional().describe('Refuse to replace one that is there'),
})
export type PersonaInput = z.output<typeof personaInput>

const refuse = (field: string, message: string, next: string): never => {
  throw new ToolError('invalid-input', message, { field, next, changed: 'nothing' })
}

/** PER-009 */
function refuseUnknown({ capabilities, reach }: PersonaInput, tools: readonly ToolFacts[]): void {
  const names = tools.map(({ name }) => name)
  const near = (name: string) => nearest(name, names)
  for (const name of capabilities)
    if (!names.includes(name))
      refuse(
        'capabilities',
        `There is no tool ${name}`,
        near(name) ? `Did you mean ${near(name)}?` : 'Find one with search_tools',
      )
  const domains = [...new Set(tools.map(({ domain }) => domain))]
  const patterns = new Set(['*', ...names, ...domains.flatMap((domain) => [`${domain}/*`, `${domain}/read`])])
  for (const pattern of reach)
    if (!patterns.has(pattern))
      refuse(
        'reach',
        `${pattern} reaches nothing`,
        `Use a tool, or one of these with /read or /*: ${domains.join(', ')}`,
      )
}

/** What its model reads of tools before it begins. */
export function costOf(capabilities: readonly string[], tools: readonly ToolFacts[]) {
  const listed = tools.filter(({ name }) => capabilities.includes(name) || common.includes(name))
  return { tools: listed.length, characters: listed.reduce((sum, { characters }) => sum + characters, 0) }
}

/** @throws ToolError persona-readonly, invalid-input with the field */
export function checkPersona(input: PersonaInput, ctx: Context): { before?: PersonaInfo } {
  const before = ctx.server.personas().find(({ id }) => id === input.id)
  if (before?.isBuiltin) throw readonly(before)
  if (before && input.isNew)
    refuse(
      'id',
      `There is a persona ${input.id} already, by ${before.createdBy}`,
      'Choose another id, or change that one',
    )
  const tools = ctx.server.toolsForPersonas()
  refuseUnknown(input, tools)
  const cost = costOf(input.capabilities, tools)
  if (cost.tools > personaLimits.tools)
    refuse(
      'capabilities',
      `${cost.tools} tools, with those that every persona has; ${personaLimits.tools} may be listed`,
      'Take some out and name their domains in reach: they are found by search_tools all the same',
    )
  if (cost.characters > personaLimits.characters)
    refuse(
      'capabilities',
      `What these tools say of themselves has ${cost.characters} characters; ${personaLimits.characters} may be listed`,
      'Take some out and name their domains in reach',
    )
  if (input.suggestions.length > 6) refuse('suggestions', 'Six questions at most', 'Leave some out')
  // It is sent to the model with every step and shown to everyone
  for (const field of ['systemPrompt', 'description', 'name'] as const)
    if (ctx.redact({ text: input[field] }).text !== input[field])
      refuse(field, 'This text holds something that looks like a secret', 'Take it out: everyone may read a persona')
  return before ? { before } : {}
}

export const readonly = ({ id, name }: PersonaInfo): ToolError =>
  new ToolError('persona-readonly', `${name} (${id}) is built in and stays as it is`, {
    field: 'id',
    next: 'Duplicate it under another id and change that one',
    changed: 'nothing',
  })
