import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBucket } from './rate-limits.ts'

const rate = fc.record({ perMinute: fc.integer({ min: 1, max: 6_000 }), burst: fc.integer({ min: 1, max: 200 }) })
/** Steps of the clock; it may stand still and go back. */
const steps = fc.array(fc.integer({ min: -5_000, max: 20_000 }), { maxLength: 400 })

it('never lets more pass than capacity + rate × time (QLT-051)', () => {
  fc.assert(
    fc.property(rate, steps, ({ perMinute, burst }, waits) => {
      const take = createBucket({ perMinute, burst }, 0)
      let now = 0
      let latest = 0
      let passed = 0
      for (const wait of waits) {
        now += wait
        latest = Math.max(latest, now)
        if (take(now).allowed) passed += 1
        expect(passed).toBeLessThanOrEqual(burst + (perMinute * latest) / 60_000 + 1e-6)
      }
    }),
  )
})

it('lets the next one through after the wait that it tells, and no earlier than one millisecond before', () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: 0, max: 300 }), ({ perMinute, burst }, extra) => {
      const use = () => {
        const take = createBucket({ perMinute, burst }, 0)
        let taken = take(0)
        for (let count = 0; count < burst + extra; count += 1) taken = take(0)
        return { take, waitMs: taken.waitMs }
      }
      const early = use()
      expect(early.take(early.waitMs - 1).allowed).toBe(false)
      const late = use()
      expect(late.take(late.waitMs + 1).allowed).toBe(true)
    }),
  )
})
