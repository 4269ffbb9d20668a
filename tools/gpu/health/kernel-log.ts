import type { Loki } from '../../clients/loki/types.ts'
import type { createFold } from '../fold.ts'

/** Jobs under which agents usually ship the kernel's log. */
const usualLogs = '{job=~".*(journal|kernel|kmsg|dmesg|syslog|varlog).*"}'
const pageLines = 5000
/** One hundred thousand lines: a flood that long says what it has to say long before. */
const mostPages = 20

const nodeOf = (stream: Record<string, string>): string =>
  stream.node ??
  stream.node_name ??
  stream.nodename ??
  stream.hostname ??
  stream.host ??
  stream.instance?.replace(/:\d+$/, '') ??
  'unknown'

export interface KernelLogOptions {
  cluster: string
  start: Date
  end: Date
  selector?: string | undefined
  node?: string | undefined
  signal: AbortSignal
}

/**
 * Driver errors of the kernel logs in Loki, folded while they are read: forward by pages, so memory stays small however many lines
 * there are. `whole` is false where it stopped early.
 */
export async function foldKernelLog(
  loki: Loki,
  fold: ReturnType<typeof createFold>,
  options: KernelLogOptions,
): Promise<{ whole: boolean }> {
  const { cluster, end, selector = usualLogs, node, signal } = options
  const query = `${selector} |~ "NVRM: Xid|SXid"`
  let from = options.start
  let seen = new Set<string>()
  for (let page = 0; page < mostPages; page++) {
    if (from >= end) return { whole: true }
    const entries = await loki.queryRange({ query, start: from, end, limit: pageLines, direction: 'forward', signal })
    let last = 0n
    const atEdge = new Set<string>()
    for (const { timestampNs, line, stream } of entries) {
      const at = BigInt(timestampNs)
      // Pages meet in one millisecond: its lines come twice.
      const key = `${timestampNs} ${nodeOf(stream)} ${line}`
      if (seen.has(key)) continue
      if (at > last) last = at
      const place = nodeOf(stream)
      if (node !== undefined && place !== node) continue
      fold.add({ cluster, node: place, at: new Date(Number(at / 1_000_000n)).toISOString(), line })
    }
    if (entries.length < pageLines) return { whole: true }
    const edgeMs = last / 1_000_000n
    for (const { timestampNs, line, stream } of entries)
      if (BigInt(timestampNs) / 1_000_000n >= edgeMs) atEdge.add(`${timestampNs} ${nodeOf(stream)} ${line}`)
    seen = atEdge
    const next = new Date(Number(edgeMs))
    // More lines in one millisecond than a page holds: step over it.
    from = next > from ? next : new Date(from.getTime() + 1)
  }
  return { whole: false }
}
