import type { Cluster } from '../cluster.ts'
import type { History } from '../history.ts'
import type { ObjectHistory } from '../object-history.ts'
import type { MetricType, Series } from '../samples.ts'
import type { ServingIndex } from '../serving-info.ts'
import type { Trouble } from '../troubles.ts'

/** What the makers of series read. */
export interface Scene {
  cluster: Cluster
  history: History
  objects: ObjectHistory
  serving: ServingIndex
  troubles: readonly Trouble[]
  startMs: number
}

/** A metric and everything that exposes it. A histogram gives its `_bucket`, `_sum` and `_count` series under those names. */
export interface Family {
  name: string
  type: MetricType
  help: string
  unit?: string
  /** The metric names its series carry; by default just `name`. */
  names?: string[]
  series(scene: Scene, name: string): Iterable<Series>
}

export function histogramNames(name: string): string[] {
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`]
}
