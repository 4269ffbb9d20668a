import type { Attachment, QueuedMessage } from '../types.ts'

/** A waiting message as the page shows it. `unsent`: the server does not have it yet. */
export type Waiting = QueuedMessage & { unsent?: boolean }

/** What waits in a conversation, here and at the server. What the server could not be told yet stays and is sent again. */
export class QueueView {
  readonly #base: string
  waiting = $state.raw<Waiting[]>([])
  /** Why the last change was refused */
  problem = $state.raw<string | undefined>()
  #loads = 0
  /** Taken back here, whatever is still on its way to the server */
  readonly #removed = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(base: string, waiting: readonly QueuedMessage[]) {
    this.#base = `${base}/queue`
    this.waiting = [...waiting]
  }

  /** What the server has; what it was not told stays. */
  take(known: readonly QueuedMessage[]) {
    const unsent = this.waiting.filter((one) => one.unsent && !known.some(({ id }) => id === one.id))
    this.waiting = [...known, ...unsent].filter(({ id }) => !this.#removed.has(id))
  }

  async load() {
    const number = ++this.#loads
    const body = (await this.#ask('', 'GET')) as { messages?: QueuedMessage[] } | undefined
    if (body?.messages && number === this.#loads) this.take(body.messages)
  }

  async add(text: string, mode: QueuedMessage['mode'], files: readonly Attachment[] = []) {
    const id = crypto.randomUUID().replaceAll('-', '')
    const createdAt = new Date().toISOString()
    this.waiting = [
      ...this.waiting,
      { id, mode, text, attachments: files.map((file) => file.id), createdAt, unsent: true },
    ]
    await this.retry()
  }

  /** Tells the server of what it does not have. */
  async retry() {
    for (const { id, mode, text, attachments, unsent } of this.waiting) {
      if (!unsent) continue
      const body = (await this.#inOrder(async () =>
        this.#removed.has(id) ? undefined : this.#ask('', 'POST', { id, mode, text, attachments }),
      )) as { messages?: QueuedMessage[] } | undefined
      if (!body?.messages) continue
      this.#loads++
      this.waiting = this.waiting.filter((one) => one.id !== id)
      this.take(body.messages)
    }
  }

  async change(id: string, patch: { text?: string; mode?: QueuedMessage['mode'] }) {
    this.waiting = this.waiting.map((one) => (one.id === id ? { ...one, ...patch } : one))
    await this.#inOrder(() => this.#ask(`/${id}`, 'PATCH', patch))
    await this.load()
  }

  async remove(id: string) {
    this.#removed.add(id)
    this.waiting = this.waiting.filter((one) => one.id !== id)
    await this.#inOrder(() => this.#ask(`/${id}`, 'DELETE'))
    await this.load()
  }

  /** Ends the answer that is being made and asks this one. */
  async now(id: string) {
    await this.#inOrder(() => this.#ask(`/${id}/now`, 'POST', {}))
    await this.load()
  }

  /** A change waits for those before it: one that took back a message must not arrive before the message. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done
    return done
  }

  /** The body of the answer; undefined when there is none, it was refused (said in `problem`) or the server is not reached. */
  async #ask(path: string, method: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { 'x-quartermaster': '1', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => undefined)
    const answer = (await response?.json().catch(() => undefined)) as { error?: { message: string } } | undefined
    this.problem = answer?.error?.message
    return response?.ok ? answer : undefined
  }
}
