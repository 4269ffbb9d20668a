import { describe, expect, it } from 'vitest'
import type { LogEntry, Loki } from '../../clients/loki/types.ts'
import { createFold } from '../fold.ts'
import { foldKernelLog } from './kernel-log.ts'

const endMs = Date.UTC(2026, 10, 20, 12)
const start = new Date(endMs - 3_600_000)
const entry = (ns: bigint, line: string, stream: Record<string, string> = { node: 'n1' }): LogEntry => ({
  timestampNs: String(ns),
  line,
  stream,
})
const xid = (code: number, bus = '18') => `kernel: NVRM: Xid (PCI:0000:${bus}:00): ${code}, pid=1, name=p, x`

/** Loki as its API says: from start (included) to end, in order, at most `limit`. */
function lokiOf(entries: LogEntry[]) {
  const asked: { query: string; limit?: number | undefined }[] = []
  const sorted = [...entries].sort((left, right) => (BigInt(left.timestampNs) < BigInt(right.timestampNs) ? -1 : 1))
  const client = {
    queryRange: async ({ query, start: from, end, limit = 100 }: Parameters<Loki['queryRange']>[0]) => {
      asked.push({ query, limit })
      const fromNs = BigInt(from.getTime()) * 1_000_000n
      const toNs = BigInt(end.getTime()) * 1_000_000n
      return sorted
        .filter(({ timestampNs }) => BigInt(timestampNs) >= fromNs && BigInt(timestampNs) < toNs)
        .slice(0, limit)
    },
  } as unknown as Loki
  return { client, asked }
}
const run = async (entries: LogEntry[], more: { selector?: string; node?: string } = {}) => {
  const { client, asked } = lokiOf(entries)
  const fold = createFold()
  const options = { cluster: 'east', start, end: new Date(endMs), signal: new AbortController().signal, ...more }
  const { whole } = await foldKernelLog(client, fold, options)
  return { whole, asked, ...fold.result() }
}
const startNs = BigInt(start.getTime()) * 1_000_000n

describe('foldKernelLog', () => {
  it('reads every line once over pages that meet in one millisecond', async () => {
    const count = 12_345
    const entries = Array.from({ length: count }, (_, index) =>
      entry(startNs + BigInt(index) * 300_000n, `${xid(13)} ${index}`),
    )
    const { whole, lines, faults, asked } = await run(entries)
    expect([whole, lines, faults.length, asked.length]).toEqual([true, count, 1, 3])
    expect(faults[0]!.count).toBe(count)
  })

  it('stops after a hundred thousand lines and says so', async () => {
    const entries = Array.from({ length: 105_000 }, (_, index) => entry(startNs + BigInt(index) * 1_000_000n, xid(95)))
    const { whole, lines, faults } = await run(entries)
    expect(whole).toBe(false)
    expect(lines).toBeGreaterThan(99_000)
    expect(faults).toHaveLength(1)
  })

  it('finds the node under each label that agents give it, and asks under the configured selector', async () => {
    const streams = [
      { node: 'a' },
      { node_name: 'b' },
      { nodename: 'c' },
      { hostname: 'd' },
      { host: 'e' },
      { instance: 'f:9100' },
      {},
    ]
    const { faults, asked } = await run(
      streams.map((stream, index) => entry(startNs + BigInt(index), xid(79), stream as Record<string, string>)),
      { selector: '{unit="kernel"}' },
    )
    expect(faults.map(({ node }) => node)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'unknown'])
    expect(asked[0]!.query).toBe('{unit="kernel"} |~ "NVRM: Xid|SXid"')
  })

  it('keeps to one node', async () => {
    const { faults } = await run(
      [entry(startNs, xid(79), { node: 'a' }), entry(startNs + 1n, xid(79), { node: 'b' })],
      { node: 'b' },
    )
    expect(faults.map(({ node }) => node)).toEqual(['b'])
  })

  it('ends when more lines lie in one millisecond than a page holds', async () => {
    const entries = Array.from({ length: 7000 }, (_, index) => entry(startNs, `${xid(13)} ${index}`))
    expect((await run(entries)).whole).toBe(true)
  })
})
