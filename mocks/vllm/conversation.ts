import type { ChatMessage, OfferedTool } from './wire.ts'

/** One tool call and what came back. `tool` and `input` are the inner ones where `run_tool` was used. */
export interface Call {
  tool: string
  input: Record<string, unknown>
  /** The name that was really called: `run_tool` or the same as `tool`. */
  calledAs: string
  result?: string
  /** The id that our chat puts at the head of a result: sentences name it as their evidence */
  evidence?: string
}

/** A question of the person, the calls it led to, and the text that was answered. */
export interface Turn {
  question: string
  calls: Call[]
  answer: string
}

export interface Conversation {
  system: string
  /** At least one; the last is the open one. */
  turns: Turn[]
}

/** Our chat puts the time before what a person says. */
const timeStamp = /^\[\d{4}-\d\d-\d\d \d\d:\d\d\] /

const head = /^\[(e\d+)\] /

function readHead(content: string): Pick<Call, 'result' | 'evidence'> {
  const evidence = head.exec(content)?.[1]
  return evidence === undefined ? { result: content } : { result: content.replace(head, ''), evidence }
}

/** Sorts chat messages into turns. A tool message belongs to the call with its id; messages before any question are skipped. */
export function readConversation(messages: ChatMessage[]): Conversation {
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer').map(({ content }) => content)
  const turns: Turn[] = []
  const byId = new Map<string, Call>()
  for (const message of messages) {
    const turn = turns.at(-1)
    // Said by our chat in the middle of an answer, not by the person
    if (message.role === 'user' && turn && message.content.startsWith('[Quartermaster: ')) continue
    if (message.role === 'user') {
      turns.push({ question: message.content.replace(timeStamp, ''), calls: [], answer: '' })
    } else if (message.role === 'assistant' && turn) {
      turn.answer += message.content
      for (const { id, name, arguments: json } of message.toolCalls) {
        const call = readCall(name, json)
        byId.set(id, call)
        turn.calls.push(call)
      }
    } else if (message.role === 'tool') {
      const call = byId.get(message.toolCallId ?? '')
      if (call) Object.assign(call, readHead(message.content))
    }
  }
  return { system: system.join('\n'), turns: turns.length ? turns : [{ question: '', calls: [], answer: '' }] }
}

function readCall(name: string, json: string): Call {
  const input = parseObject(json)
  if (name !== 'run_tool') return { tool: name, input, calledAs: name }
  const inner = Object.values(input).find((value) => typeof value === 'string')
  const rest =
    input.input ?? input.arguments ?? input.args ?? Object.values(input).find((value) => typeof value === 'object')
  return {
    tool: typeof inner === 'string' ? inner : name,
    input: typeof rest === 'string' ? parseObject(rest) : isObject(rest) ? rest : {},
    calledAs: name,
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json || '{}')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The offered tools by name. */
export type Toolbox = ReadonlyMap<string, OfferedTool>
