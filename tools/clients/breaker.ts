/** FRM-045: open after `failures` in a row, stay open for `openMs`, then let `trials` through and close when they all succeed. */
export interface BreakerLimits {
  failures: number
  openMs: number
  trials: number
}
export const breakerLimits: BreakerLimits = { failures: 10, openMs: 60_000, trials: 5 }

export interface Breaker {
  /** 0: go ahead, and call `leave` afterwards. Else the milliseconds until a trial is let through. */
  enter(): number
  leave(outcome: 'success' | 'failure' | 'ignored'): void
  /** A probe from outside saw it answer */
  close(): void
}

/** One circuit breaker. `now` gives milliseconds. */
export function createBreaker(now: () => number, limits: BreakerLimits = breakerLimits): Breaker {
  let failures = 0
  let openedAt: number | undefined
  let trialsUnderWay = 0
  let trialsPassed = 0
  const open = () => {
    openedAt = now()
    trialsUnderWay = 0
    trialsPassed = 0
  }
  return {
    enter() {
      if (openedAt === undefined) return 0
      const leftMs = openedAt + limits.openMs - now()
      if (leftMs > 0) return Math.ceil(leftMs)
      if (trialsUnderWay + trialsPassed >= limits.trials) return 1_000
      trialsUnderWay += 1
      return 0
    },
    leave(outcome) {
      const isTrial = openedAt !== undefined && trialsUnderWay > 0
      if (isTrial) trialsUnderWay -= 1
      if (outcome === 'ignored') return
      if (outcome === 'failure') {
        failures += 1
        // A call that began before the circuit opened must not push its end further away.
        if (isTrial || (openedAt === undefined && failures >= limits.failures)) open()
        return
      }
      failures = 0
      if (!isTrial) return
      trialsPassed += 1
      if (trialsPassed >= limits.trials) openedAt = undefined
    },
    close() {
      openedAt = undefined
      failures = 0
      trialsUnderWay = 0
      trialsPassed = 0
    },
  }
}
