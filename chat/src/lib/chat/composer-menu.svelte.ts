import type { Mention, RunbookChoice } from '../types.ts'

export interface MenuItem {
  id: string
  title: string
  about: string
  runbook?: RunbookChoice
  mention?: Mention
}

/** What is being typed at the caret: a runbook's name at the very beginning, or a mention anywhere. */
export interface Trigger {
  sign: '/' | '@'
  text: string
  /** Where it begins in the box */
  from: number
}

export function triggerAt(text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret)
  const runbook = /^\/([\w -]{0,40})$/.exec(before)
  if (runbook) return { sign: '/', text: runbook[1]!, from: 0 }
  const mention = /(?:^|[\s(])@([\w./-]{0,80})$/.exec(before)
  return mention ? { sign: '@', text: mention[1]!, from: caret - mention[1]!.length - 1 } : undefined
}

const waitMs = 120

/** The list below the caret: loaded when first needed, asked again as letters come, the newest answer wins. */
export class ComposerMenu {
  items = $state.raw<MenuItem[]>([])
  at = $state(0)
  trigger = $state.raw<Trigger | undefined>()
  loading = $state(false)
  #runbooks: RunbookChoice[] | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  get open(): boolean {
    return this.trigger !== undefined && (this.items.length > 0 || this.loading)
  }

  follow(text: string, caret: number) {
    const trigger = triggerAt(text, caret)
    if (
      trigger?.sign === this.trigger?.sign &&
      trigger?.text === this.trigger?.text &&
      trigger?.from === this.trigger?.from
    )
      return
    this.trigger = trigger
    this.at = 0
    clearTimeout(this.#timer)
    if (!trigger) {
      this.items = []
      this.loading = false
      return
    }
    this.loading = this.items.length === 0
    this.#timer = setTimeout(() => void this.#find(trigger), trigger.sign === '/' ? 0 : waitMs)
  }

  close() {
    clearTimeout(this.#timer)
    this.#asked++
    this.trigger = undefined
    this.items = []
    this.loading = false
  }

  move(step: number) {
    const { length } = this.items
    if (length > 0) this.at = (this.at + step + length) % length
  }

  /** Takes a key while it is open; false for one that it does not take. */
  key({ key, shiftKey }: KeyboardEvent, pick: (item: MenuItem) => void): boolean {
    if (key === 'ArrowDown') this.move(1)
    else if (key === 'ArrowUp') this.move(-1)
    else if (key === 'Escape') this.close()
    else if ((key === 'Enter' && !shiftKey) || key === 'Tab') {
      const item = this.items[this.at]
      if (!item) return false
      pick(item)
    } else return false
    return true
  }

  async #find({ sign, text }: Trigger) {
    const asked = ++this.#asked
    const found = sign === '/' ? await this.#matching(text) : await mentionsOf(text)
    if (asked !== this.#asked) return
    this.items = found
    this.at = 0
    this.loading = false
  }

  async #matching(text: string): Promise<MenuItem[]> {
    this.#runbooks ??= await read<{ runbooks: RunbookChoice[] }>('/api/v1/chat/runbooks').then((body) => body?.runbooks)
    const wanted = text.trim().toLowerCase()
    return (this.#runbooks ?? [])
      .filter((one) => `${one.id} ${one.title} ${one.about}`.toLowerCase().includes(wanted))
      .map((runbook) => ({ id: runbook.id, title: runbook.title, about: runbook.about, runbook }))
  }
}

async function mentionsOf(text: string): Promise<MenuItem[]> {
  const body = await read<{ mentions: Mention[] }>(`/api/v1/chat/mentions?${new URLSearchParams({ q: text })}`)
  return (body?.mentions ?? []).map((mention) => ({
    id: `${mention.kind}:${mention.value}`,
    title: mention.value,
    about: mention.kind,
    mention,
  }))
}

async function read<T>(path: string): Promise<T | undefined> {
  try {
    const response = await fetch(path)
    return response.ok ? ((await response.json()) as T) : undefined
  } catch {
    return undefined
  }
}
