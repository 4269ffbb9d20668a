import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getPtpStatus } from './get-ptp-status.tool.ts'
import { readPtp } from './ptp.ts'
import { cnfContext, holding } from './testing.ts'

interface Data {
  rows: Record<string, unknown>[]
  facts: { label: string; value: string }[]
}
const clock = (node: string, state: number | undefined, offset: number, process = 'ptp4l') => {
  const labels = { node, iface: process === 'ptp4l' ? 'ens1fx' : 'CLOCK_REALTIME', process }
  return [
    ...(state === undefined ? [] : [{ name: 'openshift_ptp_clock_state', labels, value: state }]),
    { name: 'openshift_ptp_offset_ns', labels: { ...labels, from: 'master' }, value: offset },
    { name: 'openshift_ptp_max_offset_ns', labels: { ...labels, from: 'master' }, value: offset + 10 },
  ]
}
const series = [
  ...clock('n1', 1, -12),
  ...clock('n1', 1, 70, 'phc2sys'),
  ...clock('n2', 2, 340),
  ...clock('n3', 0, 90_000),
  ...clock('n4', 1, 250),
  { name: 'openshift_ptp_clock_class', labels: { node: 'n2', process: 'ptp4l' }, value: 135 },
]
const run = async (input: object = {}, prometheus = holding(series)) => {
  const reply = await getPtpStatus.run(getPtpStatus.input.parse(input) as never, cnfContext({ prometheus }))
  return { ...reply, data: reply.data as unknown as Data }
}

describe('get_ptp_status', () => {
  it('CNF-008: has state, offset and accuracy of each clock, the troubled ones first', async () => {
    const { data, clusters } = await run()
    expect(
      data.rows.map(({ node, process, state, offsetNs, accuracy, problem }) => [
        node,
        process,
        state,
        offsetNs,
        accuracy,
        problem,
      ]),
    ).toEqual([
      ['n2', 'ptp4l', 'holdover', 340, 'low', 'lost its master and keeps time by itself'],
      ['n3', 'ptp4l', 'freerun', 90_000, 'low', 'follows no master'],
      ['n4', 'ptp4l', 'locked', 250, 'low', 'locked, but 250 ns off (limit 100)'],
      ['n1', 'phc2sys', 'locked', 70, 'medium', undefined],
      ['n1', 'ptp4l', 'locked', -12, 'high', undefined],
    ])
    expect(data.rows[0]).toMatchObject({
      clockClass: 135,
      maxOffsetNs: 350,
      interface: 'ens1fx',
      id: 'edge/n2/ens1fx/ptp4l',
    })
    expect(clusters!.map(({ status }) => status)).toEqual(['success', 'error'])
  })

  it('CNF-009: counts locked and free clocks and their average offset over all of them', async () => {
    const { data } = await run({ problemsOnly: true })
    expect(data.rows).toHaveLength(3)
    expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'locked 3',
      'holdover 1',
      'freerun 1',
      `average offset ${Math.round((12 + 70 + 340 + 90_000 + 250) / 5)} ns`,
    ])
  })

  it('says that all is well, and that there is nothing', async () => {
    expect((await run({ problemsOnly: true }, holding(clock('n1', 1, 3)))).empty!.title).toContain('All 1 PTP clocks')
    expect((await run({}, holding([]))).empty!.title).toBe('No PTP clock reports')
  })

  it('CNF-009: judges by the offset where the daemon does not export its state', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -1000, max: 1000 }), async (offset) => {
        const [found] = await readPtp(holding(clock('n', undefined, offset)), new AbortController().signal)
        expect(found!.state).toBe(Math.abs(offset) < 100 ? 'locked' : 'freerun')
        expect(found!.accuracy).toBe(Math.abs(offset) < 50 ? 'high' : Math.abs(offset) < 100 ? 'medium' : 'low')
      }),
    )
  })
})
