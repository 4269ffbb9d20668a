import { ToolError } from '#contract'
import type { PinnedCard } from '../dashboards/types.ts'
import type { ChatHost } from './host.ts'

interface Listed {
  name: string
  risk: string
}

const keptMs = 60_000
const limitMs = 5_000
let kept: { url: string; until: number; tools: Map<string, string> } | undefined

/** Tools whose answer is about one call and not about the fleet: asked again it is gone or another. */
const never: Record<string, string> = {
  run_tool: 'Pin the tool that it runs.',
  get_result: 'A kept result is gone after a while: pin the question that led to it.',
}

/** Risk by name, of every tool that can be asked here. ToolError store-unavailable */
async function risks(host: ChatHost, nowMs: number): Promise<Map<string, string>> {
  if (kept?.url === host.apiUrl && kept.until > nowMs) return kept.tools
  const token = host.agentToken({ conversation: 'page', persona: 'default', clusters: [] })
  try {
    const response = await fetch(`${host.apiUrl}/api/v1/catalogue`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(limitMs),
    })
    const body = (await response.json()) as { tools?: Listed[] }
    if (!response.ok || !body.tools) throw new Error(`answered ${response.status}`)
    const tools = new Map(body.tools.map(({ name, risk }) => [name, risk]))
    kept = { url: host.apiUrl, until: nowMs + keptMs, tools }
    return tools
  } catch (cause) {
    throw new ToolError(
      'store-unavailable',
      'The tools cannot be read, so nobody knows whether this card only reads.',
      {
        next: 'Try again in a moment.',
        changed: 'nothing',
        cause,
      },
    )
  }
}

/** A dashboard asks its cards again and again, without anybody looking at each: they may only read. */
export async function refuseChanging(
  cards: readonly PinnedCard[],
  { host, now }: { host: ChatHost; now: () => number },
): Promise<void> {
  if (cards.length === 0) return
  const known = await risks(host, now())
  for (const { tool } of cards) {
    const refuse = (message: string, next: string): never => {
      throw new ToolError('invalid-input', message, { field: 'cards', next, changed: 'nothing' })
    }
    if (never[tool]) refuse(`${tool} cannot be pinned.`, never[tool])
    const risk = known.get(tool)
    if (risk === undefined)
      refuse(
        `There is no tool ${tool} here that could be asked.`,
        'Leave the card out, or register a cluster that has it.',
      )
    if (risk !== 'read')
      refuse(`${tool} changes something, and a dashboard only reads.`, 'Pin a card that shows what the change led to.')
  }
}
