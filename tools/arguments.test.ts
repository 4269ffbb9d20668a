import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { durationSeconds, end, matchesLoosely, matchesText, since, start, timeRange } from './arguments.ts'

const now = new Date('2026-11-20T12:00:00Z')
const iso = (range: { start: Date; end: Date }) => [range.start.toISOString(), range.end.toISOString()]

describe('timeRange', () => {
  it('counts back from the end, which is now unless given (FRM-024)', () => {
    expect(iso(timeRange({}, { now }))).toEqual(['2026-11-20T11:00:00.000Z', '2026-11-20T12:00:00.000Z'])
    expect(iso(timeRange({ since: '2d', end: '2026-11-10T00:00:00Z' }, { now }))[0]).toBe('2026-11-08T00:00:00.000Z')
    expect(iso(timeRange({ start: '2026-11-20T13:00:00+02:00' }, { now }))[0]).toBe('2026-11-20T11:00:00.000Z')
  })
  it('refuses an end before the start, and two starts (FRM-025)', () => {
    const code = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        return (error as { code: string }).code
      }
      return 'fine'
    }
    expect(code(() => timeRange({ start: '2026-11-20T13:00:00Z' }, { now }))).toBe('invalid-request')
    expect(code(() => timeRange({ start: '2026-11-20T11:00:00Z', since: '1h' }, { now }))).toBe('invalid-request')
    expect(code(() => timeRange({ since: '99999w' }, { now }))).toBe('invalid-request')
  })
})

it('takes durations and instants, and nothing that only looks like one', () => {
  expect(durationSeconds('90m')).toBe(5400)
  expect(since.safeParse('1h').success).toBe(true)
  expect(since.safeParse('an hour').success).toBe(false)
  const range = z.object({ start, end })
  expect(range.safeParse({ start: '2026-11-20T11:00:00Z', end: '2026-11-20T12:00:00.5+01:00' }).success).toBe(true)
  expect(range.safeParse({ start: 'yesterday' }).success).toBe(false)
})

it('finds words in any order, and models however they are written', () => {
  expect(matchesText('qwen worker', ['worker-7', 'Qwen3-8B'])).toBe(true)
  expect(matchesText('qwen absent', ['worker-7', 'Qwen3-8B'])).toBe(false)
  expect(matchesText(undefined, [])).toBe(true)
  expect(matchesLoosely('h100 80gb', 'NVIDIA-H100-80GB-HBM3')).toBe(true)
  expect(matchesLoosely('H200', 'NVIDIA-H100-80GB-HBM3')).toBe(false)
  expect(matchesLoosely('H200', undefined)).toBe(false)
})
