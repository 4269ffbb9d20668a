import * as z from 'zod'
import { ToolError } from '#contract'

/**
 * Arguments that mean the same in every tool. All of them count towards the tool list a model reads, so the words are
 * few, and limits that a model need not know are refinements, which a JSON schema does not show.
 */
const isDuration = (text: string) => /^[0-9]{1,9}[smhdw]$/.test(text)
const isInstant = (text: string) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))
const duration = z.string().refine(isDuration, 'must be a number and one of s, m, h, d, w, such as 1h')
const instant = z.string().refine(isInstant, 'must be an ISO 8601 time, such as 2026-11-20T12:00:00Z')
/** A text of a sensible length. */
export const word = z.string().refine((text) => text.length <= 1000, 'must have at most 1000 characters')

export const clusters = z.array(word).optional().describe('Default: all')
export const cluster = word.describe('Cluster name')
export const namespace = word.optional().describe('Default: all')
export const labelSelector = word.optional().describe('app=web,tier!=db')
export const text = word.optional().describe('Words')
/** A whole number in a range, which the model learns of only when it leaves it. */
export const wholeNumber = (least: number, most: number) =>
  z
    .number()
    .refine(
      (value) => Number.isInteger(value) && value >= least && value <= most,
      `must be a whole number from ${least} to ${most}`,
    )
export const limit = wholeNumber(1, 200).default(50).describe('Limit')
export const since = duration.optional().describe('Last 1h')
export const step = duration.optional().describe('1m')
export const start = instant.optional().describe('ISO 8601')
export const end = instant.optional().describe('ISO 8601')
export const optionalWord = (about: string) => word.optional().describe(about)

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `90m` → 5400 (FRM-024). */
export const durationSeconds = (text: string): number => Number(text.slice(0, -1)) * unitSeconds[text.at(-1)!]!

export interface TimeRange {
  start: Date
  end: Date
}

/**
 * The range that `since`, `start` and `end` mean: `since` counts back from `end`, `end` defaults to now.
 * @throws invalid-request when it ends before it starts or is empty (FRM-025)
 */
export function timeRange(
  input: { since?: string | undefined; start?: string | undefined; end?: string | undefined },
  { now, defaultSince = '1h' }: { now: Date; defaultSince?: string },
): TimeRange {
  if (input.since !== undefined && input.start !== undefined)
    throw new ToolError('invalid-request', 'since and start both say where the range begins.', {
      next: 'Give one of the two.',
      field: 'since',
    })
  const end = input.end === undefined ? now : new Date(input.end)
  const begin =
    input.start === undefined
      ? new Date(end.getTime() - durationSeconds(input.since ?? defaultSince) * 1000)
      : new Date(input.start)
  if (begin.getTime() >= end.getTime())
    throw new ToolError(
      'invalid-request',
      `The range ends (${end.toISOString()}) before it starts (${begin.toISOString()}).`,
      {
        next: 'Give an end after the start; without end it is now.',
        field: input.end === undefined ? 'start' : 'end',
      },
    )
  if (Number.isNaN(begin.getTime()) || begin.getTime() < 0)
    throw new ToolError('invalid-request', 'The range starts before 1970.', {
      next: 'Ask for a shorter time.',
      field: 'since',
    })
  return { start: begin, end }
}

/** Does any of the values contain every word of `wanted`, whatever the case? */
export function matchesText(wanted: string | undefined, values: readonly (string | undefined)[]): boolean {
  if (!wanted) return true
  const all = values
    .filter((value) => value !== undefined)
    .join('\n')
    .toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

/** `h100 sxm` finds `NVIDIA-H100-SXM5`: letters and digits only, in order of the words. */
export const matchesLoosely = (wanted: string | undefined, value: string | undefined): boolean =>
  !wanted || (value !== undefined && plain(value).includes(plain(wanted)))
const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
