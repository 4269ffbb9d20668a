import { expect, it } from 'vitest'
import { getCnfSummary } from './get-cnf-summary.tool.ts'
import { cnfContext, holding, site } from './testing.ts'

const run = async (options: Parameters<typeof cnfContext>[0]) => {
  const reply = await getCnfSummary.run({} as never, cnfContext(options))
  return {
    ...reply,
    data: reply.data as unknown as {
      state: string
      tone: string
      facts: { label: string; value: string }[]
      checks: { label: string; detail?: string }[]
    },
  }
}
const pods = [
  {
    metadata: { name: 'upf-0', namespace: 'upf-core' },
    spec: { containers: [{ name: 'upf' }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'upf', ready: true, state: { running: {} } }] },
  },
]
const labels = { node: 'n2', iface: 'ens1fx', process: 'ptp4l' }

it('CNF-005: puts functions, clocks and ports together, and names what is not well', async () => {
  const { data, clusters } = await run({
    kubernetes: site({ pods, states: [] }),
    prometheus: holding([{ name: 'openshift_ptp_clock_state', labels, value: 0 }]),
  })
  expect([data.state, data.tone]).toEqual(['1 thing not well', 'warn'])
  expect(data.checks).toMatchObject([{ label: 'edge/n2/ens1fx', state: 'freerun', detail: 'follows no master' }])
  expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
    'UPF 1',
    'pods not well 0',
    'PTP clocks locked 0',
    'PTP clocks holdover 0',
    'PTP clocks freerun 1',
  ])
  expect(clusters!.map(({ cluster, status }) => [cluster, status])).toEqual([
    ['edge', 'success'],
    ['dead', 'error'],
  ])
})

it('is partial where only Prometheus is silent, and fails where nothing answers', async () => {
  const { clusters, data } = await run({ kubernetes: site({ pods }), prometheus: new Error('refused') })
  expect(clusters![0]).toMatchObject({ status: 'partial', error: 'refused' })
  expect(data.state).toBe('all well')
  await expect(run({ kubernetes: new Error('refused') })).rejects.toThrow()
})
