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

/**
 * Ends the keeping of what is pressed: from here on the page hears it itself, and what was done twice would be undone. Answers
 * what does it then. Approving is not among it: it takes no click that a script makes.
 */
export function endEarly(): () => void {
  const early = window.quartermasterAwake?.() ?? []
  return () => catchUp(early)
}

function catchUp(early: ReturnType<NonNullable<Window['quartermasterAwake']>>) {
  for (const element of early) {
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
