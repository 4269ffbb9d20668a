import { AbstractChat, type ChatState, type ChatStatus, DefaultChatTransport } from 'ai'
import type { ChatMessage, Failure } from '../types.ts'

/**
 * State of a chat for rendering: plain arrays instead of deep proxies, and at most one update of the page per frame, however
 * fast tokens come in.
 */
class RawState implements ChatState<ChatMessage> {
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

const wordsOf = (message: ChatMessage) => message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

/** What the server said instead of a stream. */
function failureOf(error: Error): Failure {
  try {
    const body = JSON.parse(error.message) as { error?: { code: string; message: string; next: string } }
    if (body.error) return { ...body.error, retry: body.error.code !== 'session-expired' }
  } catch {}
  return {
    code: 'upstream-unreachable',
    message: 'The connection to Quartermaster broke off.',
    next: 'The answer goes on at the server; it comes back as soon as the connection does.',
    retry: true,
  }
}

/** What the store shows of a conversation: the end of a branch, and whether there is more before it. */
export interface ShownPage {
  messages: ChatMessage[]
  earlier: boolean
}

export class FleetChat extends AbstractChat<ChatMessage> {
  readonly #view: RawState
  /** There are messages before those that are here */
  earlier = $state(false)
  loadingEarlier = $state(false)
  failure = $state.raw<Failure | undefined>()
  /** The server was asked to stop and has not ended the stream yet */
  stopping = $state(false)
  #resuming = false
  #loaded: ChatMessage[] | undefined
  /** What was said last stands beside something else, which only the store can tell */
  #branched = false
  /** Where a changed question belongs, for as long as nobody knows whether it arrived */
  readonly #places = new Map<string, string>()

