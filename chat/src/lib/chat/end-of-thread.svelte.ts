const nearPx = 80

/** Whether a reader is at the end of a conversation, and what keeps them there while it grows. */
export class EndOfThread {
  /** The reader is at the end and stays there */
  stuck = $state(true)
  #box: HTMLElement | undefined
  #lastTop = 0

  constructor(stuck: boolean) {
    this.stuck = stuck
  }

  /** Back to the end, wherever the reader was. */
  go() {
    this.stuck = true
    this.scroll()
  }

  scroll() {
    if (this.#box) this.#box.scrollTop = this.#box.scrollHeight
  }

  /** For the element that scrolls. */
  box = (element: HTMLElement) => {
    this.#box = element
    const scrolled = () => {
      // Only a reader scrolls up; content that grows below does not.
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx
      if (near) this.stuck = true
      else if (element.scrollTop < this.#lastTop - 2) this.stuck = false
      this.#lastTop = element.scrollTop
    }
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      element.removeEventListener('scroll', scrolled)
      this.#box = undefined
    }
  }

  /** For what grows in it. */
  content = (element: HTMLElement) => {
    const watched = new ResizeObserver(() => {
      if (this.stuck) this.scroll()
    })
    watched.observe(element)
    return () => watched.disconnect()
  }
}
