import { dynamicTool, jsonSchema, type ToolSet } from 'ai'
import type { ChatMessage, TodoList, ToolOutput } from '../../types.ts'
import { quoteOutside } from './model-text.ts'

export const todoTool = 'update_todo'
const states = ['open', 'doing', 'done', 'dropped'] as const
const most = { items: 20, characters: 160 }

/** The list that a call of the tool sets; undefined where its arguments are none. */
export function readTodo(input: unknown): TodoList | undefined {
  const { items } = (input ?? {}) as { items?: unknown }
  if (!Array.isArray(items)) return undefined
  const read = items.slice(0, most.items).flatMap((item: unknown): TodoList['items'] => {
    const { text, state } = (typeof item === 'string' ? { text: item } : (item ?? {})) as Record<string, unknown>
    if (typeof text !== 'string' || text.trim() === '') return []
    return [{ text: text.trim().slice(0, most.characters), state: states.find((one) => one === state) ?? 'open' }]
  })
  return read.length === 0 ? undefined : { items: read }
}

/** A tool of the loop itself: the model keeps the plan of a long investigation where people see it. */
export const todoTools = (): ToolSet => ({
  [todoTool]: dynamicTool({
    description: 'For investigations of more than 4 calls: set the whole to-do list; call again when an item changes.',
    inputSchema: jsonSchema({
      type: 'object',
      properties: {
        items: {
          type: 'array',
          maxItems: most.items,
          items: {
            type: 'object',
            properties: { text: { type: 'string' }, state: { type: 'string', enum: [...states] } },
            required: ['text', 'state'],
          },
        },
      },
      required: ['items'],
    }),
    execute: async (input): Promise<ToolOutput> => {
      const list = readTodo(input)
      return list
        ? { text: `Noted, ${list.items.length} items.`, isError: false, tookMs: 0 }
        : { text: 'Not noted: items must be a list of {text, state}.', isError: true, tookMs: 0 }
    },
    toModelOutput: ({ output }) => ({ type: 'text', value: (output as ToolOutput).text }),
  }),
})

/** The list as it stands at the end of these messages. */
export function latestTodo(messages: readonly ChatMessage[]): TodoList | undefined {
  for (const message of [...messages].reverse())
    for (const part of [...message.parts].reverse()) if (part.type === 'data-todo') return part.data
  return undefined
}

/** For the instructions, when the call that set the list is no longer among the messages. */
export const todoText = ({ items }: TodoList): string =>
  `The to-do list as it stands:\n${items.map(({ text, state }) => `- ${state}: ${quoteOutside(text)}`).join('\n')}`
