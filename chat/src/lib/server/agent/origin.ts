import type { ChatMessage, ToolOutput } from '../../types.ts'
import { plainText } from './history.ts'

/** Tools whose answers quote what programs and strangers wrote: logs, events, traces, alerts, files. */
const outside = /log|event|trace|span|alert|notification|annotation|resource|describe|search_text/i

/** What was read in one run and who wrote it. */
export interface Origins {
  read(tool: string, output: ToolOutput): void
  /** Values of a change's arguments that stand in outside text only */
  onlyOutside(input: unknown): string[]
}

/** Follows where the arguments of a change come from: the person, the fleet's own lists, or only text from outside. */
export function createOrigins(history: readonly ChatMessage[]): Origins {
  const person = history
    .filter(({ role }) => role === 'user')
    .map(plainText)
    .join('\n')
    .toLowerCase()
  let fleet = ''
  let quoted = ''
  const read = (tool: string, { text }: ToolOutput) => {
    if (outside.test(tool)) quoted += `\n${text.toLowerCase()}`
    else fleet += `\n${text.toLowerCase()}`
  }
  for (const { parts } of history)
    for (const part of parts)
      if (part.type === 'dynamic-tool' && part.state === 'output-available' && isText(part.output))
        read(part.toolName, part.output)
  return {
    read,
    onlyOutside: (input) => [
      ...new Set(
        strings(input).filter((value) => {
          const needle = value.toLowerCase()
          return needle.length > 2 && quoted.includes(needle) && !person.includes(needle) && !fleet.includes(needle)
        }),
      ),
    ],
  }
}

const isText = (output: unknown): output is ToolOutput =>
  typeof output === 'object' && output !== null && typeof (output as ToolOutput).text === 'string'

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(strings)
}
