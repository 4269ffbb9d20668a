import { type ClientOptions, WebSocket } from 'ws'
import type { EventEnvelope } from '#contract'

export interface LiveMessage {
  type: string
  event?: EventEnvelope
  seq?: number
  code?: string
  count?: number
  from?: number
  to?: number
  reason?: string
  status?: string
  subjects?: string[]
  timestamp?: unknown
}

export interface LiveClient {
  socket: WebSocket
  /** Everything that came, in order */
  got: LiveMessage[]
  send(message: object | string): void
  subscribe(subscription: object, after?: number): Promise<LiveMessage>
  /** The first message that fits, of those that came and those to come */
  wait(fits: (message: LiveMessage) => boolean): Promise<LiveMessage>
  seqs(): number[]
  closed: Promise<{ code: number; reason: string }>
  close(): Promise<void>
}

/** A WebSocket client of /ws that keeps what it got. */
export async function openLive(url: string, options: ClientOptions = {}): Promise<LiveClient> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, options)
  const got: LiveMessage[] = []
  const waiting = new Set<() => void>()
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  socket.on('message', (raw) => {
    got.push(JSON.parse(String(raw)) as LiveMessage)
    for (const look of [...waiting]) look()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  const wait = (fits: (message: LiveMessage) => boolean, from = 0) =>
    new Promise<LiveMessage>((resolve) => {
      const look = () => {
        const found = got.slice(from).find(fits)
        if (!found) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const send = (message: object | string) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  return {
    socket,
    got,
    send,
    wait: (fits) => wait(fits),
    subscribe(subscription, after) {
      const from = got.length
      send({ type: 'subscribe', subscription, ...(after !== undefined && { after }) })
      return wait(({ type }) => type === 'subscribed' || type === 'error', from)
    },
    seqs: () => got.flatMap(({ event }) => (event?.seq === undefined ? [] : [event.seq])),
    closed,
    async close() {
      socket.close()
      await closed
    },
  }
}

/** The same events over SSE. */
export async function openStream(url: string, init: RequestInit = {}) {
  const stop = new AbortController()
  const response = await fetch(url, { ...init, signal: stop.signal })
  const got: { id?: string; event?: string; data: unknown }[] = []
  const waiting = new Set<() => void>()
  let ended = false
  async function read(): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop()!
      for (const part of parts) {
        const field = (name: string) =>
          part
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2)
        const [id, event, data] = [field('id'), field('event'), field('data')]
        if (data !== undefined) got.push({ ...(id && { id }), ...(event && { event }), data: JSON.parse(data) })
      }
      for (const look of [...waiting]) look()
    }
  }
  const finished = read()
    .catch(() => {})
    .finally(() => {
      ended = true
      for (const look of [...waiting]) look()
    })
  return {
    response,
    got,
    finished,
    wait: (holds: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (holds()) resolve()
          else if (ended) reject(new Error('the stream ended before'))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
    close: () => stop.abort(),
  }
}
