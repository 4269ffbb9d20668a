/** Not in the DOM types: only some browsers have it. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

/** The browser says when it could install the product as an app, and asks when it is told to. */
class Installing {
  event = $state.raw<InstallEvent | undefined>()

  /** The answer stops listening. */
  watch(): () => void {
    const offered = (event: Event) => {
      // Not now: people find it in the settings
      event.preventDefault()
      this.event = event as InstallEvent
    }
    const done = () => {
      this.event = undefined
    }
    window.addEventListener('beforeinstallprompt', offered)
    window.addEventListener('appinstalled', done)
    return () => {
      window.removeEventListener('beforeinstallprompt', offered)
      window.removeEventListener('appinstalled', done)
    }
  }

  async ask() {
    const { event } = this
    this.event = undefined
    await event?.prompt()
  }
}

export const installing = new Installing()
