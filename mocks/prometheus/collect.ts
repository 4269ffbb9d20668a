import { labelsKey } from './labels.ts'
import { executionError, type Labels, type Series } from './types.ts'

/**
 * Gathers result samples into series by label set. Two samples of one label set at one step are the error that
 * Prometheus gives; at different steps they are one series.
 */
export interface Collector {
  add(labels: Labels, step: number, value: number, complaint?: string): void
  /** A whole series at once. */
  addAll(labels: Labels, values: (number | undefined)[]): void
  series(): Series[]
}

const sameLabels = 'vector cannot contain metrics with the same labelset'

export function newCollector(count: number): Collector {
  const byKey = new Map<string, Series>()
  const slot = (labels: Labels): Series => {
    const key = labelsKey(labels)
    let series = byKey.get(key)
    if (!series) {
      series = { labels, values: new Array<number | undefined>(count).fill(undefined) }
      byKey.set(key, series)
    }
    return series
  }
  const add = (labels: Labels, step: number, value: number, complaint = sameLabels) => {
    const { values } = slot(labels)
    if (values[step] !== undefined) throw executionError(complaint)
    values[step] = value
  }
  return {
    add,
    addAll(labels, values) {
      const key = labelsKey(labels)
      if (!byKey.has(key)) {
        byKey.set(key, { labels, values: [...values] })
        return
      }
      for (const [step, value] of values.entries()) if (value !== undefined) add(labels, step, value)
    },
    series: () => [...byKey.values()].filter((series) => series.values.some((value) => value !== undefined)),
  }
}

/** The same function over every sample; `undefined` drops it. */
export function mapSeries(
  input: Series[],
  relabel: (labels: Labels) => Labels,
  map: (value: number, step: number) => number | undefined,
): Series[] {
  const collector = newCollector(input[0]?.values.length ?? 0)
  for (const { labels, values } of input) {
    collector.addAll(
      relabel(labels),
      values.map((value, step) => (value === undefined ? undefined : map(value, step))),
    )
  }
  return collector.series()
}
