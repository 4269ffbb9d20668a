import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { Qubic } from './types.ts'

export interface QubicUnderTest {
  client: Qubic
  /** An identity that has a balance */
  identity: string
  /** A transaction that was processed */
  hash?: string
  close(): Promise<void>
}

/** What we rely on of Qubic RPC 2.0. */
export function qubicContract(name: string, open: () => Promise<QubicUnderTest>): void {
  describe(`Qubic contract: ${name}`, () => {
    let under: QubicUnderTest
    let client: Qubic
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())

    it('ticks: what is processed is not ahead of what is live', async () => {
      const { tick, epoch } = await client.tickInfo()
      expect(epoch).toBeGreaterThan(0)
      expect(await client.lastProcessedTick()).toBeLessThanOrEqual(tick + 5)
    })

    it('a balance is a whole number of QU', async () => {
      const { balance, validForTick } = await client.balance(under.identity)
      expect(typeof balance).toBe('bigint')
      expect(balance).toBeGreaterThanOrEqual(0n)
      expect(validForTick).toBeGreaterThan(0)
    })

    it('an identity whose checksum is wrong is refused before anything is asked (PAY-003)', async () => {
      const wrong = under.identity.slice(0, 59) + (under.identity.endsWith('A') ? 'B' : 'A')
      expect((await failureOf(client.balance(wrong))).code).toBe('invalid-input')
    })

    it('a transaction that was never included is undefined', async () => {
      expect(await client.transaction('a'.repeat(60))).toBeUndefined()
    })

    it('a transaction tells amount, tick and whether money moved', async (context) => {
      if (!under.hash) return context.skip()
      const found = await client.transaction(under.hash)
      expect(found).toMatchObject({ hash: under.hash, amount: expect.any(BigInt), moneyFlew: expect.any(Boolean) })
      expect(found!.tick).toBeGreaterThan(0)
    })
  })
}
