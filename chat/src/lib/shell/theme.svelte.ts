export type Theme = 'auto' | 'light' | 'dark'

/** Light or dark; `auto` follows the system. Remembered in this browser. */
class ThemeChoice {
  value = $state.raw<Theme>('auto')

  load() {
    const kept = document.documentElement.dataset.theme
    this.value = kept === 'light' || kept === 'dark' ? kept : 'auto'
  }

  next() {
    this.value = this.value === 'auto' ? 'light' : this.value === 'light' ? 'dark' : 'auto'
    const root = document.documentElement
    try {
      if (this.value === 'auto') {
        delete root.dataset.theme
        localStorage.removeItem('theme')
      } else {
        root.dataset.theme = this.value
        localStorage.setItem('theme', this.value)
      }
    } catch {
      // Storage may be off; the choice then lasts as long as the page.
    }
  }
}

export const theme = new ThemeChoice()
