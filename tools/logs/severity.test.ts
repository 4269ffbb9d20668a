import { expect, it } from 'vitest'
import { severityOf } from './severity.ts'

it.each([
  ['error', '{"level":"error","msg":"x"}'],
  ['error', '{"level":50,"msg":"x"}'],
  ['warn', '{"time":1,"level":40,"msg":"x"}'],
  ['info', '{"level":"info","msg":"error while retrying, recovered","errors":0}'],
  ['error', 'time=2026-11-20T12:00:00Z level=error msg="boom"'],
  ['warn', 'level=WARN msg=slow'],
  ['info', 'level=info msg="0 errors, 0 failed"'],
  ['error', 'E1120 12:00:00.000001       1 reflector.go:150] failed'],
  ['warn', 'W1120 12:00:00.000001       1 x.go:1] y'],
  ['info', 'I1120 12:00:00.000001       1 x.go:1] no error'],
  ['error', '2026-11-20 12:00:00,123 ERROR [core.py:742] EngineCore died'],
  ['error', 'ERROR 11-20 12:00:00 [core.py:742] EngineCore encountered a fatal error'],
  ['warn', '(raylet) [WARNING] node_manager.cc:10: slow'],
  ['info', 'INFO http request completed status=200'],
  ['error', '\u001b[31mERROR\u001b[0m boom'],
  ['warn', 'web: warning: x'],
  ['error', 'Traceback (most recent call last):'],
  ['error', 'torch.OutOfMemoryError: CUDA out of memory.'],
  ['error', 'ValueError: bad'],
  ['error', 'panic: required environment variable DATABASE_URL is empty'],
  ['error', 'NVRM: Xid (PCI:0000:1b:00): 79, pid=1, GPU has fallen off the bus.'],
  ['error', 'connection refused by upstream'],
  ['error', '2 errors found'],
  ['warn', 'this option is deprecated'],
  [undefined, 'sync completed in 3ms, 0 errors'],
  [undefined, 'done: errors=0 warnings=0'],
  [undefined, 'finished without errors'],
  [undefined, 'status ok, error: null'],
  [undefined, 'no error'],
  [undefined, 'loading ErrorBoundary.js'],
] as const)('%s: %s (LGS-008)', (severity, line) => {
  expect(severityOf(line)).toBe(severity)
})

it('what the stream says counts where the line says nothing; a guess of an error from words does not', () => {
  expect(severityOf('hello', { level: 'warning' })).toBe('warn')
  expect(severityOf('sync done, 0 errors', { detected_level: 'error' })).toBeUndefined()
  expect(severityOf('hello', { detected_level: 'info' })).toBe('info')
})

it('a hostile line of a megabyte takes no time', () => {
  expect(severityOf(`${'a '.repeat(500_000)}error`)).toBeUndefined()
  expect(severityOf('('.repeat(100_000))).toBeUndefined()
  for (const piece of ['a: ', '1: ', '1T: ', 'T: ', '(a)  ', ': ', '1', '-', 'a.B', 'no ', '[', 'level '])
    expect(severityOf(`${piece.repeat(200)}x`)).toBeUndefined()
})
