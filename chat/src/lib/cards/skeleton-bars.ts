/** Lines of a card that is on its way, about as many as cards of its kind have. */
const lines: Record<string, number> = {
  approval: 9,
  graph: 9,
  ledger: 7,
  log: 10,
  measurement: 9,
  nodes: 10,
  report: 9,
  table: 8,
  'time-series': 9,
  trace: 8,
}
const widths = [72, 54, 63, 48, 68]

/** Widths in percent of the bars that hold the place of a card, so that little moves when it comes. */
export const barsOf = (kind: string): number[] =>
  Array.from({ length: lines[kind] ?? 5 }, (_, index) => widths[index % widths.length]!)
