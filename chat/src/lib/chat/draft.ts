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
