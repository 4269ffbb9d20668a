import { live } from '../live/live.svelte.ts'
import { preferences } from './preferences.svelte.ts'

export interface Notification {
  id: string
  kind: string
  tone: 'good' | 'warn' | 'bad' | 'neutral' | 'busy'
  title: string
  body: string
  href: string
  subject: string
  at: string
  read: boolean
}

/** Several things happen at once: the page looks again once, this much later, in milliseconds */
const pauseMs = 400

/** A short tone of two notes, made here: nothing is loaded for it. */
function tone() {
  try {
    const audio = new AudioContext()
    for (const [index, frequency] of [660, 880].entries()) {
      const note = audio.createOscillator()
      const volume = audio.createGain()
      const at = audio.currentTime + index * 0.14
      note.frequency.value = frequency
      volume.gain.setValueAtTime(0.06, at)
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.13)
      note.connect(volume).connect(audio.destination)
      note.start(at)
      note.stop(at + 0.14)
    }
    setTimeout(() => void audio.close(), 600)
  } catch {
    // Before the first press on the page no sound is allowed.
  }
}

/** What this person should know though they look elsewhere: the bell. */
class Notifications {
  list = $state.raw<Notification[] | undefined>()
  unread = $state.raw(0)
  failed = $state.raw(false)
  #timer: ReturnType<typeof setTimeout> | undefined
  #known = new Set<string>()

  async load() {
    const response = await fetch('/api/v1/chat/notifications').catch(() => undefined)
    this.failed = !response?.ok
    if (!response?.ok) return
    const { notes, unread } = (await response.json()) as { notes: Notification[]; unread: number }
    const fresh = notes.filter((one) => !one.read && !this.#known.has(`${one.id} ${one.at}`))
    if (this.list && preferences.value.sound && fresh.some(({ kind }) => kind === 'approval')) tone()
    for (const one of notes) this.#known.add(`${one.id} ${one.at}`)
    this.list = notes
    this.unread = unread
    this.#seen()
  }

  /** What is on the screen needs no bell. */
  #seen() {
    if (document.hidden) return
    const path = location.pathname
    const here = (this.list ?? []).filter(({ read, href }) => !read && href === path)
    if (here.length > 0) void this.read(here.map(({ id }) => id))
  }

  /** Marks some as read, or all. */
  async read(ids?: string[]) {
    const shown = new Set(ids)
    const before = this.list
    const now = (before ?? []).map((one) => (!ids || shown.has(one.id) ? { ...one, read: true } : one))
    this.list = now
    this.unread = ids
      ? Math.max(0, this.unread - (before ?? []).filter(({ id, read }) => shown.has(id) && !read).length)
      : 0
    const response = await fetch('/api/v1/chat/notifications/read', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify(ids ? { ids } : {}),
    }).catch(() => undefined)
    if (!response?.ok) await this.load()
  }

  #soon = () => {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.load(), pauseMs)
  }

  /** A page was opened: what it shows is read. */
  arrived() {
    if (this.list) this.#seen()
  }

  /** Follows what happens; the answer stops it. */
  watch(person: string): () => void {
    this.#soon()
    const leave = live.connection.subscribe(`notifications/${person}/*`, this.#soon)
    const shown = () => {
      if (!document.hidden) this.#soon()
    }
    document.addEventListener('visibilitychange', shown)
    return () => {
      leave()
      clearTimeout(this.#timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }
}

export const notifications = new Notifications()
