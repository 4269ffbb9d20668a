import { announce, writeAnswer } from './answer.ts'
import { buildArguments } from './arguments.ts'
import { readConversation } from './conversation.ts'
import { focusOf, knownNames } from './memory.ts'
import { type PlannedCall, plan } from './plan/index.ts'
import { readQuestion } from './plan/question.ts'
import { isRead } from './results.ts'
import type { ChatRequest } from './wire.ts'

/** What the model says: reasoning, text and calls, not yet cut into tokens. `arguments` is JSON text. */
export interface Completion {
  reasoning: string
  content: string
  calls: { name: string; arguments: string }[]
}

/** The demo model: from a request to what it says. Pure, apart from the clock that it is given (epoch milliseconds). */
export function complete(request: ChatRequest, nowMs: number): Completion {
  const conversation = readConversation(request.messages)
  const toolbox = new Map(request.tools.map((tool) => [tool.name, tool]))
  const question = conversation.turns.at(-1)?.question ?? ''
  if (request.responseSchema) return structured(request, question, nowMs)
  if (!request.tools.length && /\btitle\b/i.test(`${conversation.system} ${question}`)) return say(titleOf(question))
  if (typeof request.toolChoice === 'object')
    return call([forced(request, request.toolChoice.name, nowMs)], 'This tool was asked for.')
  const decision = plan({ conversation, toolbox, nowMs })
  if (decision.kind === 'calls') {
    const calls = request.parallelToolCalls ? decision.calls : decision.calls.slice(0, 1)
    const changes = calls.some(({ name, input }) => !isRead(name === 'run_tool' ? String(input.name) : name))
    return { ...call(calls, decision.reasoning), content: changes ? announce(conversation) : '' }
  }
  const fallback = request.tools[0]
  const mustCall = request.toolChoice === 'required' && fallback && !conversation.turns.at(-1)?.calls.length
  if (mustCall) return call([forced(request, fallback.name, nowMs)], 'A tool must be called, so I call the first one.')
  return { reasoning: decision.reasoning, content: writeAnswer(decision, { conversation, toolbox }), calls: [] }
}

const say = (content: string): Completion => ({ reasoning: '', content, calls: [] })

function call(calls: PlannedCall[], reasoning: string): Completion {
  return { reasoning, content: '', calls: calls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })) }
}

/** A call that the request demands by name: its arguments come from whatever the question names. */
function forced(request: ChatRequest, name: string, nowMs: number): PlannedCall {
  const conversation = readConversation(request.messages)
  const toolbox = new Map(request.tools.map((tool) => [tool.name, tool]))
  const decision = plan({ conversation, toolbox: new Map([...toolbox].filter(([tool]) => tool === name)), nowMs })
  const planned = decision.kind === 'calls' ? decision.calls.find((one) => one.name === name) : undefined
  if (planned) return planned
  const known = knownNames(conversation, toolbox)
  const text = conversation.turns.at(-1)?.question ?? ''
  const {
    heads: _heads,
    traceId: _trace,
    ...entities
  } = { ...focusOf(conversation, known), ...readQuestion(text, known).entities }
  const { schema = {} } = toolbox.get(name) ?? {}
  return { name, input: buildArguments(schema, { ...entities, query: text }, nowMs).arguments }
}

/** JSON that a response schema asks for, with the question in its first free text. */
function structured(request: ChatRequest, question: string, nowMs: number): Completion {
  const { arguments: value } = buildArguments(
    request.responseSchema ?? {},
    { name: titleOf(question), text: question, query: question },
    nowMs,
  )
  return say(JSON.stringify(value))
}

/** A title for a conversation: the first words of its question, without the request for a title. */
function titleOf(question: string): string {
  const quoted = /["“«]([^"”»]{3,})["”»]/.exec(question)?.[1] ?? question.split('\n').filter(Boolean).at(-1) ?? question
  const words = quoted
    .replace(/[?!.\s]+$/, '')
    .split(/\s+/)
    .slice(0, 8)
    .join(' ')
  return words ? words[0]!.toUpperCase() + words.slice(1) : 'New conversation'
}

/** A text of exactly `tokens` tokens, for measuring how fast a client takes a burst. */
export function burstText(tokens: number): string {
  return Array.from({ length: tokens }, (_, index) => (index % 12 === 11 ? ' end' : ' token')).join('')
}
