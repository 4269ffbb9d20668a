import type { Session } from '../types.ts'

export type SessionChange = Partial<Pick<Session, 'title' | 'pinned'>>

/** For so long a deletion can be taken back. Nothing is deleted before it: a page that closes meanwhile loses nothing. */
export const undoMs = 8_000

interface Hooks {
  onfailure(): void
  /** It is deleted now */
  ongone(id: string): Promise<void>
  onchange(id: string): Promise<void>
}

const send = (id: string, init: { method: string; body?: string }) =>
  fetch(`/api/v1/chat/sessions/${id}`, {
    ...init,
    headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
  }).catch(() => undefined)

/** What a person does to conversations in the list, shown before the server has answered. */
export class SessionList {
  readonly #hooks: Hooks
  #changes = $state.raw<ReadonlyMap<string, SessionChange>>(new Map())
  #leaving = $state.raw<ReadonlyMap<string, ReturnType<typeof setTimeout>>>(new Map())
  #gone = $state.raw<ReadonlySet<string>>(new Set())
  /** Answered while another one was looked at */
  unread = $state.raw<ReadonlySet<string>>(new Set())
  #answering = new Set<string>()

  constructor(hooks: Hooks) {
    this.#hooks = hooks
  }

  get leaving(): ReadonlyMap<string, unknown> {
    return this.#leaving
  }

  /** The rows as they will be. */
  changed(rows: readonly Session[]): Session[] {
    const shown = rows.flatMap((row): Session[] => {
      if (this.#gone.has(row.id)) return []
      const change = this.#changes.get(row.id)
      return [change ? { ...row, ...change } : row]
    })
    return this.#changes.size === 0
      ? shown
      : [...shown.filter(({ pinned }) => pinned), ...shown.filter(({ pinned }) => !pinned)]
  }

  /** A list from the server: what was being answered and no longer is has something new, unless it is being looked at. */
  saw(rows: readonly Session[], current: string | undefined) {
    for (const { id, doing } of rows) {
      if (doing === 'answering') this.#answering.add(id)
      else if (this.#answering.delete(id) && id !== current) this.unread = new Set([...this.unread, id])
    }
  }

  read(id: string) {
    if (!this.unread.has(id)) return
    this.unread = new Set([...this.unread].filter((one) => one !== id))
  }

  async patch(id: string, change: SessionChange) {
    this.#changes = new Map([...this.#changes, [id, { ...this.#changes.get(id), ...change }]])
    const response = await send(id, { method: 'PATCH', body: JSON.stringify(change) })
    if (!response?.ok) this.#hooks.onfailure()
    else await this.#hooks.onchange(id)
    this.#changes = new Map([...this.#changes].filter(([one]) => one !== id))
  }

  remove(id: string) {
    if (this.#leaving.has(id)) return
    const timer = setTimeout(() => void this.#removeNow(id), undoMs)
    this.#leaving = new Map([...this.#leaving, [id, timer]])
  }

  takeBack(id: string) {
    clearTimeout(this.#leaving.get(id))
    this.#leaving = new Map([...this.#leaving].filter(([one]) => one !== id))
  }

  async #removeNow(id: string) {
    const response = await send(id, { method: 'DELETE' })
    // Another device may have been faster
    if (response?.ok || response?.status === 404) {
      this.#gone = new Set([...this.#gone, id])
      await this.#hooks.ongone(id)
    } else this.#hooks.onfailure()
    this.takeBack(id)
  }
}
