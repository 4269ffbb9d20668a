import type { Environment } from './environment.ts'
import { latestReader } from './select.ts'
import type { Series, VectorSelector } from './types.ts'

/** What a selector holds at each step; `timestamp()` asks for the instants of its samples instead of their values. */
export function selectInstant(
  selector: VectorSelector,
  environment: Environment,
  pick: 'value' | 'timestamp' = 'value',
): Series[] {
  const { grid, query } = environment
  const result: Series[] = []
  for (const stored of query.find(selector)) {
    const latest = latestReader(query.storage, stored)
    const values = new Array<number | undefined>(grid.count).fill(undefined)
    let any = false
    for (let step = 0; step < grid.count; step += 1) {
      const sample = latest(environment.instant(selector, step))
      if (!sample) continue
      values[step] = pick === 'value' ? sample.value : sample.timeMs / 1000
      any = true
    }
    if (!any) continue
    query.budget(grid.count)
    result.push({ labels: stored.labels, values })
  }
  return result
}
