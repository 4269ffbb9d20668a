import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineFolder, maskLine } from './fold.ts'

const fold = (lines: readonly string[]) => {
  const folder = createLineFolder()
  for (const [index, text] of lines.entries()) folder.add({ text, atMs: index, source: `pod-${index % 3}` })
  return folder.kinds()
}

describe('what varies in a line is masked', () => {
  it.each([
    ['request 17 took 12.5ms', 'request <n> took <n>'],
    ['user 3f2504e0-4f89-11d3-9a0c-0305e82c3301 from 10.1.2.3:8080', 'user <uuid> from <ip>'],
    ['at 2026-11-20T12:00:00.123Z id=0xdeadbeef sha=9f86d081884c7d65', 'at <time> id=<hex> sha=<hex>'],
    ['12:30:01 pod qwen3-32b-worker-0 is at 97%', '<time> pod qwen<n>-<n>-worker-<n> is at <n>'],
    ['"GET /v1/users/42 HTTP/1.1" 200', '"GET /v<n>/users/<n> HTTP/<n>.<n>" <n>'],
    ['nothing varies here', 'nothing varies here'],
    ['step 100 | loss 1.6123 | lr 2.8e-04', 'step <n> | loss <n> | lr <n>'],
    ['  many   blanks\t3 ', 'many blanks <n>'],
  ])('%s', (line, pattern) => expect(maskLine(line)).toBe(pattern))

  it('for any text: the mask ends, and masking twice changes nothing more than once', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
        const once = maskLine(text)
        expect(maskLine(once).length).toBeLessThanOrEqual(Math.max(once.length, 1) * 2)
        expect(once).not.toMatch(/(^|[ =])\d+( |$)/)
      }),
    )
  })

  it('numbers never tell lines apart', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.double({ noNaN: true, min: 0, max: 1e6 }), (a, b, c) => {
        expect(maskLine(`took ${a} ms of ${c.toFixed(2)} in worker-${b}`)).toBe('took <n> ms of <n> in worker-<n>')
      }),
    )
  })
})

describe('lines fold into kinds', () => {
  it('for any lines: each counted once, whatever their order', () => {
    const line = fc
      .tuple(fc.constantFrom('error in', 'slow answer from the', 'ok'), fc.nat(50))
      .map(([a, b]) => `${a} shard ${b}`)
    fc.assert(
      fc.property(fc.array(line, { maxLength: 200 }), (lines) => {
        const kinds = fold(lines)
        expect(kinds.reduce((sum, { count }) => sum + count, 0)).toBe(lines.length)
        expect(kinds.length).toBeLessThanOrEqual(3)
        const again = fold([...lines].reverse())
        expect(again.map(({ pattern, count }) => `${count} ${pattern}`).sort()).toEqual(
          kinds.map(({ pattern, count }) => `${count} ${pattern}`).sort(),
        )
      }),
    )
  })

  it('kinds that differ in one word of many are one; different ones stay apart', () => {
    const kinds = fold([
      ...['alice', 'bob', 'carol'].map((who) => `login of user ${who} was refused by the server`),
      'disk of the server is nearly full',
    ])
    expect(kinds.map(({ pattern, count }) => [count, pattern])).toEqual([
      [3, 'login of user <*> was refused by the server'],
      [1, 'disk of the server is nearly full'],
    ])
    expect(kinds[0]).toMatchObject({ firstMs: 0, lastMs: 2, example: 'login of user alice was refused by the server' })
  })

  it('800,000 lines of three kinds fold into three, with memory for the kinds alone', () => {
    const folder = createLineFolder()
    for (let index = 0; index < 800_000; index += 1) {
      const text =
        index % 100 === 0
          ? `NVRM: Xid (PCI:0000:${(index % 97).toString(16)}b:00): 79, pid=${index}, GPU has fallen off the bus.`
          : index % 2 === 0
            ? `WARNING [scheduler.py:318] Sequence group is preempted, usage 99.${index % 10}%, waiting ${index % 61}`
            : 'level=error msg="connection refused"'
      folder.add({ text, atMs: index })
    }
    expect(folder.lines).toBe(800_000)
    expect(folder.kinds().map(({ count }) => count)).toEqual([400_000, 392_000, 8_000])
  })

  it('a flood of kinds is bounded', () => {
    const word = (index: number) => [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
    const kinds = fold(Array.from({ length: 12_000 }, (_, index) => `${word(index)} ${word(index * 7)}`))
    expect(kinds.length).toBeLessThanOrEqual(5_001)
    expect(kinds.reduce((sum, { count }) => sum + count, 0)).toBe(12_000)
  })
})
