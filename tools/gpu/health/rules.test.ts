import { describe, expect, it } from 'vitest'
import type { HealthFacts } from './facts.ts'
import { gaugeFaults } from './faults.ts'
import { judge } from './judge.ts'
import { factsOf, faultsOf, gpuOf, nodeOf, now, withGpu, withNode, xid } from './testing.ts'

const judged = (more: Partial<HealthFacts>) => judge(factsOf(more)).findings
const idsOf = (more: Partial<HealthFacts>) => judged(more).map(({ id }) => id)
const told = (...lines: Parameters<typeof faultsOf>) => ({ faults: faultsOf(...lines) })

describe('one XID explains another', () => {
  it('45 beside another XID is that one’s echo', () => {
    expect(idsOf(told(xid(45), xid(79)))).toEqual(['gpu-lost'])
    expect(idsOf(told(xid(45), xid(13)))).toEqual(['xid-app'])
    // A neighbour of the same job, at the same time
    expect(idsOf(told(xid(45, 'x', { gpu: 3 }), xid(79)))).toEqual(['gpu-lost'])
    // Hours apart, or on another node, they have nothing to do with each other
    expect(idsOf(told([xid(45, 'x', { gpu: 3 }), 'n1', 600], [xid(79), 'n1', 5]))).toEqual(['gpu-lost', 'xid-45-alone'])
    expect(idsOf(told([xid(45), 'n2'], [xid(79), 'n1']))).toEqual(['gpu-lost', 'xid-45-alone'])
    expect(judged(told(xid(45)))[0]!.remedy).toContain('restart the fabric manager')
  })

  it('162 cancels an earlier 163, and not a later one', () => {
    expect(idsOf(told([xid(163), 'n1', 60], [xid(162), 'n1', 50]))).toEqual([])
    expect(idsOf(told([xid(162), 'n1', 60], [xid(163), 'n1', 50]))).toEqual(['power-smoothing-lost'])
    expect(idsOf(told([xid(163), 'n1', 60], [xid(162, 'x', { gpu: 1 }), 'n1', 50]))).toEqual(['power-smoothing-lost'])
  })

  it('79 and SXID 20034 are one event', () => {
    const sxid = 'nvidia-nvswitch3: SXid (PCI:0000:c6:00.0): 20034, Fatal, Link 60 LTSSM Fault Up'
    const [only, ...more] = judged(told(xid(79), sxid))
    expect([only!.id, more]).toEqual(['gpu-lost', []])
    expect(only!.evidence.map(({ text }) => text.slice(0, 10))).toEqual(['Xid 79: x', 'SXid 20034'])
    expect(idsOf(told([xid(79), 'n1', 5], [sxid, 'n1', 600]))).toEqual(['gpu-lost', 'nvswitch-fatal'])
  })

  it('144 to 150 are as bad as their text', () => {
    for (const code of [144, 145, 146, 147, 148, 149, 150]) {
      expect(idsOf(told(xid(code, 'XX Nonfatal XC0')))).toEqual(['nvlink5-nonfatal'])
      expect(idsOf(told(xid(code, 'XX Fatal XC0')))).toEqual(['nvlink5-fatal'])
    }
    expect(judged(told(xid(145, 'RLW_REMAP Nonfatal XC0')))[0]!.severity).toBe('info')
  })

  it('of the memory chain the worst link is the finding, the others are its evidence', () => {
    const [only, ...more] = judged(told(xid(92), xid(63), xid(94), xid(48), xid(171)))
    expect([only!.id, more]).toEqual(['memory-uncorrectable', []])
    expect(only!.evidence.map(({ text }) => Number(/\d+/.exec(text)![0]))).toEqual([48, 92, 63, 94])
    expect(idsOf(told(xid(63), xid(95)))).toEqual(['memory-uncontained'])
    expect(idsOf(told(xid(94), xid(94, 'x', { gpu: 1 })))).toEqual(['memory-contained'])
  })

  it('154: the action is in the text, and over when the device says none', () => {
    const changed = (to: string) => xid(154, `GPU recovery action changed from 0x0 (None) to 0x1 (${to})`)
    const unread = withGpu({ recoveryAction: undefined })
    expect(judged({ ...unread, ...told(changed('GPU Reset Required')) })[0]).toMatchObject({
      id: 'recovery-action',
      title: expect.stringContaining('GPU Reset Required'),
    })
    expect(
      idsOf({ ...unread, ...told([changed('GPU Reset Required'), 'n1', 60], [changed('None'), 'n1', 5]) }),
    ).toEqual([])
    expect(idsOf({ ...withGpu({ recoveryAction: 0 }), ...told(changed('GPU Reset Required')) })).toEqual([])
  })

  it('13 and 31: the same unit under different programs is the chip, anything else the program', () => {
    const at = (tpc: number, pid: number) => xid(13, `Exception on (GPC 3, TPC ${tpc}, SM 0)`, { pid })
    expect(idsOf(told(at(1, 10), at(1, 20)))).toEqual(['xid-app-same-unit'])
    expect(idsOf(told(at(1, 10), at(2, 20)))).toEqual(['xid-app'])
    expect(idsOf(told(at(1, 10), at(1, 10), at(1, 10)))).toEqual(['xid-app'])
  })
})

