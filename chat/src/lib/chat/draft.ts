/** What was typed and not sent, by conversation: it outlives a reload. Storage may be off, then it does not. */
const keyOf = (conversation: string) => `draft:${conversation}`
const most = 20_000

export function readDraft(conversation: string): string {
  try {
    return localStorage.getItem(keyOf(conversation)) ?? ''
  } catch {
    return ''
  }
}

export function keepDraft(conversation: string, text: string): void {
  try {
    if (text.trim() === '') localStorage.removeItem(keyOf(conversation))
    else localStorage.setItem(keyOf(conversation), text.slice(0, most))
  } catch {
    // Off or full: the box still has it
  }
}

let goesOnIn: string | undefined

/** Whoever asked with the keyboard types on where the answer comes: a key must not land in the shortcuts of the page. */
export function typeOnIn(conversation: string): void {
  goesOnIn = conversation
}

/** Whether somebody was typing when this conversation opened; says so once. */
export function typesOn(conversation: string): boolean {
  const does = goesOnIn === conversation
  goesOnIn = undefined
  return does
}
