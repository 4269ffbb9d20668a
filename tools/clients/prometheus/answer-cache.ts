/** How a question is answered from the cache, or read. */
export interface Through<T> {
  ttlMs: number
  /** Bytes it takes to keep the value; undefined: not kept */
  sizeOf: (value: T) => number | undefined
  /** Ends the wait of this caller; what is read goes on while somebody else waits for it */
  signal?: AbortSignal | undefined
  /** Do not take what is kept */
  fresh?: boolean | undefined
  read: (signal: AbortSignal) => Promise<T>
}

export interface Kept<T> {
  value: T
  /** When it was read, where it was kept from an earlier question */
  readAt?: Date
}

interface Entry {
  value: unknown
  bytes: number
  readAtMs: number
  untilMs: number
}

interface Flight {
  value: Promise<unknown>
  waiting: number
  stop: AbortController
}

/**
 * Answers that live for a while (MET-018 to MET-023): bounded by bytes, the least recently used goes first; only successes are kept.
 * Equal questions at the same time are asked once, and the question is given up when nobody waits for it any more.
 */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>()
  readonly #flights = new Map<string, Flight>()
  readonly #now: () => number
  readonly #maxBytes: number
  #bytes = 0
  #owners = 0

  constructor(options: { now: () => number; maxBytes?: number }) {
    this.#now = options.now
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A prefix of keys that nobody else has: an address with one credential never sees what another one was told. */
  newOwner(): string {
    this.#owners += 1
    return String(this.#owners)
  }

  async through<T>(key: string, question: Through<T>): Promise<Kept<T>> {
    const kept = question.fresh ? undefined : this.#get(key)
    if (kept) return { value: kept.value as T, readAt: new Date(kept.readAtMs) }
    const flight = this.#flights.get(key) ?? this.#start(key, question)
    return { value: (await this.#join(flight, question.signal)) as T }
  }

  #start<T>(key: string, { ttlMs, sizeOf, read }: Through<T>): Flight {
    const stop = new AbortController()
    const readAtMs = this.#now()
    const value = read(stop.signal).then((answer) => {
      const bytes = sizeOf(answer)
      if (bytes !== undefined) this.#set(key, { value: answer, bytes, readAtMs, untilMs: readAtMs + ttlMs })
      return answer
    })
    const flight: Flight = { value, waiting: 0, stop }
    this.#flights.set(key, flight)
    const landed = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    value.then(landed, landed)
    // Given up and asked again: the next question must not join what is being torn down
    stop.signal.addEventListener('abort', landed, { once: true })
    return flight
  }

  async #join(flight: Flight, signal: AbortSignal | undefined): Promise<unknown> {
    flight.waiting += 1
    let onAbort: (() => void) | undefined
    try {
      if (!signal) return await flight.value
      const aborted = new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason)
        if (signal.aborted) onAbort()
        else signal.addEventListener('abort', onAbort, { once: true })
      })
      // With nobody else waiting, the question itself ends and says in its own words why
      return await Promise.race([flight.value, aborted.catch((error) => this.#leave(flight, error))])
    } finally {
      flight.waiting -= 1
      if (onAbort) signal?.removeEventListener('abort', onAbort)
    }
  }

  #leave(flight: Flight, reason: unknown): Promise<unknown> {
    if (flight.waiting > 1) return Promise.reject(reason)
    flight.stop.abort(reason)
    return flight.value
  }

  #get(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    if (entry.untilMs <= this.#now()) {
      this.#delete(key, entry)
      return undefined
    }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  #set(key: string, entry: Entry): void {
    const before = this.#entries.get(key)
    if (before) this.#delete(key, before)
    // One answer that would drive out most others is not worth its room
    if (entry.bytes > this.#maxBytes / 4) return
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    for (const [oldest, least] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break
      this.#delete(oldest, least)
    }
  }

  #delete(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}
