import { type Row, readTable } from './tables.ts'

/** What stands in the text that a tool gave back. Every string is quoted from it. */
export interface ToolText {
  /** The text without any wrapping in JSON text parts. */
  text: string
  /** The lines that are neither empty nor part of a table. */
  lines: string[]
  rows: Row[]
  /** "shown 20 of 213" and the like, as written. */
  shown?: string
  error?: { message: string; next?: string }
  /** True where the tool asks for a person's decision before it acts. */
  waitsForPerson: boolean
  isEmpty: boolean
  next?: string
}

const READS =
  /^(?:list|get|search|query|find|check|what|diagnose|explain|estimate|preview|compare|match|evaluate|validate|analyze|detect)(?:_|$)/

/** Whether a tool only reads, by its verb. */
export const isRead = (tool: string): boolean => READS.test(tool)

/** Reads a tool's text. `tool` is its name: reads never wait for a person, however often their text says "approval". */
export function readResult(tool: string, raw: string): ToolText {
  const text = unwrap(raw).trim()
  // Log lines may look like anything, tables included.
  const { rows, rest } = /logs?$/.test(tool) ? { rows: [], rest: text.split('\n') } : readTable(text)
  const lines = rest.map((line) => line.trim()).filter((line) => line !== '' && !/^(?:[-=*_]{3,}|```\w*)$/.test(line))
  const waitsForPerson =
    !isRead(tool) &&
    /\bapprov(?:al|e[ds]?)\b/i.test(text) &&
    /\b(?:wait\w*|pending|needs?|required?|person|human|asks?|must)\b/i.test(text)
  return {
    text,
    lines,
    rows,
    shown:
      /\bshow(?:n|ing)\s*:?\s*\d[\d,]*\s*(?:of|\/)\s*\d[\d,]*/i.exec(text)?.[0] ??
      /\b\d[\d,]* of \d[\d,]* (?:shown|rows|results)\b/i.exec(text)?.[0],
    error: readError(text),
    waitsForPerson,
    isEmpty: rows.length === 0 && /^(?:no |nothing|none\b|empty|0 )/i.test(lines[0] ?? 'none'),
    next: nextOf(text),
  }
}

/** AI SDK clients without a text mapping send MCP content as JSON: `[{"type":"text","text":"…"}]`. */
function unwrap(raw: string): string {
  if (!/^\s*[[{]/.test(raw)) return raw
  try {
    const value: unknown = JSON.parse(raw)
    const parts = Array.isArray(value) ? value : (value as { content?: unknown })?.content
    const texts = Array.isArray(parts)
      ? parts.map((part: { text?: unknown }) => part?.text).filter((part) => typeof part === 'string')
      : []
    return texts.length ? texts.join('\n') : raw
  } catch {
    return raw
  }
}

function readError(text: string): ToolText['error'] {
  const json = jsonError(text)
  if (json) return json
  const first = (ERROR.exec(text) ??
    /^[A-Z]+(?:_[A-Z]+)+\b.*|^\w+ (?:could not be called|did not answer within|was called again and again)\b.*/.exec(
      text,
    ))?.[0]
  if (first === undefined) return undefined
  const [, inline] = /\s(?:next|hint|try)\s*:\s*(.+)$/i.exec(first) ?? []
  const message =
    inline === undefined
      ? first
      : first.slice(0, first.length - inline.length).replace(/\s(?:next|hint|try)\s*:\s*$/i, '')
  return { message: message.trim(), next: inline?.trim() ?? nextOf(text) }
}

/** How tools, the agent loop and this house's closed error codes begin a failure. */
const ERROR =
  /^\W{0,3}(?:(?:\w+ )?error\b|(?:[a-z]+-)*(?:not-found|unreachable|unavailable|denied|expired|stale|invalid-[a-z]+|upstream-[a-z]+|rate-limited|does-not-fit|not-configured|already-exists|cancelled)\b\s*:|failed (?:to|with)\b|refused:|invalid (?:input|arguments?|promql|request)\b|unknown (?:tool|argument|cluster)|not[ _]found\b|no such tool|model tried to call unavailable tool).*/i

function jsonError(text: string): ToolText['error'] {
  if (!text.startsWith('{')) return undefined
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    if (typeof error === 'string') return { message: error }
    const { message, next } = (error ?? {}) as { message?: unknown; next?: unknown }
    return typeof message === 'string' ? { message, next: typeof next === 'string' ? next : undefined } : undefined
  } catch {
    return undefined
  }
}

function nextOf(text: string): string | undefined {
  return /(?:^|\n)\W*(?:next(?: step)?s?|hint|what to do|try)\s*:\s*(.+)/i.exec(text)?.[1]?.trim()
}
