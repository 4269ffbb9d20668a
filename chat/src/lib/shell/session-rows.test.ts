import { expect, it } from 'vitest'
import type { Session } from '../types.ts'
import { byDay } from './day.ts'
import { allRows, hoursLeft, withFirst } from './session-rows.ts'

const row = (id: string, minute: number, more: Partial<Session> = {}): Session => ({
  id,
  title: id,
  persona: 'default',
  clusters: [],
  mode: 'ask',
  messageCount: 2,
  createdAt: '2026-11-20T08:00:00.000Z',
  lastActiveAt: `2026-11-20T09:${String(minute).padStart(2, '0')}:00.000Z`,
  ...more,
})
const ids = (rows: readonly Session[]) => rows.map(({ id }) => id)

it('lists pinned ones first, then the latest, each once', () => {
  const rows = { first: [row('p', 1, { pinned: true }), row('c', 9), row('b', 8)], rest: [row('b', 8), row('a', 7)] }
  expect(ids(allRows(rows))).toEqual(['p', 'c', 'b', 'a'])
})

it('keeps what a newer first page pushed off its end, and drops what is gone', () => {
  const rows = { first: [row('d', 9), row('c', 8)], rest: [row('b', 7), row('a', 6)] }
  expect(ids(allRows(withFirst(rows, [row('e', 10), row('d', 9)])))).toEqual(['e', 'd', 'c', 'b', 'a'])
  expect(ids(allRows(withFirst(rows, [row('d', 9), row('b', 7)])))).toEqual(['d', 'b', 'a'])
  expect(ids(allRows(withFirst({ first: rows.first, rest: [] }, [row('e', 10)])))).toEqual(['e'])
})

it('moves a row that was unpinned or answered in to where it belongs', () => {
  const rows = { first: [row('p', 1, { pinned: true }), row('c', 9)], rest: [row('b', 8), row('a', 7)] }
  expect(ids(allRows(withFirst(rows, [row('a', 20), row('c', 9)])))).toEqual(['a', 'c', 'b'])
})

it('says how long a conversation stays (CHT-007)', () => {
  const now = Date.parse('2026-11-20T09:00:00Z')
  expect(hoursLeft(row('a', 0, { expiresAt: '2026-11-20T12:30:00.000Z' }), now)).toBe(3)
  expect(hoursLeft(row('a', 0, { expiresAt: '2026-11-20T08:00:00.000Z' }), now)).toBe(0)
  expect(hoursLeft(row('a', 0), now)).toBeUndefined()
})

it('groups by the day in the words of the language', () => {
  const words = { today: 'Heute', yesterday: 'Gestern', dates: 'de-DE' }
  const days = ['2026-11-20T09:00:00', '2026-11-19T09:00:00', '2026-11-18T09:00:00'].map((lastActiveAt) => ({
    lastActiveAt,
  }))
  const labels = byDay(days, new Date('2026-11-20T10:00:00').getTime(), words).map(({ label }) => label)
  expect(labels).toEqual(['Heute', 'Gestern', 'Mittwoch, 18. Nov.'])
})
