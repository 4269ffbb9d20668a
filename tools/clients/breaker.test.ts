import { describe, expect, it } from 'vitest'
import { createBreaker } from './breaker.ts'

function setup(limits = { failures: 3, openMs: 1_000, trials: 2 }) {
  const clock = { ms: 0 }
  const breaker = createBreaker(() => clock.ms, limits)
  const call = (outcome: 'success' | 'failure' | 'ignored') => {
    const waitMs = breaker.enter()
    if (waitMs === 0) breaker.leave(outcome)
    return waitMs
  }
  const fail = (count: number) => Array.from({ length: count }, () => call('failure'))
  return { clock, breaker, call, fail }
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

  it('lets trials through afterwards, no more at once than allowed, and closes when all succeed', () => {
    const { clock, breaker, call, fail } = setup()
    fail(3)
    clock.ms = 1_000
    expect([breaker.enter(), breaker.enter()]).toEqual([0, 0])
    expect(breaker.enter()).toBeGreaterThan(0)
    breaker.leave('success')
    expect(breaker.enter()).toBeGreaterThan(0)
    breaker.leave('success')
    fail(2)
    expect(call('success')).toBe(0)
  })

  it('a failed trial opens it again for the whole time', () => {
    const { clock, call, fail } = setup()
    fail(3)
    clock.ms = 1_500
    expect(call('failure')).toBe(0)
    expect(call('success')).toBe(1_000)
  })

  it('a cancelled trial gives its place back', () => {
    const { clock, breaker, fail } = setup()
    fail(3)
    clock.ms = 1_000
    breaker.enter()
    breaker.enter()
    breaker.leave('ignored')
    expect(breaker.enter()).toBe(0)
  })

  it('a late failure of a call from before does not push the end away', () => {
    const { clock, breaker, fail, call } = setup()
    breaker.enter()
    fail(3)
    clock.ms = 900
    breaker.leave('failure')
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
