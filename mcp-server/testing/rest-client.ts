import type { Answer } from '#contract'

export interface RestReply {
  status: number
  body: Answer & { error?: NonNullable<Answer['error']> & { traceId: string } }
  headers: Headers
}

/** A POST of JSON; text goes as it is. */
export const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

export const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

export async function send(of: { url: string }, path: string, init: RequestInit = {}): Promise<RestReply> {
  const response = await fetch(`${of.url}${path}`, init)
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : undefined) as RestReply['body'],
  }
}
