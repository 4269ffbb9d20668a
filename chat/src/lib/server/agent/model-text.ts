import type { ToolOutput } from '../../types.ts'

// Terminal escapes, zero-width and bidirectional controls: a person does not see them, a model reads them.
const escapes = /(?![\t\n\r])\p{Cc}\[[0-?]*[ -/]*[@-~]|(?![\t\n\r])\p{Cc}\][^\p{Cc}]*(?![\t\n\r])\p{Cc}\\?/gu
const hidden = /(?![\t\n\r])[\p{Cc}\p{Cf}]/gu

/** `<|im_start|>`, `<｜tool▁calls▁begin｜>`: many servers turn these into the tokens that begin and end a message. */
const specialToken = /<([|｜][^<>\n]{1,64}[|｜])>/g
/** The words in which models of several makers write calls, results, roles and thoughts. */
const frame =
  /<(\/?(?:tool_calls?|tool_response|tool_result|tool_code|function_calls?|function|invoke|parameter|think|thinking|system|assistant|user|start_of_turn|end_of_turn|bos|eos|s|unk|pad)(?:[ =:][^<>\n]{0,80})?)>/gi
const brackets =
  /\[(\/?(?:INST|SYS|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|TOOL_CONTENT|IMG|ARGS|CALL_ID))\]/gi
const system = /<<(\/?SYS)>>/gi
/** Ids that a text from outside gives itself, and notes that only this house writes. */
const fakeEvidence = /\[(\^?e\d{1,4}(?:\s*[,;]\s*e\d{1,4})*)\]/gi
const fakeNote = /\[(?=\s*(?:Note from )?Quartermaster\b)/gi

/**
 * Text from outside as the model may read it: nothing in it can end its message, begin another role, look like a call in
 * the model's own notation, name evidence or pass for a note of ours. What people read is unchanged.
 */
export function quoteOutside(text: string): string {
  return text
    .replace(escapes, '')
    .replace(hidden, '')
    .replace(specialToken, '‹$1›')
    .replace(frame, '‹$1›')
    .replace(system, '‹‹$1››')
    .replace(brackets, '($1)')
    .replace(fakeEvidence, '($1)')
    .replace(fakeNote, '(')
}

/** A file as the model reads it: between fences that nothing in it can close. */
export function quoteFile(name: string, text: string): string {
  const quoted = quoteOutside(text)
  const longest = (quoted.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2)
  const fence = '`'.repeat(longest + 1)
  return `File ${JSON.stringify(quoteOutside(name))}, data from outside:\n${fence}\n${quoted}\n${fence}`
}

/** What the model reads of a call's answer: its evidence id, then the text. */
export function modelText({ text, evidence }: Pick<ToolOutput, 'text' | 'evidence'>): string {
  return evidence === undefined ? quoteOutside(text) : `[${evidence}] ${quoteOutside(text)}`
}

/** One line for an answer that is left out to save room. The whole comes back with get_result where it was kept. */
export function reducedText({ text, evidence, answer }: Pick<ToolOutput, 'text' | 'evidence' | 'answer'>): string {
  const [first = ''] = text.split('\n')
  const head = quoteOutside(first.length > 200 ? `${first.slice(0, 200)}…` : first)
  const way = answer?.result
    ? `get_result {"result":"${answer.result}"} brings it back`
    : 'call the tool again for the rest'
  const rest = text.length > first.length || first.length > 200 ? ` (left out to save room; ${way})` : ''
  return `${evidence === undefined ? '' : `[${evidence}] `}${head}${rest}`
}
