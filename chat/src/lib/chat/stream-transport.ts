import type { ChatTransport, UIMessageChunk } from 'ai'
import type { ChatMessage } from '../types.ts'

type Asked = Parameters<ChatTransport<ChatMessage>['sendMessages']>[0]

export interface StreamTransportOptions {
  /** Where a running answer is joined, and where is asked unless `request` says otherwise */
  api: string
  /** What the server is sent for a question */
  request: (asked: {
    trigger: Asked['trigger']
    messageId: Asked['messageId']
    messages: ChatMessage[]
    body: Record<string, unknown> | undefined
  }) => { api?: string; body: object }
  /** Instead of the browser's */
  fetch?: typeof fetch
}

/** The chunks of a stream of server-sent events. A line that is no JSON ends the stream with an error. */
function chunksOf(): TransformStream<string, UIMessageChunk> {
  let rest = ''
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data:')) continue
        const data = line.slice(5).trim()
        if (data !== '' && data !== '[DONE]') controller.enqueue(JSON.parse(data) as UIMessageChunk)
      }
    },
  })
}

/**
 * Asks and joins answers over HTTP. The stream comes from our own server, which says what it sends: here it is not checked
 * against a schema once more, so that no schema library is loaded and no token waits for one.
 */
export class StreamTransport implements ChatTransport<ChatMessage> {
  /** Who joins an answer hears it from its start */
  readonly resumeStreamIsReplay = true
  readonly #options: StreamTransportOptions

  constructor(options: StreamTransportOptions) {
    this.#options = options
  }

  async sendMessages({ trigger, messageId, messages, body, abortSignal }: Asked) {
    const { api, body: sent } = this.#options.request({
      trigger,
      messageId,
      messages,
      body: body as Record<string, unknown> | undefined,
    })
    const stream = await this.#open(api ?? this.#options.api, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify(sent),
      signal: abortSignal ?? null,
    })
    if (!stream) throw new Error('The server sent no answer.')
    return stream
  }

  /** Null when no answer is being made. */
  reconnectToStream({ abortSignal }: { abortSignal?: AbortSignal }) {
    return this.#open(this.#options.api, { headers: { 'x-quartermaster': '1' }, signal: abortSignal ?? null })
  }

  /** The error of an answer that is none has the body as its message. */
  async #open(url: string, init: RequestInit): Promise<ReadableStream<UIMessageChunk> | null> {
    const get = this.#options.fetch ?? fetch
    const response = await get(url, init)
    if (response.status === 204) return null
    if (!response.ok) throw new Error((await response.text()) || `The server answered ${response.status}.`)
    if (!response.body) throw new Error('The server sent no answer.')
    return response.body
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
      .pipeThrough(chunksOf())
  }
}
