/** What a radio, a switch or a list was set to */
interface EarlyChoice {
  target: HTMLInputElement | HTMLSelectElement
  checked?: boolean
  value: string
}

declare global {
  interface Window {
    /** Set by app.html: ends the keeping of early events and hands over what was pressed */
    quartermasterAwake?: () => (HTMLElement | KeyboardEventInit | EarlyChoice)[]
  }
}

/** Does what was pressed before the page was awake. Approving is not among it: it takes no click that a script makes. */
export function catchUp() {
  for (const element of window.quartermasterAwake?.() ?? []) {
    if (!(element instanceof HTMLElement) && 'value' in element) {
      chooseAgain(element)
      continue
    }
    if (!(element instanceof HTMLElement)) {
      dispatchEvent(new KeyboardEvent('keydown', element))
      continue
    }
    if (!element.isConnected) continue
    if (element instanceof HTMLTextAreaElement) element.form?.requestSubmit()
    else element.click()
  }
}

function chooseAgain({ target, checked, value }: EarlyChoice) {
  if (!target.isConnected) return
  if (target instanceof HTMLSelectElement) target.value = value
  else if (checked !== undefined) target.checked = checked
  target.dispatchEvent(new Event('change', { bubbles: true }))
}
