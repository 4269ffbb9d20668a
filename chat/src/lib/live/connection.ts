import type { EventEnvelope } from '../types.ts'

export type LiveState = 'idle' | 'connecting' | 'live' | 'waiting' | 'fallback'

/** The parts of the outside that the connection uses; a test brings its own. */
export interface LiveWorld {
  openSocket(): WebSocketLike
  openEventStream(subjects: string[], after: number | undefined): EventSourceLike | undefined
  setTimer(work: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
}

export interface WebSocketLike {
  send(text: string): void
  close(): void
  onopen: ((event: never) => unknown) | null
  onclose: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
  onmessage: ((event: MessageEvent) => unknown) | null
}

export interface EventSourceLike {
  close(): void
  onmessage: ((event: MessageEvent) => unknown) | null
  onerror: ((event: never) => unknown) | null
}

/** Waiting before each new try, in milliseconds; the last one repeats. */
export const backOffMs = [1000, 2000, 4000, 5000] as const
const pingMs = 25_000
/** After this many tries without a single opened socket, plain HTTP is tried instead. */
const triesBeforeFallback = 3

type Listener = (event: EventEnvelope) => void

/**
 * One live connection for the page. Cards subscribe to subjects (`models/deployment/x`, or `approvals/*` for all below);
 * after a break it goes on behind the last event it saw.
 */
export class LiveConnection {
  readonly #world: LiveWorld
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #onState: (state: LiveState) => void
  #socket: WebSocketLike | undefined
  #stream: EventSourceLike | undefined
  #open = false
  #everOpened = false
  #tries = 0
  #lastSeq: number | undefined
  #timer: unknown
  #ping: unknown

  constructor(world: LiveWorld, onState: (state: LiveState) => void = () => {}) {
    this.#world = world
    this.#onState = onState
  }

  get lastSeq(): number | undefined {
    return this.#lastSeq
  }

  /** Calls `listener` for each event of `subject` until the answer is called. */
  subscribe(subject: string, listener: Listener): () => void {
    const known = this.#listeners.get(subject)
    if (known) known.add(listener)
    else {
      this.#listeners.set(subject, new Set([listener]))
      if (this.#open) this.#ask([subject])
      else if (this.#stream) this.#restream()
      else this.#connect()
    }
    return () => {
      const set = this.#listeners.get(subject)
      if (!set?.delete(listener) || set.size > 0) return
      this.#listeners.delete(subject)
      if (this.#open) this.#send({ type: 'unsubscribe', subjects: [subject] })
      if (this.#listeners.size === 0) this.close()
    }
  }

  close() {
    this.#world.clearTimer(this.#timer)
    this.#world.clearTimer(this.#ping)
    this.#timer = undefined
    const socket = this.#socket
    this.#socket = undefined
    this.#open = false
    this.#stream?.close()
    this.#stream = undefined
    socket?.close()
    this.#onState('idle')
  }

  /**
   * A card may be older than the page, so the events of one exact subject are asked for from the beginning (the card leaves
   * out what is older than its answer); a pattern such as `approvals/*` only from now on.
   */
  #ask(subjects: string[], after?: number) {
    if (after !== undefined) {
      this.#send({ type: 'subscribe', subscription: { subjects }, after })
      return
    }
    const exact = subjects.filter((subject) => !subject.endsWith('*'))
    const patterns = subjects.filter((subject) => subject.endsWith('*'))
    if (exact.length > 0) this.#send({ type: 'subscribe', subscription: { subjects: exact }, after: 0 })
    if (patterns.length > 0) this.#send({ type: 'subscribe', subscription: { subjects: patterns } })
  }

  #connect() {
    if (this.#socket || this.#stream || this.#timer) return
    this.#onState('connecting')
    const socket = this.#world.openSocket()
    this.#socket = socket
    socket.onopen = () => {
      this.#open = true
      this.#everOpened = true
      this.#tries = 0
      this.#onState('live')
      this.#ask([...this.#listeners.keys()], this.#lastSeq)
      this.#keepAlive()
    }
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onerror = () => {}
    socket.onclose = () => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#open = false
      this.#world.clearTimer(this.#ping)
      this.#retry()
    }
  }

  #retry() {
    if (this.#listeners.size === 0) return
    this.#tries++
    if (!this.#everOpened && this.#tries >= triesBeforeFallback && this.#restream()) return
    this.#onState('waiting')
    const wait = backOffMs[Math.min(this.#tries, backOffMs.length) - 1]!
    this.#timer = this.#world.setTimer(() => {
      this.#timer = undefined
      this.#connect()
    }, wait)
  }

  #restream(): boolean {
    this.#stream?.close()
    const stream = this.#world.openEventStream([...this.#listeners.keys()], this.#lastSeq)
    this.#stream = stream
    if (!stream) return false
    this.#onState('fallback')
    stream.onmessage = ({ data }) => this.#receive(String(data))
    stream.onerror = () => {
      if (this.#stream !== stream) return
      this.#timer = this.#world.setTimer(() => {
        this.#timer = undefined
        if (this.#stream === stream && this.#listeners.size > 0) this.#restream()
      }, backOffMs.at(-1)!)
    }
    return true
  }

  #keepAlive() {
    this.#ping = this.#world.setTimer(() => {
      if (!this.#open) return
      this.#send({ type: 'ping' })
      this.#keepAlive()
    }, pingMs)
  }

  #send(message: object) {
    this.#socket?.send(JSON.stringify(message))
  }

  #receive(text: string) {
    let message: { type?: string; event?: EventEnvelope } & Partial<EventEnvelope>
    try {
      message = JSON.parse(text)
    } catch {
      return
    }
    const event =
      message.type === 'event'
        ? message.event
        : message.type === undefined && message.subject
          ? (message as EventEnvelope)
          : undefined
    if (!event || typeof event.subject !== 'string') return
    // one that was only announced has no number: the connection goes on behind the last that has
    if (typeof event.seq === 'number' && (this.#lastSeq === undefined || event.seq > this.#lastSeq))
      this.#lastSeq = event.seq
    for (const [subject, listeners] of this.#listeners)
      if (covers(subject, event.subject)) for (const listener of [...listeners]) listener(event)
  }
}

export const covers = (pattern: string, subject: string): boolean =>
  pattern === subject || (pattern.endsWith('*') && subject.startsWith(pattern.slice(0, -1)))
