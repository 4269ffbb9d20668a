/**
 * FRM-045: open after `failures` in a row, stay open for `openMs` and, while trials fail, twice as long each time up to `maxOpenMs`.
 * Afterwards at most `trials` at once; the first that succeeds closes it, so that an upstream that is back is used at once.
 */
export interface BreakerLimits {
  failures: number
  openMs: number
  /** Default: `openMs`, which then never grows */
  maxOpenMs?: number
  trials: number
}
export const breakerLimits: BreakerLimits = { failures: 5, openMs: 5_000, maxOpenMs: 30_000, trials: 3 }

export type CallOutcome = 'success' | 'failure' | 'ignored'
/** Go ahead and say how it went, or the milliseconds until a trial is let through. */
export type Admission = { leave(outcome: CallOutcome): void; waitMs?: never } | { waitMs: number }

export interface Breaker {
  enter(): Admission
  /** A probe from outside saw it answer */
  close(): void
}

/** One circuit breaker. `now` gives milliseconds. */
export function createBreaker(now: () => number, limits: BreakerLimits = breakerLimits): Breaker {
  const { openMs: firstMs, maxOpenMs = firstMs, trials } = limits
  let failures = 0
  let openUntil: number | undefined
  let openMs = firstMs
  let trialsUnderWay = 0
  /** Failures counted so far; a call that began before the last of them is not counted again. */
  let counted = 0
  /** Counts openings and closings: a trial of an earlier one says nothing about this one. */
  let turn = 0
  const open = () => {
    turn += 1
    openUntil = now() + openMs
    openMs = Math.min(openMs * 2, maxOpenMs)
    trialsUnderWay = 0
  }
  const close = () => {
    turn += 1
    openUntil = undefined
    openMs = firstMs
    failures = 0
    trialsUnderWay = 0
  }
  /** Calls that ran at the same time saw the same trouble: a page full of questions at a slow moment is one failure, not twenty. */
  const countFailure = (before: number) => {
    if (before < counted) return
    counted += 1
    failures += 1
    if (failures >= limits.failures) open()
  }
  return {
    enter() {
      const before = counted
      if (openUntil === undefined) {
        const leave = (outcome: CallOutcome) => {
          // A call that began before the circuit opened neither closes it nor pushes its end further away.
          if (outcome === 'ignored' || openUntil !== undefined) return
          if (outcome === 'success') failures = 0
          else countFailure(before)
        }
        return { leave }
      }
      const leftMs = openUntil - now()
      if (leftMs > 0) return { waitMs: Math.ceil(leftMs) }
      if (trialsUnderWay >= trials) return { waitMs: 1_000 }
      trialsUnderWay += 1
      const mine = turn
      const leave = (outcome: CallOutcome) => {
        if (mine !== turn) return
        trialsUnderWay -= 1
        if (outcome === 'success') close()
        if (outcome === 'failure') open()
      }
      return { leave }
    },
    close,
  }
}
