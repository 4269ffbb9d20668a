import { createContext, Script } from 'node:vm'
import { ToolError } from '#contract'
import { matchesText } from '../arguments.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export interface LogLine {
  at?: string
  level?: Level
  text: string
  source?: string
}

const timestamped = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s

/** Lines of a container as the API server sends them with timestamps. */
export function parseLog(log: string, source?: string): LogLine[] {
  const body = log.endsWith('\n') ? log.slice(0, -1) : log
  if (body === '') return []
  return body.split('\n').map((line) => {
    const match = timestamped.exec(line)
    const text = cleaned(match ? match[2]! : line)
    const level = levelOf(text)
    return { ...(match && { at: match[1]! }), ...(level && { level }), text, ...(source && { source }) }
  })
}

/** Longest line that is shown; longer ones lose their end. */
const longest = 2_000

/** No colours, no control characters; progress bars keep what they showed last. */
const cleaned = (line: string): string => {
  const shown = line.replace(/\r$/, '').split('\r').at(-1) ?? ''
  const plain = shown
    .replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '')
    .replace(/(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .toWellFormed()
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain
}

const levels: [Level, RegExp][] = [
  ['error', /(?:^|[\s[("'=:])(?:error|err|fatal|critical|panic|emerg|exception|traceback)\b/i],
  ['warn', /(?:^|[\s[("'=:])warn(?:ing)?\b/i],
  ['debug', /(?:^|[\s[("'=:])(?:debug|trace)\b/i],
  ['info', /(?:^|[\s[("'=:])(?:info|notice)\b/i],
]

/** The level a line gives itself in its first part: `level=warn`, `{"level":"error"`, klog's `E1120 …`, `ERROR 11-20 …`. */
export function levelOf(line: string): Level | undefined {
  const named = /"?(?:level|severity|lvl)"?\s*[:=]\s*"?(\w+)/i.exec(line.slice(0, 300))?.[1]?.toLowerCase()
  if (named) return levels.find(([, pattern]) => pattern.test(named))?.[0]
  const klog = /^([IWEF])\d{4} \d\d:/.exec(line)?.[1]
  if (klog) return klog === 'I' ? 'info' : klog === 'W' ? 'warn' : 'error'
  return levels.find(([, pattern]) => pattern.test(line.slice(0, 80)))?.[0]
}

const matchScript = new Script(
  'const r = new RegExp(source, flags); JSON.stringify(JSON.parse(lines).map((line) => r.test(line)))',
)

/**
 * Keep the lines that hold `grep`: all of its words, whatever the case, or `/pattern/flags`. A pattern comes from outside and may run
 * for ever, so it runs where it can be stopped.
 * @throws invalid-input where the pattern is none, or is too slow
 */
export function grepLines<T extends { text: string }>(lines: readonly T[], grep: string | undefined): T[] {
  if (grep === undefined || grep === '') return [...lines]
  const pattern = /^\/(.+)\/([ims]*)$/s.exec(grep)
  if (!pattern) return lines.filter(({ text }) => matchesText(grep, [text]))
  try {
    const sandbox = createContext({
      source: pattern[1],
      flags: pattern[2],
      lines: JSON.stringify(lines.map(({ text }) => text)),
    })
    const kept = JSON.parse(matchScript.runInContext(sandbox, { timeout: 500 }) as string) as boolean[]
    return lines.filter((_, index) => kept[index])
  } catch (error) {
    const slow = (error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    throw new ToolError(
      'invalid-input',
      slow
        ? 'The pattern takes too long on these lines.'
        : `The pattern is no regular expression: ${(error as Error).message.slice(0, 200)}`,
      {
        next: slow
          ? 'Write it without nested repetition, or search for plain words.'
          : 'Correct it, or search for plain words without slashes.',
        field: 'grep',
        cause: error,
      },
    )
  }
}

/** Oldest first; lines without a time stay behind the one before them. */
export function mergeByTime(logs: LogLine[][]): LogLine[] {
  if (logs.length === 1) return logs[0]!
  const keyed = logs.flatMap((log) => {
    let last = ''
    return log.map((line) => {
      last = line.at ?? last
      return { line, key: last }
    })
  })
  return keyed.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0)).map(({ line }) => line)
}
