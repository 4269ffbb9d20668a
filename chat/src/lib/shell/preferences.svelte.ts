import { live } from '../live/live.svelte.ts'
import { changed, defaultPreferences, lookOf, type Preferences, type PreferencesPatch } from './preferences.ts'

const attributes = ['data-theme', 'data-density', 'data-motion', 'data-rail']

/** Merges two changes that were not sent yet. */
const merged = (before: PreferencesPatch, after: PreferencesPatch): PreferencesPatch => ({
  ...before,
  ...after,
  ...((before.notify || after.notify) && { notify: { ...before.notify, ...after.notify } }),
  ...((before.shortcuts || after.shortcuts) && { shortcuts: { ...before.shortcuts, ...after.shortcuts } }),
})

/** How this person likes the product. A change shows at once and is kept by the server a moment later. */
class PreferencesState {
  value = $state.raw<Preferences>(defaultPreferences)
  /** The last change could not be kept by the server */
  failed = $state.raw(false)
  #waiting: PreferencesPatch | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<void> = Promise.resolve()

  /** What the server says. Browser only: on the server this object is everybody's. */
  adopt(value: Preferences) {
    this.value = this.#waiting ? changed(value, this.#waiting) : value
    this.#draw()
  }

  set(patch: PreferencesPatch) {
    this.value = changed(this.value, patch)
    this.#draw()
    this.#waiting = merged(this.#waiting ?? {}, patch)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.save(), 250)
  }

  /** Sends what waits; done when the server has it or refused it. */
  save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#sending = this.#sending.then(() => this.#send())
    return this.#sending
  }

  async #send() {
    const patch = this.#waiting
    if (!patch) return
    this.#waiting = undefined
    const response = await fetch('/api/v1/chat/preferences', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify(patch),
      keepalive: true,
    }).catch(() => undefined)
    this.failed = !response?.ok
    // Sent again with the next change; a refusal would only be refused again
    if (!response) this.#waiting = merged(patch, this.#waiting ?? {})
  }

  #draw() {
    const root = document.documentElement
    const look = lookOf(this.value)
    for (const name of attributes) {
      const wanted = look[name]
      if (wanted === undefined) root.removeAttribute(name)
      else root.setAttribute(name, wanted)
    }
    try {
      // For pages that no server draws: the offline page
      localStorage.setItem('look', JSON.stringify({ ...look, lang: this.value.language }))
    } catch {
      // Storage may be off.
    }
  }

  /** Follows what this person changes on other pages and devices; the answer stops it. */
  watch(person: string): () => void {
    const leave = live.connection.subscribe(`preferences/${person}/*`, async () => {
      if (this.#waiting) return
      const response = await fetch('/api/v1/chat/preferences').catch(() => undefined)
      if (response?.ok && !this.#waiting) this.adopt((await response.json()) as Preferences)
    })
    const hidden = () => {
      if (document.hidden && this.#waiting) void this.save()
    }
    document.addEventListener('visibilitychange', hidden)
    return () => {
      leave()
      document.removeEventListener('visibilitychange', hidden)
    }
  }
}

export const preferences = new PreferencesState()
