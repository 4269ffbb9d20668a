import type { Answer } from '#contract'
import { ui } from '../words/en/ui.ts'
import type { Words } from '../words/index.ts'

interface Options {
  signal?: AbortSignal
  /** What is said where no card came back; English without them */
  words?: Pick<Words['ui'], 'noServer' | 'noServerNext' | 'noCard' | 'tryAgain'>
}

/** A tool of the server, called by the person who looks at the page. A failure is an answer too: its card says what to do. */
export async function askTool(tool: string, input: object, { signal, words = ui }: Options = {}): Promise<Answer> {
  const at = new Date().toISOString()
  const failed = (code: string, message: string, next: string): Answer => ({
    card: 'error',
    error: { code, message, next },
    at,
  })
  try {
    const response = await fetch(`/api/v1/tools/${encodeURIComponent(tool)}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify(input),
      signal,
    })
    const body = (await response.json()) as Partial<Answer>
    if (typeof body.card === 'string') return body as Answer
    if (body.error) return { card: 'error', error: body.error, at }
    return failed('internal', words.noCard(response.status), `${words.tryAgain}.`)
  } catch (error) {
    if (signal?.aborted) throw error
    return failed('internal', words.noServer, words.noServerNext)
  }
}
