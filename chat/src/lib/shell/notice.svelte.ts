/** A word about what was just done, for a moment and on whatever page one is by then (MOD-050). */
class Notice {
  said = $state.raw<{ text: string; tone: 'good' | 'bad' } | undefined>()
  #timer: ReturnType<typeof setTimeout> | undefined

  say(text: string, tone: 'good' | 'bad' = 'good') {
    this.said = { text, tone }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.said = undefined
    }, 8_000)
  }
}

export const notice = new Notice()
