import { ToolError } from '#contract'

type Operation = { operationId?: unknown; 'x-read-only'?: unknown }

const freshMs = 300_000
let known: { apiUrl: string; readAt: number; tools: Promise<string[]> } | undefined

/** Names of the tools that only read, as the server describes itself. Kept for five minutes. */
export function readTools(apiUrl: string, now: number): Promise<string[]> {
  if (known?.apiUrl === apiUrl && now - known.readAt < freshMs) return known.tools
  const tools = load(apiUrl)
  known = { apiUrl, readAt: now, tools }
  tools.catch(() => {
    known = undefined
  })
  return tools
}

async function load(apiUrl: string): Promise<string[]> {
  const response = await fetch(`${apiUrl}/openapi.json`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  if (!response?.ok)
    throw new ToolError('upstream-unreachable', 'The server does not say which tools only read.', {
      next: 'Try again in a moment.',
    })
  const { paths = {} } = (await response.json()) as { paths?: Record<string, Record<string, Operation>> }
  return readOnlyNames(Object.values(paths).flatMap((methods) => Object.values(methods)))
}

/** A tool may stand at several paths; the ids of the others end in a number. */
export const readOnlyNames = (operations: readonly Operation[]): string[] =>
  operations.flatMap((one) =>
    one['x-read-only'] === true && typeof one.operationId === 'string' && !/_\d+$/.test(one.operationId)
      ? [one.operationId]
      : [],
  )
