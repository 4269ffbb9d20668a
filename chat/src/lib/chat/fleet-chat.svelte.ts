import type { ChatStatus } from 'ai'
import { backOffMs } from '../live/connection.ts'
import type { Attachment, ChatMessage, Failure, QueuedMessage } from '../types.ts'
import { chatTransport, failureOf, post } from './asking.ts'
import type { AskingChat } from './asking-chat.ts'
import { QueueView } from './queue-view.svelte.ts'
import { RawState } from './raw-state.svelte.ts'

const wordsOf = (message: ChatMessage) => message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

/** What the store shows of a conversation: the end of a branch, and whether there is more before it. */
export interface ShownPage {
  messages: ChatMessage[]
  earlier: boolean
}

export interface FleetChatOptions {
  id: string
  page: ShownPage
  queued?: QueuedMessage[]
  /** An answer was made: the list of conversations changed */
  onEnd: (branched: boolean) => void
  /** Loads what the server has; undefined where the page of this conversation is not open */
  reload: () => Promise<ShownPage | undefined>
}

const firstPauseMs = 250
const nextQuestionMs = 400

export class FleetChat {
  readonly id: string
  readonly #view: RawState
  #asking: Promise<AskingChat> | undefined
  readonly queue: QueueView
  readonly #options: FleetChatOptions
  /** There are messages before those that are here */
  earlier = $state(false)
  loadingEarlier = $state(false)
  failure = $state.raw<Failure | undefined>()
  /** The server was asked to stop and has not ended the stream yet */
  stopping = $state(false)
  /** The connection broke off in mid-answer and is being made again */
  reconnecting = $state(false)
  #resuming = false
  #missed = false
  #status = 200
  #loaded: ChatMessage[] | undefined
  /** What was said last stands beside something else, which only the store can tell */
  #branched = false
  /** Where a changed question belongs, for as long as nobody knows whether it arrived */
  readonly #places = new Map<string, string>()
  #wake = () => {}

  constructor(options: FleetChatOptions) {
    this.id = options.id
    this.#view = new RawState(options.page.messages)
    this.earlier = options.page.earlier
    this.#options = options
    this.queue = new QueueView(this.#base, options.queued ?? [])
  }

  get #base() {
    return `/api/v1/chat/sessions/${this.id}`
  }

