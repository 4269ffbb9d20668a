import { describe, expect, it } from 'vitest'
import { createFold, type RawLine } from './fold.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10) + second * 1000).toISOString()
const line = (text: string, more: Partial<RawLine> = {}): RawLine => ({
  ...{ cluster: 'east', node: 'n1', at: at(0) },
  ...more,
  line: text,
})

describe('createFold', () => {
  it('makes 29 faults of 80,000 lines about 29 GPUs (NVSentinel met 800,000)', () => {
    const fold = createFold()
    for (let index = 0; index < 80_000; index++) {
      const gpu = index % 29
      fold.add(
        line(`NVRM: Xid (PCI:0000:${(gpu % 8) + 10}:00): 95, pid=${index}, name=p, Uncontained: LTC TAG (0x2)`, {
          node: `n${Math.floor(gpu / 8)}`,
          at: at(index),
        }),
      )
    }
    const { faults, lines, dropped } = fold.result()
    expect([faults.length, lines, dropped]).toEqual([29, 80_000, 0])
    expect(faults.reduce((sum, { count }) => sum + count, 0)).toBe(80_000)
    for (const { pids } of faults) expect(pids.length).toBe(16)
    expect(faults[0]).toMatchObject({ firstAt: at(0), lastAt: at(29 * 2758) })
  })

  it('keeps apart what asks for different things: device, code, fatality, the recovery action', () => {
    const fold = createFold()
    const say = (text: string) => fold.add(line(text))
    say('NVRM: Xid (PCI:0000:18:00): 145, RLW_REMAP Nonfatal XC0 i0 Link 02 (0x00000004)')
    say('NVRM: Xid (PCI:0000:18:00): 145, RLW_REMAP Nonfatal XC0 i0 Link 07 (0x00000008)')
    say('NVRM: Xid (PCI:0000:18:00): 145, RLW_REMAP Fatal XC0 i0 Link 02')
    say('NVRM: Xid (PCI:0000:18:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)')
    say('NVRM: Xid (PCI:0000:18:00): 154, GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 (None)')
    say('NVRM: Xid (PCI:0000:2a:00): 79, GPU has fallen off the bus.')
    expect(fold.result().faults.map(({ code, count, fatal }) => [code, count, fatal])).toEqual([
      [145, 2, false],
      [145, 1, true],
      [154, 1, undefined],
      [154, 1, undefined],
      [79, 1, undefined],
    ])
  })

  it('counts the parts of the chip by program', () => {
    const fold = createFold()
    for (const [pid, tpc] of [
      [1, 0],
      [2, 0],
      [3, 4],
    ])
      fold.add(line(`NVRM: Xid (PCI:0000:18:00): 13, pid=${pid}, name=p, Exception on (GPC 1, TPC ${tpc}, SM 0)`))
    expect(fold.result().faults[0]).toMatchObject({
      places: { 'GPC 1, TPC 0': 2, 'GPC 1, TPC 4': 1 },
      pidsByPlace: { 'GPC 1, TPC 0': [1, 2] },
    })
  })

  it('stays bounded when every line is another fault, and says what it left out', () => {
    const fold = createFold()
    for (let index = 0; index < 5000; index++) fold.add(line('NVRM: Xid (PCI:0000:18:00): 79', { node: `n${index}` }))
    expect(fold.result()).toMatchObject({ lines: 5000, dropped: 3000 })
    expect(fold.result().faults).toHaveLength(2000)
  })
})
