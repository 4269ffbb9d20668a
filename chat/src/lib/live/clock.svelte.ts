/** The present moment for ages and countdowns; moves every few seconds while somebody looks at it. */
class Clock {
  now = $state.raw(Date.now())
  #users = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /** Call in an effect; the answer stops it. */
  watch(): () => void {
    if (this.#users++ === 0) {
      this.now = Date.now()
      this.#timer = setInterval(() => {
        this.now = Date.now()
      }, 5000)
    }
    return () => {
      if (--this.#users === 0) clearInterval(this.#timer)
    }
  }
}

export const clock = new Clock()
