import { DEMO_MODEL } from './http.ts'
import { TOOLS } from './testing.ts'

/** The tools in the form of a request. */
export const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  function: { name, description, parameters: schema },
}))
/** A chat request with one question and all tools. */
export const ask = (content: string) => ({ model: DEMO_MODEL, messages: [{ role: 'user', content }], tools })

/** Posts a chat request to the server at `base`. */
export function post(base: string, body: object, headers: Record<string, string> = {}) {
  return fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

export interface Chunk {
  id: string
  object: string
  created: number
  model: string
  choices: {
    index: number
    delta: {
      role?: string
      content?: string
      reasoning?: string
      tool_calls?: { index: number; id?: string; type?: string; function: { name?: string; arguments?: string } }[]
    }
    finish_reason: string | null
  }[]
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
}

/** The parsed events of a stream, and the last one as text. */
export async function events(response: Response): Promise<{ chunks: Chunk[]; last: string }> {
  const data = (await response.text())
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace(/^data: /, ''))
  return { chunks: data.slice(0, -1).map((text) => JSON.parse(text) as Chunk), last: data.at(-1) ?? '' }
}
