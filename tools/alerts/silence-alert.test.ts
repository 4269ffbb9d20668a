import { describe, expect, it } from 'vitest'
import type { Alertmanager, Silence } from '../clients/alertmanager/types.ts'
import { testContext } from '../testing.ts'
import { alertmanagerOf, alertOf, clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'
import { mutes, parseMatcher } from './silence.ts'
import { silenceAlert } from './silence-alert.tool.ts'

const alerts = [
  alertOf('GpuSick', { fingerprint: 'f1' }, { severity: 'critical', node: 'n1' }),
  alertOf('GpuSick', { fingerprint: 'f2' }, { severity: 'critical', node: 'n2' }),
  alertOf('Slow', { fingerprint: 'f3' }, { severity: 'warning' }),
]
const start = () => {
  const silences: Silence[] = []
  const context = (more: object = {}) =>
    testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        alertmanager: perCluster<Alertmanager>({ east: alertmanagerOf({ cluster: 'east', alerts, silences }) }),
      },
      idempotencyKey: 'approval-1',
      ...more,
    })
  const parse = (input: object) =>
    silenceAlert.input.parse({ cluster: 'east', comment: 'being replaced', ...input }) as never
  const plan = (input: object) => silenceAlert.plan!(parse(input), context())
  const run = (input: object) => silenceAlert.run(parse(input), context())
  return { silences, plan, run }
}

describe('silence_alert', () => {
  it('plans what it would mute now, and warns of critical ones', async () => {
    const { plan } = start()
    const planned = await plan({ matchers: ['alertname="GpuSick"'], duration: '4h' })
    expect(planned.verb).toBe('Silence 2 alerts')
    expect(planned.summary).toBe(
      'Silence {alertname="GpuSick"} on east for 4h0m, until 11-20 16:00 UTC'.replace('4h0m', '4h'),
    )
    expect(planned.steps.map(({ target }) => target)).toEqual([
      'critical GpuSick node/n1',
      'critical GpuSick node/n2',
      'being replaced',
    ])
    expect(planned.checks.map(({ state }) => state)).toEqual(['pass', 'warn'])
    expect((await plan({ fingerprint: 'east/f3' })).verb).toBe('Silence 1 alert')
    expect((await plan({ matchers: ['alertname="Later"'] })).checks[0]).toMatchObject({ state: 'warn' })
  })

  it('makes it once, in the name of who asked, for the time approved', async () => {
    const { run, silences } = start()
    const reply = await run({ fingerprint: 'f1', duration: '30m' })
    await run({ fingerprint: 'f1', duration: '30m' })
    expect(silences).toHaveLength(1)
    expect(silences[0]).toMatchObject({
      createdBy: 'Ada',
      comment: 'being replaced (approval-1)',
      startsAt: '2026-11-20T12:00:00.000Z',
      endsAt: '2026-11-20T12:30:00.000Z',
    })
    expect(mutes(silences[0]!.matchers, alerts[0]!.labels)).toBe(true)
    expect(mutes(silences[0]!.matchers, alerts[1]!.labels)).toBe(false)
    expect(reply.next![0]).toContain('expire_silence')
  })

  it.each([
    ['everything by a pattern', { matchers: ['alertname=~".*"'] }, 'invalid-input', 'mute everything'],
    ['everything by another pattern', { matchers: ['severity=~".+|"'] }, 'invalid-input', 'mute everything'],
    ['all but a little', { matchers: ['severity!="critical"'] }, 'invalid-input', 'mute everything'],
    ['all that lack a label', { matchers: ['team=""'] }, 'invalid-input', 'mute everything'],
    ['nothing named', { matchers: [] }, 'invalid-input', 'at least one matcher'],
    ['no matcher', { matchers: ['GpuSick'] }, 'invalid-input', 'is no matcher'],
    ['a broken pattern', { matchers: ['a=~"("'] }, 'invalid-input', 'is no pattern'],
    ['neither', {}, 'invalid-input', 'one of the two'],
    ['both', { fingerprint: 'f1', matchers: ['a="b"'] }, 'invalid-input', 'one of the two'],
    ['what does not fire', { fingerprint: 'nobody' }, 'not-found', 'nobody'],
    ['a year', { fingerprint: 'f1', duration: '52w' }, 'invalid-input', 'too long'],
    ['a second', { fingerprint: 'f1', duration: '1s' }, 'invalid-input', 'too short'],
  ])('refuses %s before a person is bothered', async (_, input, code, words) => {
    const { plan } = start()
    await expect(plan(input)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  })

  it('needs a reason', () => {
    expect(silenceAlert.input.safeParse({ cluster: 'east', fingerprint: 'f1', comment: '  ' }).success).toBe(false)
  })
})

it.each([
  ['alertname="Watch\\"dog"', { name: 'alertname', value: 'Watch"dog', isRegex: false, isEqual: true }],
  ['pod=~web-.*', { name: 'pod', value: 'web-.*', isRegex: true, isEqual: true }],
  [' severity != "info" ', { name: 'severity', value: 'info', isRegex: false, isEqual: false }],
  ['job!~"a|b"', { name: 'job', value: 'a|b', isRegex: true, isEqual: false }],
])('%s is read as a matcher', (text, matcher) => {
  expect(parseMatcher(text, 'matchers.0')).toEqual(matcher)
})
