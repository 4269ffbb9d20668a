import type { ShownCard } from '../canvas/canvas.svelte.ts'
import type { ListedTool } from './client.ts'

export interface Pinnable {
  tool: string
  input: Record<string, unknown>
  title: string
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...(value as object) } : {}

/** The question that a card answers: what run_tool ran is pinned as itself. Undefined where nothing was asked. */
export function callOf({ tool, input, answer }: ShownCard): Pinnable | undefined {
  const given = record(input)
  const title = typeof answer.data?.title === 'string' ? answer.data.title : (answer.empty?.title ?? tool ?? '')
  if (tool === 'run_tool' && typeof given.name === 'string')
    return { tool: given.name, input: record(given.input), title: title.slice(0, 120) }
  return tool === undefined ? undefined : { tool, input: given, title: title.slice(0, 120) || tool }
}

/** Why a card cannot be pinned, by what its tool is; undefined where it can. The server holds the same rule. */
export function refusal(
  { tool }: Pick<Pinnable, 'tool'>,
  tools: readonly ListedTool[],
): 'changes' | 'kept-result' | 'unknown' | undefined {
  if (tool === 'get_result') return 'kept-result'
  const listed = tools.find(({ name }) => name === tool)
  if (!listed) return 'unknown'
  return listed.risk === 'read' ? undefined : 'changes'
}

/** A question about a card, for the composer: what it asked, so that the agent can ask the same. */
export function askAbout(title: string, { tool, input }: { tool: string; input: object }): string {
  const asked = JSON.stringify(input)
  return `About the card “${title}” (${tool}${asked === '{}' ? '' : ` ${asked.slice(0, 1_500)}`}): `
}
