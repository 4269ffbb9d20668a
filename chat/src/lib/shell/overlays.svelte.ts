/** What lies over the page: one at a time, loaded when it is first wanted. */
type Overlay = 'palette' | 'shortcuts' | 'inbox' | 'share'

class Overlays {
  open = $state.raw<Overlay | undefined>()
  /** Conversation that is shared or saved */
  shared = $state.raw<{ id: string; title: string } | undefined>()

  share(conversation: { id: string; title: string }) {
    this.shared = conversation
    this.open = 'share'
  }

  toggle(which: Overlay) {
    this.open = this.open === which ? undefined : which
  }

  close() {
    this.open = undefined
  }
}

export const overlays = new Overlays()
