/** What one reader asks for, as far as it says who watches: empty is all. */
export interface Watch {
  /** exact, or prefixes that end in `/*` */
  readonly subjects: readonly string[]
  readonly names: readonly string[]
}

const stem = (pattern: string) => (pattern.endsWith('/*') ? pattern.slice(0, -1) : undefined)

/** Whether some subject fits both patterns. */
export function overlaps(left: string, right: string): boolean {
  const [one, other] = [stem(left), stem(right)]
  if (one === undefined && other === undefined) return left === right
  if (one !== undefined && other !== undefined) return one.startsWith(other) || other.startsWith(one)
  return one !== undefined ? right.startsWith(one) : left.startsWith(other!)
}

export interface Interest {
  /** A reader is there until the answer is called. `watch` may change meanwhile. */
  add(watch: Watch): () => void
  /** Whether a reader of this process would get an event of this subject (or one below it) and name */
  has(subject: string, name?: string): boolean
}

/** Who listens to what in this process. `onAdd` hears of each reader that comes or asks for more. */
export function createInterest(onAdd: (watch: Watch) => void = () => {}): Interest {
  const watches = new Set<Watch>()
  return {
    add(watch) {
      watches.add(watch)
      onAdd(watch)
      return () => void watches.delete(watch)
    },
    has: (subject, name) => [...watches].some((watch) => fits(watch, subject, name)),
  }
}

export const fits = ({ subjects, names }: Watch, subject: string, name?: string): boolean =>
  (subjects.length === 0 && names.length === 0) ||
  (name !== undefined && names.includes(name)) ||
  subjects.some((one) => overlaps(one, subject))
