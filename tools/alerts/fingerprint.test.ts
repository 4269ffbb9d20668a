import { expect, it } from 'vitest'
import { fingerprintOf } from './fingerprint.ts'

it('is the one that Alertmanager gives (seen on 0.25.0)', () => {
  expect(fingerprintOf({ x: 'y', alertname: 'A' })).toBe('6145004c73697686')
})
