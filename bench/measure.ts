/** A bound a figure is held against. */
export interface Target {
  is: 'at most' | 'at least'
  value: number
}

export interface Figure {
  name: string
  value: number | string
  unit?: string
  target?: Target
  /** What it was compared with in the same run */
  comparedWith?: string
}

export interface Measure {
  /** What `--only` names it by */
  id: string
  title: string
  /** Runs only when it is named, because it is slow */
  onlyWhenNamed?: boolean
  /** What a person feels in the browser: `npm run bench:ui` takes these */
  ui?: boolean
  /** @throws Skipped where this machine or this checkout cannot do it */
  run(bench: Bench): Promise<Figure[]>
}

/** What a measure gets: where the product is, a folder of its own, and somebody who cleans up. */
export interface Bench {
  /** Root of the repository, without a slash at its end */
  root: string
  /** Made for this measure, removed after it */
  folder: string
  /** Runs after the measure, whatever became of it, the last one first */
  after(clean: () => unknown): void
  /** A line for whoever watches */
  say(text: string): void
}

/** Thrown by a measure that cannot be taken here; says why. */
export class Skipped extends Error {}

export const atMost = (value: number): Target => ({ is: 'at most', value })
export const atLeast = (value: number): Target => ({ is: 'at least', value })

/** Whether the figure holds its target; undefined where it has none. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target || typeof value !== 'number') return undefined
  return target.is === 'at most' ? value <= target.value : value >= target.value
}

/** The value below which the share `of` (0 to 1) of the samples lies; nearest rank. */
export function quantile(samples: readonly number[], of: number): number {
  if (samples.length === 0) throw new Error('no samples')
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(of * sorted.length) - 1))]!
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** To `digits` after the point. */
export const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits))

/** Runs `task` and answers what it gave and how long it took, milliseconds. */
export async function timed<T>(task: () => Promise<T>): Promise<{ value: T; tookMs: number }> {
  const startedAt = performance.now()
  const value = await task()
  return { value, tookMs: performance.now() - startedAt }
}
