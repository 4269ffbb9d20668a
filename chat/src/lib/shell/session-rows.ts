import type { Session } from '../types.ts'

/** The first page, as the server gives it again and again, and what was loaded behind it. */
export interface SessionRows {
  first: readonly Session[]
  rest: readonly Session[]
}

const oldestOf = (rows: readonly Session[]) => rows.findLast(({ pinned }) => !pinned)?.lastActiveAt

/** All rows once: pinned ones, then latest first. */
export function allRows({ first, rest }: SessionRows): Session[] {
  const known = new Set(first.map(({ id }) => id))
  const all = [...first, ...rest.filter(({ id }) => !known.has(id))]
  const latest = (a: Session, b: Session) =>
    a.lastActiveAt < b.lastActiveAt ? 1 : a.lastActiveAt > b.lastActiveAt ? -1 : 0
  return [...all.filter(({ pinned }) => pinned).sort(latest), ...all.filter(({ pinned }) => !pinned).sort(latest)]
}

/**
 * A newer first page. What it pushed off its end stays behind it, if more than one page is shown; what is missing from its
 * middle is gone.
 */
export function withFirst({ first, rest }: SessionRows, newer: readonly Session[]): SessionRows {
  const oldest = oldestOf(newer)
  if (rest.length === 0 || oldest === undefined) return { first: newer, rest }
  const known = new Set(newer.map(({ id }) => id))
  return {
    first: newer,
    rest: [...first, ...rest].filter(
      ({ id, pinned, lastActiveAt }) => !known.has(id) && !pinned && lastActiveAt <= oldest,
    ),
  }
}

/** Whole hours until a conversation ends; undefined for a pinned one. */
export const hoursLeft = ({ expiresAt }: Session, now: number): number | undefined =>
  expiresAt === undefined ? undefined : Math.max(0, Math.floor((Date.parse(expiresAt) - now) / 3_600_000))
