import type { RunbookChoice } from '../../types.ts'

/** Known from the last time: shown at once, read again behind it */
let known: RunbookChoice[] = []
export const knownRunbooks = () => known

/** The runbooks that can be asked; those known before where the server does not answer. Browser only. */
export async function readRunbooks(): Promise<RunbookChoice[]> {
  const response = await fetch('/api/v1/chat/runbooks').catch(() => undefined)
  if (response?.ok) known = ((await response.json()) as { runbooks: RunbookChoice[] }).runbooks
  return known
}

/** What a runbook without arguments asks; undefined where the server does not say. */
export async function runbookText(id: string): Promise<string | undefined> {
  const response = await fetch(`/api/v1/chat/runbooks/${encodeURIComponent(id)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
    body: JSON.stringify({ arguments: {} }),
  }).catch(() => undefined)
  return response?.ok ? ((await response.json()) as { text: string }).text : undefined
}
