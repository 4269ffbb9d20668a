import { ToolError } from '#contract'
import type { Domain, PersonaInfo } from '#define'
import type { Persona } from '#personas/index.ts'

/** A persona of the table (PER-002): its prompt is a text and no file. */
export interface CustomPersona extends Persona {
  systemPrompt: string
  createdBy: string
}

/** Which tools a persona has directly, and which it reaches through run_tool. */
export interface PersonaList {
  all(): PersonaInfo[]
  /** @throws ToolError persona-not-found */
  check(persona: string): string
  /** Tools listed to the model, in this order; names of tools that do not exist are left out */
  direct(persona: string): readonly string[]
  reaches(persona: string, tool: string): boolean
  prompt(persona: string): string
  /** The personas that people made, all of them; the name of a built-in one stays its own */
  setCustom(personas: readonly CustomPersona[]): void
}

export interface PersonaListOptions {
  personas: readonly Persona[]
  common: readonly string[]
  prompt: (id: string) => string
  domains: readonly Domain[]
}

/** Personas over the tools that exist: each list is worked out once (CHT-036, QLT-046). */
export function createPersonaList({ personas, common, prompt, domains }: PersonaListOptions): PersonaList {
  const tools = domains.flatMap((domain) => domain.tools.map((tool) => ({ tool, domain: domain.name })))
  const names = new Set(tools.map(({ tool }) => tool.name))
  const matches = (pattern: string, { tool, domain }: (typeof tools)[number]) =>
    pattern === '*' ||
    pattern === tool.name ||
    pattern === `${domain}/*` ||
    (pattern === `${domain}/read` && tool.risk === 'read')

  const worked = (persona: Persona, custom?: CustomPersona) => {
    const direct = [...new Set([...persona.capabilities, ...common])].filter((name) => names.has(name))
    const reach = tools
      .filter((one) => persona.reach.some((pattern) => matches(pattern, one)))
      .map(({ tool }) => tool.name)
    return { persona, custom, direct, reach: new Set([...direct, ...reach]) }
  }
  const builtIn = new Map(personas.map((persona) => [persona.id, worked(persona)]))
  let lists = builtIn
  const listOf = (id: string) => {
    const found = lists.get(id)
    if (!found)
      throw new ToolError('persona-not-found', `There is no persona ${id}`, {
        next: `Use one of: ${[...lists.keys()].join(', ')}`,
        changed: 'nothing',
      })
    return found
  }
  return {
    all: () =>
      [...lists.values()].map(({ persona, custom, direct }) => ({
        id: persona.id,
        name: persona.name,
        description: persona.description,
        icon: persona.icon,
        tools: [...direct],
        capabilities: [...persona.capabilities],
        reach: [...persona.reach],
        suggestions: [...persona.suggestions],
        isBuiltin: custom === undefined,
        createdBy: custom?.createdBy ?? 'Quartermaster',
      })),
    check: (id) => listOf(id).persona.id,
    direct: (id) => listOf(id).direct,
    reaches: (id, tool) => listOf(id).reach.has(tool),
    prompt: (id) => listOf(id).custom?.systemPrompt ?? prompt(id),
    setCustom(custom) {
      const own = custom.filter(({ id }) => !builtIn.has(id)).map((one) => [one.id, worked(one, one)] as const)
      lists = new Map([...builtIn, ...own])
    },
  }
}
