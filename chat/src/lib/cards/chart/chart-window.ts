/** From and to, unix seconds. */
export type TimeWindow = readonly [number, number]

const shortestSeconds = 10

/** Half of what is seen, around its middle; the same when it is short enough. */
export function zoomedIn([from, to]: TimeWindow): TimeWindow {
  const quarter = (to - from) / 4
  return to - from <= shortestSeconds ? [from, to] : [from + quarter, to - quarter]
}

/** Half a window earlier (-1) or later (1), within what there is. */
export function moved([from, to]: TimeWindow, direction: -1 | 1, [first, last]: TimeWindow): TimeWindow {
  const step = (direction * (to - from)) / 2
  const by = Math.max(first - from, Math.min(last - to, step))
  return [from + by, to + by]
}
