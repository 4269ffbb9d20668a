import { describe, expect, it } from 'vitest'
import { getDpdkStats } from './get-dpdk-stats.tool.ts'
import { cnfContext, holding } from './testing.ts'

const counters = (labels: Record<string, string>, values: Record<string, number>) =>
  Object.entries(values).map(([name, value]) => ({ name, labels, value }))
const own = { pod: 'upf-0', namespace: 'upf-core' }
const busy = { dpdk_ipackets: 1_000_000, dpdk_opackets: 900_000, dpdk_ibytes: 5, dpdk_imissed: 4_000, dpdk_ierrors: 0 }
const series = [
  ...counters({ ...own, params: '0' }, busy),
  ...counters({ ...own, params: '1' }, { ...busy, dpdk_imissed: 5 }),
  ...counters({ pod: 'other', namespace: 'upf-core', params: '0' }, busy),
  { name: 'container_perf_events_total', labels: { ...own, event: 'cache-misses', cpu: '0' }, value: 10 },
  { name: 'container_perf_events_total', labels: { ...own, event: 'cache-misses', cpu: '1' }, value: 20 },
]
const run = async (input: object, all = series) => {
  const prometheus = holding(all)
  const reply = await getDpdkStats.run(getDpdkStats.input.parse(input) as never, cnfContext({ prometheus }))
  return { ...reply, data: reply.data as unknown as { rows: Record<string, unknown>[]; facts: object[] } }
}

describe('get_dpdk_stats', () => {
  it('CNF-011: has counters and rates of each port of one pod, and its CPU work', async () => {
    const { data } = await run({ cluster: 'edge', pod: 'upf-0', namespace: 'upf-core' })
    expect(data.rows).toHaveLength(2)
    expect(data.rows[0]).toMatchObject({
      id: 'upf-core/upf-0/0',
      rxPackets: 1_000_000,
      txPackets: 900_000,
      rxBytes: 5,
      rxErrors: 0,
      rxDropped: 4_000,
      rxPacketsPerSecond: 10_000,
      rxDroppedPerSecond: 40,
      problem: 'drops 40 packets a second: the process polls too slowly',
    })
    // one packet in two hundred thousand is no trouble
    expect(data.rows[1]!.problem).toBeUndefined()
    expect(data.facts).toEqual([{ label: 'cache misses', value: '30' }])
  })

  it("takes the pod's labels also where the exporter's own won", async () => {
    const labels = { pod: 'telegraf', exported_pod: 'upf-0', exported_namespace: 'upf-core', params: '0' }
    const { data } = await run({ cluster: 'edge', pod: 'upf-0' }, counters(labels, { dpdk_rx_good_packets: 7 }))
    expect(data.rows[0]).toMatchObject({ namespace: 'upf-core', rxPackets: 7 })
  })

  it('says where the counters would come from, and refuses an unknown cluster', async () => {
    expect((await run({ cluster: 'edge', pod: 'nobody' })).empty!.likely.join()).toContain('dpdk_ipackets')
    await expect(run({ cluster: 'mars', pod: 'upf-0' })).rejects.toMatchObject({ code: 'cluster-not-found' })
    await expect(run({ cluster: 'dead', pod: 'upf-0' })).rejects.toThrow('connect refused')
  })
})
