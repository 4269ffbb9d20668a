import type { Entities } from '../entities.ts'
import { withDigits } from './counts.ts'

const UNITS: [RegExp, number][] = [
  [/^(?:s|secs?|seconds?)$/, 1],
  [/^(?:m|mins?|minutes?)$/, 60],
  [/^(?:h|hrs?|hours?)$/, 3600],
  [/^(?:d|days?)$/, 86_400],
  [/^(?:w|weeks?)$/, 604_800],
  [/^(?:months?)$/, 2_592_000],
]
const UNIT = '(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?)'

/** "last hour", "past 30 minutes", "6h", "since yesterday", "every 5 minutes": seconds looked back, seconds a step. */
export function readTime(original: string): Entities {
  const text = withDigits(original).replace(/\[[^\]]*\]/g, ' ')
  const step = new RegExp(`\\b(?:every|step(?: of)?|resolution(?: of)?|in steps of)\\s+(\\d+)?\\s*${UNIT}\\b`).exec(
    text,
  )
  const rest = step ? text.replace(step[0], ' ') : text
  const half = /\bhalf\s+(?:an?\s+)?(hour|day)\b/.exec(rest)
  const counted = new RegExp(`(?<![\\w.$-])(\\d+(?:\\.\\d+)?)\\s*${UNIT}\\b(?!\\s*(?:gpus?|free))`).exec(rest)
  const single = new RegExp(`\\b(?:last|past|previous|this|over (?:an?|the)|for an?|within an?)\\s+${UNIT}\\b`).exec(
    rest,
  )
  const word = /\b(today|yesterday|overnight|tonight)\b/.exec(rest)
  return {
    sinceSeconds: lookback({ half, counted, single, word }),
    stepSeconds: step ? seconds(step[1] ?? '1', step[2]) : undefined,
  }
}

type Found = RegExpExecArray | null

function lookback({
  half,
  counted,
  single,
  word,
}: {
  half: Found
  counted: Found
  single: Found
  word: Found
}): number | undefined {
  if (half) return half[1] === 'hour' ? 1800 : 43_200
  if (counted) return seconds(counted[1] ?? '1', counted[2])
  if (single) return seconds('1', single[1])
  if (word) return word[1] === 'yesterday' ? 2 * 86_400 : 86_400
  return undefined
}

function seconds(count: string, unit = 's'): number {
  const size = UNITS.find(([pattern]) => pattern.test(unit))?.[1] ?? 1
  return Math.round(Number(count) * size)
}
