import { once } from 'node:events'
import type { Bench } from './measure.ts'
import { startNode } from './processes.ts'

/** The demo model, saying `tokens` tokens as fast as it can; answers its base URL, without /v1. */
export const startBurstModel = (bench: Bench, tokens: number): Promise<string> => startModel(bench, [`burst:${tokens}`])

/** A model that talks at a known speed. */
export const startTimedModel = (
  bench: Bench,
  speed: { tokensPerSecond: number; firstTokenMs: number; behaviour?: string },
): Promise<string> =>
  startModel(bench, [speed.behaviour ?? 'talk', String(speed.tokensPerSecond), String(speed.firstTokenMs)])

async function startModel(bench: Bench, args: readonly string[]): Promise<string> {
  const { child, errors } = startNode(bench, ['bench/model.child.ts', ...args])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the model ended: ${errors()}`)
  })
  ended.catch(() => undefined)
  const [{ url }] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }]
  return url
}

/** Posts, and answers when the text of a server-sent event first matched and when the stream ended, ms after the request. */
export async function streamed(
  url: string,
  body: object,
  isFirst: (event: string) => boolean,
): Promise<{ firstMs: number; allMs: number }> {
  const startedAt = performance.now()
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok || !answer.body) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`)
  let firstMs: number | undefined
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body) {
    if (firstMs !== undefined) continue
    rest += decoder.decode(chunk, { stream: true })
    const events = rest.split('\n\n')
    rest = events.pop() ?? ''
    if (events.some(isFirst)) firstMs = performance.now() - startedAt
  }
  if (firstMs === undefined) throw new Error(`${url} streamed no token`)
  return { firstMs, allMs: performance.now() - startedAt }
}

/** The first token with text in it, straight from an OpenAI-compatible server. */
export const fromModel = (modelUrl: string, text: string) =>
  streamed(
    `${modelUrl}/v1/chat/completions`,
    { model: 'quartermaster-demo', stream: true, messages: [{ role: 'user', content: text }] },
    (event) => /"content":"[^"]/.test(event),
  )

/** The same through a conversation of the product. */
export const fromChat = (productUrl: string, conversation: string, text: string) =>
  streamed(`${productUrl}/api/v1/chat/sessions/${conversation}/stream`, { text }, (event) =>
    event.includes('"type":"text-delta"'),
  )
