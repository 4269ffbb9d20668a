import { expect, it } from 'vitest'
import type { Alert, Alertmanager } from '../clients/alertmanager/types.ts'
import { testContext } from '../testing.ts'
import { fleetOf, perCluster } from '../testing-upstreams.ts'
import { getFleetSummary } from './get-fleet-summary.tool.ts'
import { fleetContext } from './testing.ts'

interface Data {
  title: string
  state: string
  tone: string
  facts: { label: string; value: string }[]
  checks: { id: string; state: string; detail: string }[]
}
const run = async (ctx = fleetContext()) => {
  const reply = await getFleetSummary.run({} as never, ctx)
  return { ...reply, data: reply.data as unknown as Data }
}
const page = { shown: 1, total: 1 }
const fact = (data: Data, label: string) => data.facts.find((one) => one.label === label)?.value

it('FLT-060: counts states, kinds, stages, nodes and GPUs, and names who is not well', async () => {
  const { data, subject } = await run()
  expect(data.title).toBe('4 clusters')
  expect([data.state, data.tone]).toEqual(['4 clusters not well', 'bad'])
  expect(data.checks.map(({ id, state, detail }) => [id, state, detail])).toEqual([
    ['bare', 'unknown', 'nothing of it is configured'],
    ['dead', 'offline', 'kubernetes does not answer; prometheus does not answer'],
    ['east', 'degraded', 'prometheus refuses the credentials'],
    ['hub', 'degraded', 'loki does not answer'],
  ])
  expect(fact(data, 'degraded')).toBe('2')
  expect(fact(data, 'nodes ready')).toBe('2 of 3 (without dead, bare)')
  expect(fact(data, 'GPUs')).toBe('16 (NVIDIA H100 80GB HBM3)')
  expect(fact(data, 'types')).toBe('spoke 3, hub 1')
  expect(fact(data, 'environments')).toBe('production 2, lab 2')
  expect(fact(data, 'average health')).toBe(`${Math.round((85 + 80 + 30 + 0) / 4)} of 100`)
  expect(subject).toBe('fleet/cluster/*')
})

it('counts alerts, and says whose Alertmanager was silent', async () => {
  const alerting = (...severities: string[]) =>
    ({
      alerts: async () => severities.map((severity) => ({ labels: { severity } }) as unknown as Alert),
    }) as Alertmanager
  const ctx = fleetContext()
  const alertmanager = perCluster<Alertmanager>({
    hub: alerting('critical', 'Warning', 'none'),
    east: alerting('critical'),
    dead: new Error('refused'),
  })
  const { data, next } = await run({ ...ctx, clients: { ...ctx.clients, alertmanager } })
  expect(fact(data, 'critical alerts')).toBe('2 (without dead)')
  expect(fact(data, 'warnings')).toBe('1 (without dead)')
  expect(next).toContain('list_alerts')
  expect(getFleetSummary.text(data as never, page)).not.toMatch(/\. $/m)
})

it('says how to begin where there is no cluster', async () => {
  const reply = await getFleetSummary.run({} as never, testContext({ clients: { fleet: fleetOf([]) } }))
  expect(reply.empty!.next).toContain('register_cluster')
})
