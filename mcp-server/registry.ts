import * as z from 'zod'
import { ToolError } from '#contract'
import type { Actor, Domain, Tool } from '#define'
import type { ClientName } from '#tools/clients/index.ts'
import { nearest } from './answer/parse.ts'
import { mayCall } from './policy/allow.ts'
import type { PersonaList } from './policy/persona-list.ts'

export interface Entry {
  tool: Tool
  domain: string
  /** JSON Schema of the arguments as a model reads it, converted once */
  readonly input: Record<string, unknown>
  /** Words it is found by */
  readonly words: string
}

export interface Registry {
  all(): readonly Entry[]
  /** @throws unknown-tool with near names, not-configured where a client it needs is missing */
  find(name: string): Entry
  /** What this actor may call, in order of the domains; `direct` only what its persona lists */
  visible(actor: Actor, only?: 'direct'): Entry[]
  search(query: string, actor: Actor, limit: number): Entry[]
}

/** What a model reads of a tool before it calls: name, description and argument schema. */
export const visibleCharacters = ({ tool, input }: Entry): number =>
  tool.name.length + tool.about.length + JSON.stringify(input).length

export function inputSchema(tool: Tool): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { io: 'input' }) as Record<string, unknown>
  return schema
}

/** Bounds that the parser holds and that no model needs to read: they would be an eighth of the tool list. */
const unread = new Set(['maxLength', 'minLength', 'pattern', 'format', 'maxItems', 'minItems', 'propertyNames'])

function lean(schema: unknown, isProperties = false, name = ''): unknown {
  if (Array.isArray(schema)) return schema.map((one) => lean(one))
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([key, value]) =>
          isProperties ||
          !(
            unread.has(key) ||
            Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER ||
            // says no more than the name does
            (key === 'description' && String(value).toLowerCase() === name.toLowerCase())
          ),
      )
      .map(([key, value]) => [key, lean(value, key === 'properties' && !isProperties, isProperties ? key : undefined)]),
  )
}

/** What costs time is made when it is asked for: a start needs the schemas of its persona's tools only. */
function entryOf(tool: Tool, domain: Domain): Entry {
  let input: Entry['input'] | undefined
  let words: string | undefined
  return {
    tool,
    domain: domain.name,
    get input() {
      input ??= lean(inputSchema(tool)) as Entry['input']
      return input
    },
    get words() {
      words ??=
        `${tool.name.replaceAll('_', ' ')} ${tool.title} ${tool.about} ${domain.name} ${domain.about} ${Object.keys(tool.input.shape).join(' ')}`.toLowerCase()
      return words
    },
  }
}

export interface RegistryOptions {
  domains: readonly Domain[]
  personas: PersonaList
  /** Clients that are configured now: the first cluster that is registered may bring one */
  configured: Pick<ReadonlySet<ClientName>, 'has'>
}

/** Find, filter and search tools. A tool whose clients are not configured is hidden and says why when called. */
export function createRegistry({ domains, personas, configured }: RegistryOptions): Registry {
  const entries: Entry[] = domains.flatMap((domain) => domain.tools.map((tool) => entryOf(tool, domain)))
  const byName = new Map(entries.map((entry) => [entry.tool.name, entry]))
  const isConfigured = ({ tool }: Entry) => tool.needs.every((client) => configured.has(client))
  const mayReach = (actor: Actor) =>
    entries.filter((entry) => isConfigured(entry) && mayCall(actor, entry.tool, personas))

  return {
    all: () => entries,
    find(name) {
      const entry = byName.get(name)
      if (!entry) {
        const near = nearest(name, [...byName.keys()])
        throw new ToolError('unknown-tool', `There is no tool ${name.slice(0, 100)}`, {
          next: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Find one with search_tools',
          changed: 'nothing',
        })
      }
      const missing = entry.tool.needs.find((client) => !configured.has(client))
      if (missing)
        throw new ToolError('not-configured', `${name} needs ${missing}, and none is configured`, {
          next: `Register a cluster that has it (register_cluster), or add \`${missing}\` to the configuration file named by QM_CONFIG (docs/configuration.md) and start again`,
          changed: 'nothing',
        })
      return entry
    },
    visible(actor, only) {
      const reachable = mayReach(actor)
      if (only !== 'direct' || actor.persona === undefined) return reachable
      const direct = personas.direct(actor.persona)
      return reachable
        .filter(({ tool }) => direct.includes(tool.name))
        .sort((a, b) => direct.indexOf(a.tool.name) - direct.indexOf(b.tool.name))
    },
    search(query, actor, limit) {
      const words = query
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((word) => word.length > 1)
      return mayReach(actor)
        .map((entry) => ({ entry, score: score(entry, words) }))
        .filter(({ score }) => words.length === 0 || score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, limit)
        .map(({ entry }) => entry)
    },
  }
}

/** Words of a question that say nothing about a tool. */
const fillers = new Set(
  'a an and are at by can do does for from get how i in is it me my of on or the there to what which why with'.split(
    ' ',
  ),
)

/**
 * A word counts by where it stands: name, then title, then anywhere, and only where a word begins. Plurals match their
 * singular.
 */
function score({ tool, words: text }: Entry, words: string[]): number {
  return words.reduce((sum, word) => {
    const stem = word.replace(/(es|s|ing)$/, '')
    if (stem.length < 2 || fillers.has(word)) return sum
    if (begins(tool.name, stem)) return sum + 5
    if (begins(tool.title.toLowerCase(), stem)) return sum + 3
    return begins(text, stem) ? sum + 1 : sum
  }, 0)
}

const begins = (text: string, stem: string) => text.split(/[^a-z0-9]+/).some((word) => word.startsWith(stem))
