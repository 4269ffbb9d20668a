import type { Answer } from '#contract'

/** A tool of the server, called by the person who looks at the page. A failure is an answer too: its card says what to do. */
export async function askTool(tool: string, input: object, signal?: AbortSignal): Promise<Answer> {
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
    return failed('internal', `The server answered ${response.status} without a card.`, 'Try again.')
  } catch (error) {
    if (signal?.aborted) throw error
    return failed(
      'internal',
      'The server does not answer.',
      'Try again in a moment; the cards come back by themselves.',
    )
  }
}
