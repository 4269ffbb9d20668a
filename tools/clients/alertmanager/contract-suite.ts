import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { Alertmanager, NewSilence } from './types.ts'

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

    it('groups alerts as it notifies of them', async () => {
      const groups = await client.groups()
      const fingerprints = (await client.alerts()).map(({ fingerprint }) => fingerprint)
      expect(groups.length).toBeGreaterThan(0)
      for (const { labels, receiver, alerts } of groups) {
        expect(receiver).not.toBe('')
        for (const alert of alerts) {
          expect(fingerprints).toContain(alert.fingerprint)
          expect(alert.labels).toMatchObject(labels)
        }
      }
      const [first] = groups
      const alertname = first!.alerts[0]!.labels.alertname!
      const same = await client.groups({ filter: [`alertname="${alertname}"`] })
      expect(new Set(same.flatMap((group) => group.alerts.map(({ labels }) => labels.alertname)))).toEqual(
        new Set([alertname]),
      )
    })

    it('names its receivers, its version and how it stands', async () => {
      const [receivers, status] = [await client.receivers(), await client.status()]
      expect(receivers.length).toBeGreaterThan(0)
      expect(status.version).toMatch(/^\d+\.\d+/)
      expect(Number.isNaN(Date.parse(status.startedAt))).toBe(false)
      const [alert] = await client.alerts()
      expect(receivers).toEqual(expect.arrayContaining(alert!.receivers))
    })

    describe('a silence', () => {
      const silence = async (more: Partial<NewSilence> = {}): Promise<NewSilence> => {
        const [alert] = await client.alerts()
        const startsMs = Date.parse(alert!.updatedAt ?? alert!.startsAt)
        return {
          matchers: [{ name: 'alertname', value: alert!.labels.alertname!, isRegex: false, isEqual: true }],
          startsAt: new Date(startsMs).toISOString(),
          endsAt: new Date(startsMs + 3_600_000).toISOString(),
          createdBy: 'Ada',
          comment: 'Known',
          ...more,
        }
      }
      const suppressedBy = async (id: string) =>
        (await client.alerts({ active: false })).filter(({ silencedBy }) => silencedBy.includes(id))

      it('suppresses what it matches, is listed, and ends when it is expired', async () => {
        const wanted = await silence({ annotations: { ticket: 'OPS-1' } })
        const id = await client.putSilence(wanted)
        await expect.poll(async () => (await suppressedBy(id)).length, { timeout: 10_000 }).toBeGreaterThan(0)
        const [alert] = await suppressedBy(id)
        expect(alert).toMatchObject({ state: 'suppressed', labels: { alertname: wanted.matchers[0]!.value } })
        const one = await client.silence(id)
        expect(one).toMatchObject({
          id,
          state: 'active',
          createdBy: 'Ada',
          comment: 'Known',
          matchers: wanted.matchers,
        })
        expect((await client.silences()).map((listed) => listed.id)).toContain(id)
        await client.expireSilence(id)
        expect(await client.silence(id)).toMatchObject({ state: 'expired' })
        await expect.poll(async () => (await suppressedBy(id)).length, { timeout: 10_000 }).toBe(0)
        expect((await client.silences()).find((listed) => listed.id === id)?.state).toBe('expired')
      })

      it('keeps its id when only its end changes, and gets a new one when its matchers do', async () => {
        const wanted = await silence()
        const id = await client.putSilence(wanted)
        const later = new Date(Date.parse(wanted.endsAt) + 3_600_000).toISOString()
        // one that has begun began when it was made: another start would be another silence
        const { startsAt } = await client.silence(id)
        expect(await client.putSilence({ ...wanted, id, startsAt, endsAt: later })).toBe(id)
        expect(Date.parse((await client.silence(id)).endsAt)).toBe(Date.parse(later))
        const matchers = [...wanted.matchers, { name: 'cluster', value: '.+', isRegex: true, isEqual: true }]
        const other = await client.putSilence({ ...wanted, id, matchers })
        expect(other).not.toBe(id)
        expect((await client.silence(id)).state).toBe('expired')
        await client.expireSilence(other)
      })

      it.each([
        ['a matcher that matches everything', { matchers: [{ name: 'x', value: '.*', isRegex: true, isEqual: true }] }],
        ['a broken pattern', { matchers: [{ name: 'x', value: '(', isRegex: true, isEqual: true }] }],
        ['an end before now', { startsAt: '2020-01-01T00:00:00Z', endsAt: '2020-01-02T00:00:00Z' }],
      ])('with %s is refused in its own words, and nothing changed', async (_, more) => {
        const before = (await client.silences()).length
        const error = await failureOf(client.putSilence(await silence(more)))
        expect(error.code).toBe('invalid-input')
        expect(error.options.changed).toBe('nothing')
        expect((await client.silences()).length).toBe(before)
      })

      it.each(['00000000-0000-4000-8000-000000000000', 'nonsense'])('%s is not there', async (id) => {
        expect((await failureOf(client.silence(id))).code).toBe('not-found')
        expect((await failureOf(client.expireSilence(id))).code).toBe('not-found')
      })
    })
  })
}
