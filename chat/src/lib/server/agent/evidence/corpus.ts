import type { ChatMessage, ToolOutput } from '../../../types.ts'
import { hasState, type NumberFact, numbersOf, takeNames } from './facts.ts'

/** One call whose answer sentences can rest on. */
export interface Source {
  id: string
  callId: string
  text: string
  /** What was asked: names in it count as said, for an answer that says that nothing is there */
  asked: string
}

/** What a sentence is looked up in. */
export interface IndexedSource {
  id: string
  has(fact: NumberFact): boolean
  names(name: string): boolean
  state(state: string): boolean
  /** Lines in which this state stands: what a model counted */
  countOf(state: string): number
}

const isOutput = (output: unknown): output is ToolOutput =>
  typeof output === 'object' && output !== null && typeof (output as ToolOutput).text === 'string'

/** The calls of a conversation that have an evidence id. */
export function sourcesOf(messages: readonly ChatMessage[]): Source[] {
  return messages.flatMap((message) =>
    message.parts.flatMap((part): Source[] => {
      if (part.type !== 'dynamic-tool' || part.state !== 'output-available' || !isOutput(part.output)) return []
      const { evidence, text } = part.output
      if (evidence === undefined) return []
      return [{ id: evidence, callId: part.toolCallId, text, asked: JSON.stringify(part.input ?? {}) }]
    }),
  )
}

/** The number behind the newest evidence id of a conversation; 0 where there is none. */
export const lastEvidence = (messages: readonly ChatMessage[]): number =>
  sourcesOf(messages).reduce((last, { id }) => Math.max(last, Number(id.slice(1)) || 0), 0)

/** Reads an answer once, however many sentences are looked up in it. */
export function indexSource({ id, text, asked }: Source): IndexedSource {
  const whole = `${text}\n${asked}`.toLowerCase()
  let numbers: NumberFact[] | undefined
  const lines = text.split('\n')
  return {
    id,
    has(fact) {
      numbers ??= numbersOf(takeNames(`${text}\n${asked}`, () => false).rest.replaceAll(/["{}[\]():=/|]/g, ' '))
      return numbers.some((known) => sameNumber(fact, known))
    },
    names: (name) => standsIn(whole, name.toLowerCase()),
    state: (state) => hasState(text, state),
    countOf: (state) => lines.filter((line) => hasState(line, state)).length,
  }
}

/** As a word of its own: `gpu-1` does not stand in `gpu-17`. */
function standsIn(whole: string, name: string): boolean {
  for (let at = whole.indexOf(name); at >= 0; at = whole.indexOf(name, at + 1)) {
    const before = whole[at - 1] ?? ' '
    const after = whole[at + name.length] ?? ' '
    const next = whole[at + name.length + 1] ?? ' '
    const goesOn = /[a-z0-9]/.test(after) || (/[-./]/.test(after) && /[a-z0-9]/.test(next) && !/[/]/.test(after))
    if (!/[a-z0-9]/.test(before) && !(/-/.test(before) && /[a-z0-9]/.test(whole[at - 2] ?? ' ')) && !goesOn) return true
  }
  return false
}

/** 87 for 87.3 and 1,234 for 1234; GB is not GiB; a number never stands for one with more digits than it has. */
export function sameNumber(said: NumberFact, known: NumberFact): boolean {
  if (said.unit !== undefined && known.unit !== undefined && said.unit !== known.unit) return false
  if (said.value === known.value) return true
  if (said.decimals >= known.decimals) return false
  return Math.abs(known.value - said.value) <= 0.5 * 10 ** -said.decimals + 1e-9
}
