/** Values that live for a while; the least recently used goes first. Time comes from the caller's clock. */
export class TimedCache<T> {
  readonly #entries = new Map<string, { value: T; untilMs: number }>()
  readonly #size: number

  constructor(size: number) {
    this.#size = size
  }

  get(key: string, now: Date): T | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    if (entry.untilMs <= now.getTime()) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: T, until: Date): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, untilMs: until.getTime() })
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > this.#size && !oldest.done) this.#entries.delete(oldest.value)
  }

  /** The kept value, else what `read` answers; a failure is not kept (MET-023). */
  async through(key: string, { now, ttlMs, read }: { now: Date; ttlMs: number; read: () => Promise<T> }): Promise<T> {
    const kept = this.get(key, now)
    if (kept !== undefined) return kept
    const value = await read()
    this.set(key, value, new Date(now.getTime() + ttlMs))
    return value
  }
}
