import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { Alertmanager } from './types.ts'

export interface AlertmanagerUnderTest {
  client: Alertmanager
  close(): Promise<void>
}

/** What we rely on of Alertmanager. At least one alert must be there. */
export function alertmanagerContract(name: string, open: () => Promise<AlertmanagerUnderTest>): void {
  describe(`Alertmanager contract: ${name}`, () => {
    let under: AlertmanagerUnderTest
    let client: Alertmanager
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())

    it('is ready', async () => {
      expect(await client.ready()).toBe(true)
    })

    it('lists alerts with labels, times and state', async () => {
      const all = await client.alerts()
      expect(all.length).toBeGreaterThan(0)
      for (const alert of all) {
        expect(alert.fingerprint).toMatch(/^[0-9a-f]+$/)
        expect(alert.labels.alertname).toEqual(expect.any(String))
        expect(Number.isNaN(Date.parse(alert.startsAt))).toBe(false)
        expect(['unprocessed', 'active', 'suppressed']).toContain(alert.state)
      }
    })

    it('filters by matchers, all of which must hold', async () => {
      const [first] = await client.alerts()
      const alertname = first!.labels.alertname!
      const same = await client.alerts({ filter: [`alertname="${alertname}"`] })
      expect(new Set(same.map(({ labels }) => labels.alertname))).toEqual(new Set([alertname]))
      expect(await client.alerts({ filter: [`alertname="${alertname}"`, 'alertname="no such alert"'] })).toEqual([])
      const others = await client.alerts({ filter: [`alertname!="${alertname}"`] })
      expect(others.every(({ labels }) => labels.alertname !== alertname)).toBe(true)
      expect((await client.alerts({ filter: ['alertname=~".+"'] })).length).toBeGreaterThan(0)
    })

    it('leaves out active ones when asked', async () => {
      const states = (await client.alerts({ active: false })).map(({ state }) => state)
      expect(states).not.toContain('active')
    })

    it('a wrong matcher is refused and named', async () => {
      const error = await failureOf(client.alerts({ filter: ['not a matcher'] }))
      expect(error.code).toBe('invalid-input')
      expect(error.options.field).toBe('filter')
    })
  })
}
