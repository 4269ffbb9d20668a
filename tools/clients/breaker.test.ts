import { describe, expect, it } from 'vitest'
import { type Admission, type CallOutcome, createBreaker } from './breaker.ts'

function setup(limits = { failures: 3, openMs: 1_000, maxOpenMs: 4_000, trials: 2 }) {
  const clock = { ms: 0 }
  const breaker = createBreaker(() => clock.ms, limits)
  /** Begins a call that is let through. */
  const begin = () => breaker.enter() as Extract<Admission, { waitMs?: never }>
  /** One call from begin to end; the wait when it is not let through. */
  const call = (outcome: CallOutcome) => {
    const admission = breaker.enter()
    if (admission.waitMs !== undefined) return admission.waitMs
    admission.leave(outcome)
    return 0
  }
  const fail = (count: number) => Array.from({ length: count }, () => call('failure'))
  return { clock, breaker, begin, call, fail }
}

describe('circuit breaker (FRM-045)', () => {
  it('opens after so many failures in a row and tells how long', () => {
    const { clock, call, fail } = setup()
    fail(2)
    call('success')
    fail(3)
    expect(call('success')).toBe(1_000)
    clock.ms = 400
    expect(call('success')).toBe(600)
  })

  it('a cancelled call counts neither way', () => {
    const { call, fail } = setup()
    fail(2)
    call('ignored')
    expect(call('failure')).toBe(0)
    expect(call('success')).toBeGreaterThan(0)
  })

  it('calls that fail at the same moment are one failure', () => {
    const { begin, call, fail } = setup()
    const burst = Array.from({ length: 20 }, begin)
    for (const one of burst) one.leave('failure')
    expect(fail(1)).toEqual([0])
    expect(call('failure')).toBe(0)
    expect(call('success')).toBeGreaterThan(0)
  })

  it('lets trials through afterwards, no more at once than allowed, and closes with the first that succeeds', () => {
    const { clock, begin, call, fail } = setup()
    fail(3)
    clock.ms = 1_000
    const [first] = [begin(), begin()]
    expect(call('success')).toBeGreaterThan(0)
    first!.leave('success')
    expect(fail(3)).toEqual([0, 0, 0])
    expect(call('success')).toBeGreaterThan(0)
  })

  it('a failed trial opens it again, longer each time up to a bound, and a success makes it short again', () => {
    const { clock, call, fail } = setup()
    fail(3)
    const waits = [1_000, 2_000, 4_000, 4_000].map((waitMs) => {
      clock.ms += waitMs
      expect(call('failure')).toBe(0)
      return call('success')
    })
    expect(waits).toEqual([2_000, 4_000, 4_000, 4_000])
    clock.ms += 4_000
    expect(call('success')).toBe(0)
    fail(3)
    expect(call('success')).toBe(1_000)
  })

  it('of trials that fail together only the first opens it', () => {
    const { clock, begin, call, fail } = setup()
    fail(3)
    clock.ms = 1_000
    const trials = [begin(), begin()]
    trials[0]!.leave('failure')
    clock.ms = 2_900
    trials[1]!.leave('failure')
    expect(call('success')).toBe(100)
  })

  it('a cancelled trial gives its place back', () => {
    const { clock, begin, call, fail } = setup()
    fail(3)
    clock.ms = 1_000
    begin()
    begin().leave('ignored')
    expect(call('success')).toBe(0)
  })

  it('a late failure of a call from before does not push the end away, a late success does not close it', () => {
    const { clock, begin, fail, call } = setup()
    const early = [begin(), begin()]
    fail(3)
    clock.ms = 900
    early[0]!.leave('failure')
    early[1]!.leave('success')
    expect(call('success')).toBe(100)
    clock.ms = 1_000
    expect(call('success')).toBe(0)
  })

  it('closes at once when a probe saw it answer', () => {
    const { breaker, call, fail } = setup()
    fail(3)
    breaker.close()
    expect(call('success')).toBe(0)
  })
})
