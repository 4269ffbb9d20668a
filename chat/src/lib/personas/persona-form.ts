import type { ListedTool } from '../dashboards/client.ts'
import type { Words } from '../words/index.ts'

export interface Persona {
  id: string
  name: string
  description: string
  icon: string
  systemPrompt: string
  capabilities: string[]
  reach: string[]
  suggestions: string[]
  isBuiltin: boolean
  createdBy: string
}

/** As the server holds it (QLT-046); said in the form before it is sent. */
export const limits = { tools: 24, characters: 14_000, promptCharacters: 8_000, suggestions: 6 } as const
const common = ['search_tools', 'run_tool', 'get_result']

export const emptyPersona: Persona = {
  id: '',
  name: '',
  description: '',
  icon: 'person',
  systemPrompt: '',
  capabilities: [],
  reach: [],
  suggestions: [],
  isBuiltin: false,
  createdBy: '',
}

/** `GPU night shift` → `gpu-night-shift` (PER-003). */
export const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 32)
    .replace(/-+$/, '')

export function cost(capabilities: readonly string[], tools: readonly ListedTool[]) {
  const listed = tools.filter(({ name }) => capabilities.includes(name) || common.includes(name))
  return { tools: listed.length, characters: listed.reduce((sum, { characters }) => sum + characters, 0) }
}

export type Problems = Partial<Record<keyof Persona, string>>

export function problemsOf(persona: Persona, tools: readonly ListedTool[], words: Words['personas']): Problems {
  const { problems } = words
  const within = (text: string, most: number) => text.trim() !== '' && text.length <= most
  const used = cost(persona.capabilities, tools)
  return {
    ...(!within(persona.name, 60) && { name: problems.name }),
    ...(!/^[a-z][a-z0-9-]{2,30}[a-z0-9]$/.test(persona.id) && { id: problems.id }),
    ...(!within(persona.description, 200) && { description: problems.description }),
    ...(!within(persona.systemPrompt, limits.promptCharacters) && {
      systemPrompt: problems.prompt(limits.promptCharacters),
    }),
    ...((used.tools > limits.tools || used.characters > limits.characters) && { capabilities: problems.tools }),
    ...(persona.suggestions.length > limits.suggestions && { suggestions: problems.suggestions }),
  }
}

export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
