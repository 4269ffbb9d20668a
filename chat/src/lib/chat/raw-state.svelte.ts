import type { ChatState, ChatStatus } from 'ai'
import type { ChatMessage } from '../types.ts'

/**
 * State of a chat for rendering: plain arrays instead of deep proxies, and at most one update of the page per frame, however
 * fast tokens come in.
 */
export class RawState implements ChatState<ChatMessage> {
  #messages: ChatMessage[]
  #status: ChatStatus = 'ready'
  #frame = 0
  shown = $state.raw<ChatMessage[]>([])
  shownStatus = $state.raw<ChatStatus>('ready')
  error = $state.raw<Error | undefined>()
  experimental_queuedMessages = $state.raw<ChatMessage[]>([])

  constructor(messages: ChatMessage[]) {
    this.#messages = messages
    this.shown = messages
  }

  get status() {
    return this.#status
  }
  set status(status: ChatStatus) {
    this.#status = status
    this.shownStatus = status
    if (status !== 'streaming') this.flushNow()
  }
  get messages() {
    return this.#messages
  }
  set messages(messages: ChatMessage[]) {
    this.#messages = messages
    this.flushNow()
  }

  pushMessage = (message: ChatMessage) => {
    this.#messages = [...this.#messages, message]
    this.#flush()
  }
  popMessage = () => {
    this.#messages = this.#messages.slice(0, -1)
    this.#flush()
  }
  replaceMessage = (index: number, message: ChatMessage) => {
    this.#messages = this.#messages.with(index, { ...message, parts: message.parts.map((part) => ({ ...part })) })
    this.#flush()
  }
  snapshot = <T>(thing: T): T => structuredClone(thing)

  // A hidden tab gets no frames.
  #flush() {
    if (typeof requestAnimationFrame === 'undefined' || document.hidden) this.flushNow()
    else this.#frame ||= requestAnimationFrame(() => this.flushNow())
  }
  flushNow() {
    if (this.#frame) cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.shown = this.#messages
  }
}