  async #load(): Promise<AskingChat> {
    const { AskingChat } = await import('./asking-chat.ts')
    return new AskingChat({
      id: this.id,
      state: this.#view,
      transport: chatTransport(this.#base, (status) => {
        this.#status = status
      }),
      onError: (error) => {
        this.failure = failureOf(error)
      },
      onFinish: ({ message, isAbort, isDisconnect, isError }) => {
        this.stopping = false
        // A proxy may end a stream as if it were whole
        const cut = !isAbort && !isError && message.role === 'assistant' && message.metadata?.end === undefined
        if (this.#resuming) return
        if (isDisconnect || cut) void this.resume(true)
        else void this.#ended()
      },
    })
  }

  /** What asks, which the first question waits for. Undefined when it could not be loaded. */
  async #client(): Promise<AskingChat | undefined> {
    this.#asking ??= this.#load()
    return this.#asking.catch((error: unknown) => {
      this.#asking = undefined
      this.failure = failureOf(error as Error)
      return undefined
    })
  }

  get status(): ChatStatus {
    return this.#view.status
  }
  get messages(): ChatMessage[] {
    return this.#view.messages
  }
  set messages(messages: ChatMessage[]) {
    this.#view.messages = messages
  }
  get lastMessage(): ChatMessage | undefined {
    return this.#view.messages.at(-1)
  }

  get shown(): ChatMessage[] {
    return this.#view.shown
  }
  get shownStatus(): ChatStatus {
    return this.#view.shownStatus
  }
  get busy(): boolean {
    return this.reconnecting || this.shownStatus === 'submitted' || this.shownStatus === 'streaming'
  }
  get #streaming(): boolean {
    return this.status === 'submitted' || this.status === 'streaming'
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
    if (this.#streaming) return
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
    const response = await post(`/api/v1/chat/sessions/${this.id}/head`, { message })
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
  async say(text: string, replace?: string, files: Attachment[] = []) {
    this.failure = undefined
    await this.#say(text, replace, files)
    if (this.#isRefused('conflict') && !replace) await this.#sayLater(text, files)
  }

  #isRefused(code: string) {
    return this.failure?.code === code
  }

  async #say(text: string, replace: string | undefined, files: Attachment[]) {
    const attachments = files.length > 0 ? { attachments: files } : {}
    const metadata = { at: new Date().toISOString(), ...attachments }
    const replaced = replace === undefined ? undefined : this.messages.find(({ id }) => id === replace)
    const client = await this.#client()
    if (!client) {
      // Without a network even the code that asks may not come: the words wait and are sent with the next chance
      if (!replaced) await this.queue.add(text, 'queue', files)
      return
    }
    if (!replaced) return client.sendMessage({ text, metadata })
    this.#branched = true
    const replaceFrom = this.#places.get(replaced.id) ?? replaced.id
    // The same words are no alternative: the question is asked again, or arrives for the first time
    if (wordsOf(replaced) === text)
      return client.sendMessage(
        { text, metadata: { ...replaced.metadata, ...metadata }, messageId: replaced.id },
        { body: { replaceFrom } },
      )
    const id = client.generateId()
    // Files of the question stay with it
    const kept = replaced.metadata?.attachments ? { attachments: replaced.metadata.attachments } : {}
    this.#places.set(id, replaceFrom)
    const alternatives = [...(replaced.metadata?.alternatives ?? [replaced.id]), id]
    const message = { id, role: 'user' as const, parts: [{ type: 'text' as const, text }] }
    return client.sendMessage(
      { ...message, metadata: { ...kept, ...metadata, alternatives }, messageId: replaced.id },
      { body: { replaceFrom } },
    )
  }

  /** An answer or a question once more: the new answer stands beside those that are there. */
  async again(messageId: string) {
    this.failure = undefined
    this.#branched = true
    await (await this.#client())?.regenerate({ messageId, body: { replaceFrom: messageId } })
  }

  /** Another device asked first: what was said here waits for its turn. */
  async #sayLater(text: string, files: Attachment[]) {
    const { id } = this.lastMessage ?? {}
    this.failure = undefined
    this.messages = this.messages.filter((message) => message.id !== id)
    await this.queue.add(text, 'queue', files)
    await this.look()
  }

  /** After a person decided: the server tells the model and lets it answer; this only makes sure that it does so now. */
  async follow(approval: string) {
    await this.#continue({ approval })
  }

  /** Goes on with an answer that a restart of the server cut off. */
  async goOn() {
    await this.#continue({})
  }

  async #continue(body: { approval?: string }) {
    if (this.busy) return
    this.failure = undefined
    const response = await post(`/api/v1/chat/sessions/${this.id}/continue`, body)
    if (response && !response.ok) this.failure = failureOf(new Error(await response.text()))
    await this.look()
  }

  /** Ends the answer at the server; the stream then ends by itself. */
  async halt() {
    if (!this.busy || this.stopping) return
    this.stopping = true
    const run = this.lastMessage?.role === 'assistant' ? this.lastMessage.metadata?.run : undefined
    const response = await post(`/api/v1/chat/sessions/${this.id}/stop`, run ? { run } : {})
    if (!response?.ok) await (await this.#client())?.stop()
    setTimeout(() => {
      if (!this.stopping) return
      void this.#client()
        .then((client) => client?.stop())
        .then(() => {
          this.stopping = false
        })
    }, 1500)
  }

  /** Something happened in this conversation on another device or at the server. */
  heard(name: string, messageId: unknown) {
    if (name === 'chat.queue-changed') void this.queue.load()
    else if (name !== 'chat.message-added' || this.messages.some(({ id }) => id === messageId)) return
    else if (this.busy) this.#missed = true
    else void this.look()
  }

  /** Takes what the server has, and joins the answer that is being made, if there is one. */
  async look() {
    if (this.busy) {
      this.#missed = true
      return
    }
    this.#missed = false
    await this.#reload()
    await this.resume()
  }

  async #reload() {
    const page = await this.#options.reload().catch(() => undefined)
    if (page) this.refresh(page)
  }

  async #ended() {
    this.#options.onEnd(this.#branched)
    this.#branched = false
    const asksNext = this.queue.waiting.length > 0 && this.lastMessage?.metadata?.end === 'done'
    if (!this.#missed && !asksNext) return
    // Still inside the request that ends here
    await Promise.resolve()
    await this.look()
    // The server asks the next one in a moment; where no live event comes through, nobody would say so
    if (asksNext && !this.busy) setTimeout(() => void this.look(), nextQuestionMs)
  }

  /**
   * Joins the answer that is being made, if there is one; never twice at a time. After a broken connection again and again, until
   * the server says how it stands: then nothing is lost and nothing is there twice.
   */
  async resume(broken = false) {
    if (this.#resuming || this.#streaming) return
    this.#resuming = true
    let joined = false
    try {
      for (let tries = broken ? 1 : 0; ; tries++) {
        if (tries > 0) {
          this.failure = undefined
          this.reconnecting = true
          await this.#pause(tries === 1 ? firstPauseMs : backOffMs[Math.min(tries - 1, backOffMs.length) - 1]!)
        }
        // 0: not reached at all
        this.#status = 0
        await (await this.#client())?.resumeStream()
        joined ||= this.#status === 200
        if (this.#status >= 400 && this.#status < 500) break
        if (this.#status === 204) {
          // The tries before it may have failed: the client still says so
          ;(await this.#client())?.clearError()
          if (tries > 0) this.failure = undefined
          if (tries > 0) await this.#reload()
          break
        }
        if (this.status !== 'error' && this.lastMessage?.metadata?.end !== undefined) break
        // It was there: no reason to wait longer than the first time
        if (this.#status === 200) tries = 0
      }
    } finally {
      this.#resuming = false
      this.reconnecting = false
    }
    await this.#sendLost()
    if (joined) await this.#ended()
    else if (broken) this.#options.onEnd(this.#branched)
  }

  /** What was said while there was no connection and never came to the server. */
  async #sendLost() {
    const last = this.lastMessage
    if (last?.role !== 'user' || last.metadata?.note || !this.#loaded || this.#status !== 204) return
    if (!this.#loaded.some(({ id }) => id === last.id)) await (await this.#client())?.sendMessage()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The network is back, or the tab: no reason to wait longer. */
  wake() {
    this.flush()
    this.#wake()
    if (this.failure?.code === 'upstream-unreachable' && !this.busy) void this.resume(true)
    void this.queue.retry()
  }
}

/** Somebody is about to ask: what that and the answer take is loaded meanwhile. */
export const readyToAsk = () =>
  void import('./asking-chat.ts').then(
    ({ readyToDraw }) => readyToDraw(),
    () => undefined,
  )

const chats = new Map<string, FleetChat>()

/** The chat of a conversation. It lives on while another one is looked at, so its stream goes on. */
export function chatFor(options: FleetChatOptions): FleetChat {
  const known = chats.get(options.id)
  if (known) return known
  const chat = new FleetChat(options)
  chats.set(options.id, chat)
  return chat
}

export const forgetChat = (id: string) => chats.delete(id)