  constructor(options: { id: string; page: ShownPage; onEnd: (branched: boolean) => void }) {
    const view = new RawState(options.page.messages)
    const base = `/api/v1/chat/sessions/${options.id}`
    super({
      id: options.id,
      state: view,
      transport: new DefaultChatTransport({
        api: `${base}/stream`,
        headers: { 'x-quartermaster': '1' },
        prepareSendMessagesRequest: ({ messages, trigger, messageId, body }) => {
          if (body?.approval)
            return { api: `${base}/continue`, body: { approval: body.approval, id: messages.at(-1)?.id } }
          const last = messages.at(-1)
          if (trigger === 'regenerate-message') return { body: { replaceFrom: body?.replaceFrom ?? messageId } }
          const text = last?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
          const replaceFrom = body?.replaceFrom ?? messageId
          return { body: { text, id: last?.id, ...(replaceFrom && { replaceFrom }) } }
        },
        prepareReconnectToStreamRequest: () => ({ api: `${base}/stream` }),
      }),
      onError: (error) => {
        this.failure = failureOf(error)
      },
      onFinish: ({ isDisconnect }) => {
        this.stopping = false
        if (isDisconnect) void this.resume()
        else {
          options.onEnd(this.#branched)
          this.#branched = false
        }
      },
    })
    this.#view = view
    this.earlier = options.page.earlier
  }

  get shown(): ChatMessage[] {
    return this.#view.shown
  }
  get shownStatus(): ChatStatus {
    return this.#view.shownStatus
  }
  get busy(): boolean {
    return this.shownStatus === 'submitted' || this.shownStatus === 'streaming'
  }

  flush() {
    this.#view.flushNow()
  }

  /**
   * What the store had when the page was loaded: it knows what other tabs and devices said. The same load never counts twice,
   * and one from before our own last words does not count at all. Messages before that load that are here stay.
   */
  refresh({ messages, earlier }: ShownPage) {
    if (messages === this.#loaded) return
    this.#loaded = messages
    if (this.busy) return
    const mine = this.messages
    const last = mine.findIndex(({ id }) => id === messages.at(-1)?.id)
    const isOlder = messages.length === 0 ? mine.length > 0 : last >= 0 && last < mine.length - 1
    if (isOlder) return
    const start = mine.findIndex(({ id }) => id === messages[0]?.id)
    this.messages = start > 0 ? [...mine.slice(0, start), ...messages] : messages
    if (start <= 0) this.earlier = earlier
  }

  /** Fetches the messages before those that are here. False when they could not be had. */
  async loadEarlier(): Promise<boolean> {
    const first = this.messages[0]?.id
    if (!this.earlier || this.loadingEarlier || first === undefined) return false
    this.loadingEarlier = true
    try {
      const query = new URLSearchParams({ before: first, limit: '60' })
      const response = await fetch(`/api/v1/chat/sessions/${this.id}/messages?${query}`)
      if (!response.ok) return false
      const page = (await response.json()) as ShownPage
      if (this.messages[0]?.id !== first) return false
      this.messages = [...page.messages, ...this.messages]
      this.earlier = page.earlier
      return true
    } catch {
      return false
    } finally {
      this.loadingEarlier = false
    }
  }

  /** Loads as much as it takes to have a message, from another branch if need be. False when it cannot be had. */
  async bring(message: string): Promise<boolean> {
    const isHere = () => this.messages.some(({ id }) => id === message)
    while (!isHere() && this.earlier) if (!(await this.loadEarlier())) break
    if (!isHere()) await this.switchTo(message)
    return isHere()
  }

  /** Shows the branch of an alternative, up to what was written last below it. */
  async switchTo(message: string) {
    if (this.busy) return
    this.failure = undefined
    const response = await fetch(`/api/v1/chat/sessions/${this.id}/head`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify({ message }),
    }).catch(() => undefined)
    if (!response?.ok) {
      // Asking again would say the last question once more
      this.failure = { ...failureOf(new Error(await response?.text().catch(() => ''))), retry: false }
      return
    }
    const page = (await response.json()) as ShownPage
    this.#loaded = undefined
    this.messages = page.messages
    this.earlier = page.earlier
  }

  /** `replace` is the message in whose place it is said, as an alternative; what followed it is no longer shown. */
  async say(text: string, replace?: string) {
    this.failure = undefined
    const metadata = { at: new Date().toISOString() }
    const replaced = replace === undefined ? undefined : this.messages.find(({ id }) => id === replace)
    if (!replaced) return this.sendMessage({ text, metadata })
    this.#branched = true
    const replaceFrom = this.#places.get(replaced.id) ?? replaced.id
    // The same words are no alternative: the question is asked again, or arrives for the first time
    if (wordsOf(replaced) === text)
      return this.sendMessage(
        { text, metadata: { ...replaced.metadata, ...metadata }, messageId: replaced.id },
        { body: { replaceFrom } },
      )
    const id = this.generateId()
    this.#places.set(id, replaceFrom)
    const alternatives = [...(replaced.metadata?.alternatives ?? [replaced.id]), id]
    const message = { id, role: 'user' as const, parts: [{ type: 'text' as const, text }] }
    return this.sendMessage(
      { ...message, metadata: { ...metadata, alternatives }, messageId: replaced.id },
      { body: { replaceFrom } },
    )
  }

  /** An answer or a question once more: the new answer stands beside those that are there. */
  async again(messageId: string) {
    this.failure = undefined
    this.#branched = true
    await this.regenerate({ messageId, body: { replaceFrom: messageId } })
  }

  /** After a person decided: the server adds a note for the model and streams what it says to that. */
  async follow(approval: string, state: string) {
    if (this.busy) return
    this.failure = undefined
    // The server writes its own words into this note; here it only stands between the two answers.
    const metadata = { note: { approval, state }, at: new Date().toISOString() }
    await this.sendMessage({ text: 'decided', metadata }, { body: { approval } })
  }

  /** Ends the answer at the server; the stream then ends by itself. */
  async halt() {
    if (!this.busy || this.stopping) return
    this.stopping = true
    const run = this.lastMessage?.role === 'assistant' ? this.lastMessage.metadata?.run : undefined
    const response = await fetch(`/api/v1/chat/sessions/${this.id}/stop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify(run ? { run } : {}),
    }).catch(() => undefined)
    if (!response?.ok) await this.stop()
    setTimeout(() => {
      if (this.stopping) void this.stop().then(() => (this.stopping = false))
    }, 1500)
  }

  /** Joins the answer that is being made, if there is one. Never twice at a time. */
  async resume() {
    if (this.#resuming || this.busy) return
    this.#resuming = true
    try {
      await this.resumeStream()
    } finally {
      this.#resuming = false
    }
  }
}

const chats = new Map<string, FleetChat>()

/** The chat of a conversation. It lives on while another one is looked at, so its stream goes on. */
export function chatFor(id: string, page: ShownPage, onEnd: (branched: boolean) => void): FleetChat {
  const known = chats.get(id)
  if (known) return known
  const chat = new FleetChat({ id, page, onEnd })
  chats.set(id, chat)
  return chat
}

export const forgetChat = (id: string) => chats.delete(id)
