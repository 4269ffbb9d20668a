import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import type { EventRow } from './event-rows.ts'
import { getEvents } from './get-events.tool.ts'

const event = (more: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `e-${JSON.stringify(more).length}`, namespace: 'shop' },
  type: 'Warning',
  reason: 'BackOff',
  message: 'Back-off restarting failed container main in pod web-1',
  involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'shop' },
  lastTimestamp: '2026-11-20T11:50:00Z',
  ...more,
})
const objects = {
  events: [
    event({ count: 4 }),
    event({ count: 3, lastTimestamp: '2026-11-20T11:58:00Z' }),
    event({ reason: 'Scheduled', type: 'Normal', message: 'Successfully assigned' }),
    event({
      reason: 'FailedMount',
      lastTimestamp: null,
      eventTime: '2026-11-20T11:59:00.123456Z',
      message: undefined,
      note: 'secret "x" not found',
    }),
    event({ reason: 'Old', lastTimestamp: '2026-11-20T09:00:00Z' }),
    event({
      reason: 'Series',
      lastTimestamp: undefined,
      series: { count: 9, lastObservedTime: '2026-11-20T11:40:00Z' },
      involvedObject: undefined,
      regarding: { kind: 'Node', name: 'n1' },
    }),
  ],
}
const ctx = testContext({
  clients: {
    fleet: fleetOf([clusterInfo('east')]),
    kubernetes: perCluster({ east: kubernetesOf({ cluster: 'east', objects }) }),
  },
})
const run = async (input: object) => {
  const reply = await getEvents.run(getEvents.input.parse(input) as never, ctx)
  return { ...reply, data: reply.data as unknown as { rows: EventRow[]; facts: { label: string; value: string }[] } }
}

it('reads as one line where the pods of a workload say the same', async () => {
  const events = ['aa', 'bb', 'cc'].map((pod) => {
    const name = `web-6d4cf56db6-${pod}`
    return event({
      message: `Back-off restarting failed container main in pod ${name}_shop(5bdcfa57-def5-41ed-bc08-c249ba9b30e7)`,
      involvedObject: { kind: 'Pod', name, namespace: 'shop' },
      count: 2,
    })
  })
  const other = event({ message: 'Back-off pulling image', involvedObject: { kind: 'Pod', name: 'web-1' } })
  const kubernetes = perCluster({
    east: kubernetesOf({ cluster: 'east', objects: { events: [...events, other] } }),
  })
  const clients = { fleet: fleetOf([clusterInfo('east')]), kubernetes }
  const reply = await getEvents.run(getEvents.input.parse({}) as never, testContext({ clients }))
  const lines = getEvents.text(reply.data as never, { shown: 4, total: 4 }).split('\n')
  expect(lines.filter((line) => line.includes('Back-off'))).toHaveLength(2)
  expect(lines.find((line) => line.includes('restarting'))).toMatch(/Pod\/web-6d4cf56db6-\w\w and 2 more\t6\t/)
})

describe('get_events', () => {
  it('shows the newest warnings of the last hour with repeats counted, of both event APIs', async () => {
    const { data } = await run({})
    expect(data.rows.map((row) => [row.reason, row.object, row.count])).toEqual([
      ['FailedMount', 'Pod/web-1', 1],
      ['BackOff', 'Pod/web-1', 7],
      ['Series', 'Node/n1', 9],
    ])
    expect(data.facts).toEqual([
      { label: 'events', value: '17' },
      { label: 'Series', value: '9' },
      { label: 'BackOff', value: '7' },
      { label: 'FailedMount', value: '1' },
    ])
  })

  it('filters by type, object, words and time', async () => {
    const reasons = async (input: object) => (await run(input)).data.rows.map((row) => row.reason)
    expect(await reasons({ type: 'normal' })).toEqual(['Scheduled'])
    expect(await reasons({ type: 'all' })).toHaveLength(4)
    expect(await reasons({ object: 'Pod/web-1' })).toEqual(['FailedMount', 'BackOff'])
    expect(await reasons({ object: 'web' })).toEqual(['FailedMount', 'BackOff'])
    expect((await run({ object: 'we', type: 'all' })).empty!.next).toEqual(['list_pods with problemsOnly'])
    expect(await reasons({ text: 'mount' })).toEqual(['FailedMount'])
    expect(await reasons({ since: '1d', text: 'old' })).toEqual(['Old'])
  })

  it('says what was left out when nothing is left', async () => {
    const reply = await run({ text: 'unheard of' })
    expect(reply.empty!.likely.join(' ')).toContain('4 other events there')
  })

  it('marks messages as data', async () => {
    const { data } = await run({})
    expect(getEvents.text(data as never, { shown: 3, total: 3 })).toContain(`"secret 'x' not found"`)
  })
})
