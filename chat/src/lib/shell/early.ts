declare global {
  interface Window {
    /** Set by app.html: ends the keeping of early events and hands over what was pressed */
    quartermasterAwake?: () => (HTMLElement | KeyboardEventInit)[]
  }
}

/** Does what was pressed before the page was awake. Approving is not among it: it takes no click that a script makes. */
export function catchUp() {
  for (const element of window.quartermasterAwake?.() ?? []) {
    if (!(element instanceof HTMLElement)) {
      dispatchEvent(new KeyboardEvent('keydown', element))
      continue
    }
    if (!element.isConnected) continue
    if (element instanceof HTMLTextAreaElement) element.form?.requestSubmit()
    else element.click()
  }
}
