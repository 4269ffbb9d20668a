import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline } from './deadline.ts'

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('aborts as a time-out when the time is over, and says so', () => {
    const { signal, expired } = startDeadline(100)
    vi.advanceTimersByTime(99)
    expect([signal.aborted, expired()]).toEqual([false, false])
    vi.advanceTimersByTime(1)
    expect([signal.aborted, expired()]).toEqual([true, true])
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('aborts with its caller, for the reason of its caller', () => {
    const caller = new AbortController()
    const { signal, expired } = startDeadline(100, caller.signal)
    caller.abort('enough')
    expect([signal.aborted, signal.reason, expired()]).toEqual([true, 'enough', false])
  })

  it('is over at once where the caller is gone already', () => {
    expect(startDeadline(100, AbortSignal.abort('gone')).signal).toMatchObject({ aborted: true, reason: 'gone' })
  })

  it('ends nothing any more once it is released', () => {
    const caller = new AbortController()
    const { signal, release } = startDeadline(100, caller.signal)
    release()
    vi.advanceTimersByTime(1_000)
    caller.abort()
    expect(signal.aborted).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})
