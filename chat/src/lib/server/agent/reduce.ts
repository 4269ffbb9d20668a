import type { ModelMessage } from 'ai'

/** Characters of one token, on the safe side: tables and names take more tokens than prose. */
export const charactersPerToken = 3

export const tokensOf = (value: unknown): number =>
  Math.ceil((typeof value === 'string' ? value.length : (JSON.stringify(value)?.length ?? 0)) / charactersPerToken)

/** Result ids as the answers of the server name them. */
const resultId = /get_result \{"result":"([^"]{1,80})"/
const keptWhole = 400

/** A tool's text in one line: its evidence id, its first line and how the whole comes back. */
export function reduceText(text: string): string {
  if (text.length <= keptWhole) return text
  const [first = ''] = text.split('\n')
  const head = first.length > 240 ? `${first.slice(0, 240)}…` : first
  const id = resultId.exec(text)?.[1]
  const way = id ? `get_result {"result":"${id}"} brings it back` : 'call the tool again for the rest'
  return `${head} (left out to save room; ${way})`
}

/**
 * Older answers of tools in a line each, oldest first, until the messages fit. The newest messages with answers stay
 * whole: the model has not spoken about them yet. Undefined where nothing is to be done.
 */
export function reduceResults(
  messages: readonly ModelMessage[],
  tokens: number,
  fresh = 2,
): ModelMessage[] | undefined {
  let size = tokensOf(messages)
  if (size <= tokens) return undefined
  const toolMessages = messages.flatMap(({ role }, index) => (role === 'tool' ? [index] : []))
  const old = new Set(toolMessages.slice(0, Math.max(0, toolMessages.length - fresh)))
  let changed = false
  const reduced = messages.map((message, index): ModelMessage => {
    if (message.role !== 'tool' || !old.has(index) || size <= tokens) return message
    const content = message.content.map((part) => {
      if (part.type !== 'tool-result' || part.output.type !== 'text') return part
      const value = reduceText(part.output.value)
      if (value === part.output.value) return part
      changed = true
      size -= Math.floor((part.output.value.length - value.length) / charactersPerToken)
      return { ...part, output: { ...part.output, value } }
    })
    return { ...message, content }
  })
  return changed ? reduced : undefined
}
