import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CardData } from '#contract'
import { sql } from '#db/drizzle.ts'
import { alertEpisodes } from '#db/schema/alerts.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Alertmanager, Silence } from '../clients/alertmanager/types.ts'
import type { AlertingRule, Prometheus } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { alertmanagerOf, alertOf, clusterInfo, fleetOf, perCluster, prometheusOf } from '../testing-upstreams.ts'
import { getAlert } from './get-alert.tool.ts'
import { measured, ruleOf, thresholdsOf } from './rule-of.ts'
import { AlertWorld } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate ${alertEpisodes}`)
})

const labels = { severity: 'critical', namespace: 'web', pod: 'qwen-0' }
const firing = alertOf('KvCacheFull', { fingerprint: 'f1', startsAt: '2026-11-20T11:30:00Z' }, labels)
const rule: AlertingRule = {
  name: 'KvCacheFull',
  group: 'serving',
  file: 'serving.yaml',
  query: 'max by (pod) (kv_cache_usage{job="a > 5"}) > 0.97',
  forSeconds: 30,
  labels: { severity: 'critical' },
  annotations: {},
  health: 'ok',
  alerts: [{ labels: { alertname: 'KvCacheFull', ...labels }, state: 'firing', value: '0.99' }],
}
const silence: Silence = {
  id: 's1',
  matchers: [{ name: 'alertname', value: 'Kv.*', isRegex: true, isEqual: true }],
  startsAt: '2026-11-20T11:00:00Z',
  endsAt: '2026-11-20T14:00:00Z',
  updatedAt: '2026-11-20T11:00:00Z',
  createdBy: 'Ada',
  comment: 'Known "problem"',
  state: 'active',
}
const asked: string[] = []
const prometheus = (more: Partial<Parameters<typeof prometheusOf>[0]> = {}) =>
  prometheusOf({
    cluster: 'east',
    rules: [rule],
    asked,
    answer: ({ start }) => ({
      resultType: 'matrix',
      warnings: [],
      series: ['qwen-0', 'qwen-1'].map((pod) => ({
        metric: { pod },
        values: [0.4, 0.99, 0.98].map((value, index): [number, string] => [
          start!.getTime() / 1000 + index * 900,
          String(value),
        ]),
      })),
    }),
    ...more,
  })

async function run(fingerprint: string, client: Prometheus = prometheus(), more: object = {}) {
  asked.length = 0
  const ctx = testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east'), clusterInfo('west')]),
      alertmanager: perCluster<Alertmanager>({
        east: alertmanagerOf({ cluster: 'east', alerts: [firing, alertOf('Other')], silences: [silence] }),
        west: new Error('refused'),
      }),
      prometheus: perCluster<Prometheus>({ east: client }),
    },
    db: database.db,
    ...more,
  })
  const reply = await getAlert.run({ fingerprint } as never, ctx)
  const data = reply.data as unknown as CardData['status']
  const detail = (id: string) => data.checks.find((check) => check.id === id)
  return { ...reply, data, detail, text: getAlert.text(data as never, { shown: 1, total: 1 }) }
}

describe('get_alert (ALR-002)', () => {
  it('takes the name of an alert while only one of that name fires, and else lists whose it is', async () => {
    expect((await run('kvcachefull')).data.title).toBe('KvCacheFull on east')
    const twins = ['a', 'b'].map((pod) => alertOf('Twin', { fingerprint: pod }, { pod }))
    const alertmanager = perCluster<Alertmanager>({ east: alertmanagerOf({ cluster: 'east', alerts: twins }) })
    const fleet = fleetOf([clusterInfo('east')])
    await expect(
      run('Twin', prometheus(), { clients: { fleet, alertmanager, prometheus: perCluster<Prometheus>({}) } }),
    ).rejects.toMatchObject({
      code: 'invalid-input',
      options: { next: 'Name one: east/a (pod/a), east/b (pod/b)' },
    })
  })

  it('tells the rule, its threshold, what it measured of this thing, silences and what to ask next', async () => {
    const { data, detail, next, subject, text } = await run('east/f1')
    expect(data).toMatchObject({ title: 'KvCacheFull on east', state: 'firing', tone: 'bad' })
    expect(detail('rule')!.detail).toBe(`${rule.query} (for 30s; threshold > 0.97; group serving)`)
    expect(asked).toEqual(['max by (pod) (kv_cache_usage{job="a > 5"})'])
    expect(detail('series-0')).toMatchObject({
      label: '{pod="qwen-0"}',
      detail: '0.99 at the start; min 0.4, max 0.99; last 0.98',
    })
    expect(detail('series-1')).toBeUndefined()
    expect(detail('silence-s1')!.detail).toContain('{alertname=~"Kv.*"} until 11-20 14:00 by "Ada"')
    expect(text).toContain(`"Known 'problem'"`)
    expect(subject).toBe('alerts/alert/east/f1')
    expect(next![0]).toBe('diagnose_pod {"cluster":"east","namespace":"web","pod":"qwen-0"}')
    expect(next!.at(-1)).toContain('silence_alert {"cluster":"east","fingerprint":"f1"')
    expect(Buffer.byteLength(text)).toBeLessThan(4_000)
  })

  it('tells of earlier episodes, and of one that is over only those', async () => {
    const world = new AlertWorld(database.db)
    const startsAt = new Date('2026-11-20T09:00:00Z')
    const endsAt = new Date('2026-11-20T09:20:00Z')
    await world.receive({ alerts: [world.told({ fingerprint: 'old', startsAt, endsAt })] })
    const { data, detail } = await run('old')
    expect(data).toMatchObject({ title: 'old on east', state: 'resolved', tone: 'neutral' })
    expect(data.facts).toContainEqual({ label: 'lasted', value: '20m' })
    expect(detail(`episode-${startsAt.getTime()}`)!.detail).toBe('lasted 20m')
    await expect(run('nobody')).rejects.toMatchObject({ code: 'not-found' })
  })

  it.each([
    ['Prometheus is away', { answer: undefined }, new Error('refused'), 'refused'],
    ['the rule is not there', { rules: [] }, undefined, 'no rule is named KvCacheFull'],
    ['the server shows no rules', { rules: undefined as never }, undefined, 'this server shows no rules'],
  ])('says so where %s, and tells the rest', async (_, more, broken, words) => {
    const client = prometheus(more)
    if (broken) client.alertingRules = () => Promise.reject(broken)
    const { data, detail } = await run('f1', client)
    expect(data.state).toBe('firing')
    expect(detail('unknown')!.detail).toContain(words)
  })

  it('is told without a store too', async () => {
    const { data } = await run('f1', prometheus(), { db: undefined })
    expect(data.state).toBe('firing')
  })
})

describe('the rule behind an alert', () => {
  it.each([
    ['up == 0', ['== 0'], 'up'],
    ['rate(x{a=">5"}[5m]) >= 1.5e3', ['>= 1500'], 'rate(x{a=">5"}[5m])'],
    ['a > 1 and b < 2', ['> 1', '< 2'], 'a > 1 and b < 2'],
    ['a / b > bool 0.9', ['> 0.9'], 'a / b'],
    ['absent(up)', [], 'absent(up)'],
    ['a > b', [], 'a > b'],
  ])('%s', (query, thresholds, without) => {
    expect(thresholdsOf(query).map(({ operator, value }) => `${operator} ${value}`)).toEqual(thresholds)
    expect(measured(query)).toBe(without)
  })

  it('of several with one name is the one with the alert, else of the severity', () => {
    const other = { ...rule, labels: { severity: 'warning' }, alerts: [] }
    expect(ruleOf([other, rule], { alertname: 'KvCacheFull', ...labels })).toBe(rule)
    expect(ruleOf([{ ...rule, alerts: [] }, other], { alertname: 'KvCacheFull', severity: 'warning' })).toBe(other)
    expect(ruleOf([rule], { alertname: 'Else' })).toBeUndefined()
  })
})
