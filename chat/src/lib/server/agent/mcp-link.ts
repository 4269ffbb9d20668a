import { createMCPClient, type ListToolsResult, type MCPClient } from '@ai-sdk/mcp'
import type { Answer } from '#contract'
import type { RunbookChoice, ToolOutput } from '../../types.ts'

export type ToolDefinition = ListToolsResult['tools'][number]

export interface PromptInfo {
  id: string
  name: string
  description: string
}

/** The agent's connection to the MCP server: opened when first needed, closed with the run. */
export interface McpLink {
  tools(): Promise<ToolDefinition[]>
  /** Text of the prompt `persona/<id>`; undefined where the server has none */
  personaPrompt(persona: string): Promise<string | undefined>
  personas(): Promise<PromptInfo[]>
  runbooks(): Promise<RunbookChoice[]>
  /** What a runbook asks with these arguments. Throws an error whose message names the argument that is missing */
  runbook(id: string, given: Record<string, string>): Promise<string>
  /** Values of an argument of a runbook, or of a kind of thing (`mention`), that may be meant by some letters */
  complete(what: { runbook: string; argument: string } | { mention: string }, text: string): Promise<string[]>
  call(name: string, input: unknown, signal: AbortSignal, timeoutMs: number): Promise<ToolOutput>
  close(): Promise<void>
}

interface Kept<T> {
  value: Promise<T>
  until: number
}

// Tool lists depend on the persona and the endpoint; a conversation's every turn would ask again otherwise.
const toolLists = new Map<string, Kept<ToolDefinition[]>>()
const prompts = new Map<string, Kept<string | undefined>>()
const listTtlMs = 15_000

/** What is kept or on its way, else what `ask` answers. One asker's failure is his own: whoever waited with him asks again. */
async function keptOr<T>(
  kept: Map<string, Kept<T>>,
  { key, now, ask }: { key: string; now: () => number; ask: () => Promise<T> },
): Promise<T> {
  const known = kept.get(key)
  if (known && known.until > now()) return known.value.catch(ask)
  const asked: Kept<T> = { value: ask(), until: now() + listTtlMs }
  kept.set(key, asked)
  try {
    return await asked.value
  } catch (error) {
    if (kept.get(key) === asked) kept.delete(key)
    throw error
  }
}

export function forgetToolLists() {
  toolLists.clear()
  prompts.clear()
}

export function openLink(options: {
  url: string
  token: string
  persona: string
  /** Whose tools these are: lists are kept apart by person */
  person?: string
  now: () => number
  connectTimeoutMs?: number
}): McpLink {
  const { url, token, persona, person = '', now } = options
  const timeout = options.connectTimeoutMs ?? 5000
  let opening: Promise<MCPClient> | undefined
  const client = () => {
    opening ??= createMCPClient({
      transport: { type: 'http', url, headers: { authorization: `Bearer ${token}` } },
      clientName: 'quartermaster-chat',
      initializationOptions: { timeout },
    }).catch((error) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const key = `${url} ${person} ${persona}`

  return {
    tools: () =>
      keptOr(toolLists, {
        ...{ key, now },
        ask: async () => (await (await client()).listTools({ options: { timeout } })).tools,
      }),

    personaPrompt: (id) =>
      keptOr(prompts, {
        ...{ key: `${url} ${id}`, now },
        ask: async () =>
          (await client())
            .getPrompt({ name: `persona/${id}`, options: { timeout } })
            .then(({ messages }) =>
              messages
                .map(({ content }) => (content.type === 'text' ? content.text : ''))
                .filter(Boolean)
                .join('\n\n'),
            )
            .catch(() => undefined),
      }),

    async personas() {
      const { prompts: list } = await (await client()).listPrompts({ options: { timeout } })
      return list
        .filter(({ name }) => name.startsWith('persona/'))
        .map(({ name, title, description }) => ({
          id: name.slice('persona/'.length),
          name: title ?? name.slice('persona/'.length),
          description: description ?? '',
        }))
    },

    async runbooks() {
      const { prompts: list } = await (await client()).listPrompts({ options: { timeout } })
      return list
        .filter(({ name }) => name.startsWith('runbook/'))
        .map(({ name, title, description, arguments: takes = [] }) => ({
          id: name.slice('runbook/'.length),
          title: title ?? name,
          about: description ?? '',
          arguments: takes.map((one) => ({
            name: one.name,
            title: (one as { title?: string }).title ?? one.name,
            about: one.description ?? '',
            required: one.required === true,
          })),
        }))
    },

    async runbook(id, given) {
      const { messages } = await (await client()).getPrompt({
        name: `runbook/${id}`,
        arguments: given,
        options: { timeout },
      })
      return messages.map(({ content }) => (content.type === 'text' ? content.text : '')).join('\n\n')
    },

    async complete(what, text) {
      const { completion } = await (await client()).complete({
        ...('mention' in what
          ? {
              ref: { type: 'ref/resource' as const, uri: 'quartermaster://fleet/{kind}/{name}' },
              argument: { name: 'name', value: text },
              context: { arguments: { kind: what.mention } },
            }
          : {
              ref: { type: 'ref/prompt' as const, name: `runbook/${what.runbook}` },
              argument: { name: what.argument, value: text },
            }),
        options: { timeout },
      })
      return completion.values
    },

    async call(name, input, signal, timeoutMs) {
      const started = now()
      const raw = await (await client()).callTool({
        name,
        arguments: (input ?? {}) as Record<string, unknown>,
        options: { signal, timeout: timeoutMs, maxTotalTimeout: timeoutMs },
      })
      return { ...readResult(raw), tookMs: now() - started }
    },

    async close() {
      await (await opening?.catch(() => undefined))?.close().catch(() => undefined)
    },
  }
}

/** Content for the model and the envelope for the card out of a CallToolResult of any MCP server. */
export function readResult(raw: unknown): Omit<ToolOutput, 'tookMs'> {
  const result = raw as { content?: unknown; structuredContent?: unknown; isError?: boolean }
  const blocks = Array.isArray(result.content) ? (result.content as Record<string, unknown>[]) : []
  const structured = result.structuredContent
  const answer = isAnswer(structured) ? structured : undefined
  const text = blocks
    .map((block) => (block.type === 'text' ? String(block.text) : `[${String(block.type)} left out]`))
    .join('\n')
  return {
    text: text || (structured === undefined ? '(no output)' : JSON.stringify(structured)),
    ...(answer && { answer }),
    isError: result.isError === true || answer?.error !== undefined,
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && typeof (value as { card?: unknown }).card === 'string'
}
