import { describe, expect, it } from 'vitest'
import { grepLines, levelOf, mergeByTime, parseLog } from './log-lines.ts'

describe('parseLog', () => {
  it('splits times from lines, drops colours and keeps the end of a progress bar', () => {
    const log =
      '2026-11-20T11:00:00.123456789Z \u001b[31mERROR\u001b[0m boom\n2026-11-20T11:00:01Z 10%\r50%\r100%\nno time\n'
    expect(parseLog(log, 'main')).toEqual([
      { at: '2026-11-20T11:00:00.123456789Z', level: 'error', text: 'ERROR boom', source: 'main' },
      { at: '2026-11-20T11:00:01Z', text: '100%', source: 'main' },
      { text: 'no time', source: 'main' },
    ])
    expect(parseLog('')).toEqual([])
    expect(parseLog(`x${'y'.repeat(5000)}`)[0]!.text).toHaveLength(2001)
  })
})

it.each([
  ['level=warn msg="disk"', 'warn'],
  ['{"level":"error","msg":"x"}', 'error'],
  ['E1120 12:00:00.000000       1 main.go:1] broke', 'error'],
  ['I1120 12:00:00.000000       1 main.go:1] fine', 'info'],
  ['INFO 11-20 12:00:00 [engine.py:12] started', 'info'],
  ['(EngineCore pid=77) ERROR 11-20 torch.OutOfMemoryError', 'error'],
  ['Traceback (most recent call last):', 'error'],
  ['0 errors found in 3 files', undefined],
  ['GET /terror 200', undefined],
])('the level of %s is %s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})

describe('grepLines', () => {
  const lines = ['CUDA error: out of memory', 'all fine', 'a.b'].map((text) => ({ text }))
  const grep = (pattern: string | undefined) => grepLines(lines, pattern).map(({ text }) => text)
  it('takes words as they stand and patterns between slashes', () => {
    expect(grep('cuda ERROR')).toEqual(['CUDA error: out of memory'])
    expect(grep('a.b')).toEqual(['a.b'])
    expect(grep('/a.[lb]/')).toEqual(['all fine', 'a.b'])
    expect(grep('/CUDA.*MEMORY/i')).toEqual(['CUDA error: out of memory'])
    expect(grep(undefined)).toHaveLength(3)
  })
  it('refuses a pattern that is none, and stops one that never ends', () => {
    expect(() => grep('/(/')).toThrow(expect.objectContaining({ code: 'invalid-input' }))
    const evil = [{ text: `${'a'.repeat(60)}!` }]
    expect(() => grepLines(evil, '/^(a+)+$/')).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })
})

it('merges containers by time and leaves lines without one where they stood', () => {
  const merged = mergeByTime([
    [{ at: '2026-11-20T11:00:00Z', text: 'a1' }, { text: 'a1 continued' }, { at: '2026-11-20T11:00:05Z', text: 'a2' }],
    [{ at: '2026-11-20T11:00:03Z', text: 'b1' }],
  ])
  expect(merged.map(({ text }) => text)).toEqual(['a1', 'a1 continued', 'b1', 'a2'])
})
