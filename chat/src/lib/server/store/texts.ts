import type { ChatMessage, ToolOutput } from '../../types.ts'

export const textLimits = { tool: 4_000, all: 60_000 }

/**
 * Stands after a mark that joins words, so that each word is found by itself: PostgreSQL takes `Qwen/Qwen3-8B` for the name of
 * a file and `<unit>` for markup. It is a control character, because a database in the C locale takes others for letters.
 */
const seam = '\u001f'
// biome-ignore lint/suspicious/noControlCharactersInRegex: the seam is one on purpose
const seams = /\u001f/g

const withSeams = (text: string) => text.replace(seams, ' ').replace(/([!-/:-@[-`{-~])(?=[\p{L}\p{N}])/gu, `$1${seam}`)

/** A stored text as people read it. */
export const withoutSeams = (text: string): string => text.replace(seams, '')

const toolText = (output: unknown): string =>
  typeof output === 'object' && output !== null && 'text' in output ? String((output as ToolOutput).text) : ''

/** What of a message can be found: what was said, the tools' names, and what they told the model. */
export function searchText(message: ChatMessage): string {
  const said: string[] = []
  const told: string[] = []
  for (const part of message.parts) {
    if (part.type === 'text') said.push(part.text)
    else if (part.type === 'data-steered') said.push(part.data.text)
    else if (part.type === 'dynamic-tool') {
      told.push(`${part.title ?? ''} ${part.toolName}`.trim())
      if (part.state === 'output-available') told.push(toolText(part.output).slice(0, textLimits.tool))
    }
  }
  // What was said first: it is never cut off for what tools told
  return withSeams([...said, ...told].join('\n').slice(0, textLimits.all))
}
