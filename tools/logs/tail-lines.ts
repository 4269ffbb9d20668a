import type { LogEntry } from '../clients/loki/types.ts'
import { lineOf } from './query-logs.tool.ts'
import { compareNs, msOfNs } from './read.ts'

/**
 * Lines oldest first, numbered by their time and their place within it, so that a line that comes twice has its number twice and the
 * card shows it once. Up to 1000 lines of one millisecond stay apart.
 */
export function tailLines(entries: readonly { entry: LogEntry; cluster: string | undefined }[]) {
  const sorted = entries.toSorted((a, b) => compareNs(a.entry.timestampNs, b.entry.timestampNs))
  let lastMs = 0
  let place = 0
  return sorted.map(({ entry, cluster }) => {
    const atMs = msOfNs(entry.timestampNs)
    place = atMs === lastMs ? Math.min(place + 1, 999) : 0
    lastMs = atMs
    return lineOf(entry, { n: atMs * 1000 + place, cluster })
  })
}
