/** What lies over the page: one at a time, loaded when it is first wanted. */
type Overlay = 'palette' | 'shortcuts' | 'inbox'

class Overlays {
  open = $state.raw<Overlay | undefined>()

  toggle(which: Overlay) {
    this.open = this.open === which ? undefined : which
  }

  close() {
    this.open = undefined
  }
}

export const overlays = new Overlays()