describe('what lasts is not new', () => {
  it('a sticky gauge is history, one that moved is news', () => {
    expect(idsOf(withGpu({ xid: 94 }))).toEqual(['xid-earlier'])
    expect(idsOf(withGpu({ xid: 31 }))).toEqual([])
    const moved = gpuOf('n1', 0, { xid: 94, xidIsNew: true })
    expect(idsOf({ gpus: [moved], faults: gaugeFaults([moved], [], now) })).toEqual(['memory-contained'])
  })

  it('a gauge and a kernel line of one fault are one fault', () => {
    const moved = gpuOf('n1', 0, { xid: 94, xidIsNew: true })
    expect(gaugeFaults([moved], faultsOf(xid(94)), now)).toEqual([])
    expect(gaugeFaults([moved], faultsOf(xid(94, 'x', { gpu: 1 })), now)).toMatchObject([{ code: 94, count: 1 }])
    const counted = gpuOf('n1', 0, { xid: 79, xidCounts: { 13: 4, 79: 1 } })
    expect(gaugeFaults([counted], [], now).map(({ code, count }) => [code, count])).toEqual([
      [13, 4],
      [79, 1],
    ])
  })
})

it('an idle IMEX is no fault', () => {
  const alarms = [{ type: 'DCGMError', message: 'DCGM_FR_IMEX_UNHEALTHY: IMEX daemon not ready' }]
  expect(idsOf(withNode({ alarms }))).toEqual([])
  expect(idsOf({ ...withNode({ alarms }), withComputeDomain: new Set(['west']) })).toEqual([])
  expect(idsOf({ ...withNode({ alarms }), withComputeDomain: new Set(['east']) })).toEqual(['imex-unhealthy'])
})

describe('the fleet', () => {
  const hot = (...names: string[]) =>
    factsOf().gpus.map((gpu) => (names.includes(gpu.node) ? { ...gpu, temperatureC: 88 } : gpu))
  const racks = (a: number) => factsOf().nodes.map((node, index) => ({ ...node, rack: index < a ? 'A' : 'B' }))

  it('finds what the nodes with one symptom share', () => {
    const [first, second] = judged({ gpus: hot('n1', 'n2', 'n3'), nodes: racks(3) })
    expect(first).toMatchObject({ id: 'common-cause', title: 'gpu-hot on 3 nodes of one rack: A' })
    expect(second!.title).toBe('At 80 °C or more: east/n1 GPU 0, east/n1 GPU 1, east/n1 GPU 2 and 21 more')
  })

  it('makes no cause of what everybody has, of two nodes, or of a rack that is mostly well', () => {
    expect(idsOf({ gpus: hot('n1', 'n2', 'n3'), nodes: racks(5) })).not.toContain('common-cause')
    expect(idsOf({ gpus: hot('n1', 'n2'), nodes: racks(2) })).not.toContain('common-cause')
    expect(idsOf({ gpus: hot('n1', 'n2', 'n4'), nodes: racks(3) })).not.toContain('common-cause')
  })

  it('says what cordoning all of them would take, before anybody does', () => {
    const lines = ['n1', 'n2'].map((node): [string, string] => [xid(79), node])
    expect(judged(told(...lines)).at(-1)).toMatchObject({
      id: 'blast-radius',
      title: 'Cordoning all of them would take 40 % of the GPUs of east',
      evidence: [{ text: '2 GPU pods would have to move' }, { text: 'n1, n2' }],
    })
    expect(idsOf(told([xid(79), 'n1']))).not.toContain('blast-radius')
    const closed = factsOf().nodes.map((node) => ({ ...node, cordoned: ['n1', 'n2'].includes(node.node) }))
    expect(idsOf({ ...told(...lines), nodes: closed })).not.toContain('blast-radius')
  })

  it('knows a GPU that came back on three days', () => {
    const day = 24 * 60
    expect(idsOf(told([xid(119), 'n1', 10], [xid(62), 'n1', day], [xid(62), 'n1', 3 * day]))).toContain(
      'repeat-offender',
    )
    expect(idsOf(told([xid(119), 'n1', 10], [xid(119), 'n1', day]))).not.toContain('repeat-offender')
  })

  it('one lost GPU is told once, however many lines it wrote', () => {
    const faults = faultsOf(
      ...Array.from({ length: 500 }, (_, index): [string, string, number] => [xid(79), 'n1', index]),
    )
    const [only] = judged({ faults, nodes: [nodeOf('n1')] })
    expect(only!.evidence[0]!.text).toContain('Xid 79, 500 times since 11-20 03:41')
  })
})
