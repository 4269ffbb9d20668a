/** A turn among a few: a board asks some cards at once and the others wait, so that a slow one holds up nobody but itself. */
export class Turns {
  readonly #most: number
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves when it is this one's turn; call the answer when done. Rejects when `signal` ends the waiting. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#taken < this.#most) this.#taken++
    else
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          this.#waiting.splice(this.#waiting.indexOf(go), 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', leave, { once: true })
        this.#waiting.push(go)
      })
    let given = false
    return () => {
      if (given) return
      given = true
      const next = this.#waiting.shift()
      if (next) next()
      else this.#taken--
    }
  }
}
