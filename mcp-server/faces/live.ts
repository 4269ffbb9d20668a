import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import * as z from 'zod'
import { isToolError } from '#contract'
import type { Actor, Logger } from '#define'
import type { Events } from '../events/outbox.ts'
import type { Metrics } from '../record/metrics.ts'
import { eventNameOf } from './event-names.ts'
import type { LiveClients } from './live-clients.ts'
import { createLiveQueue } from './live-queue.ts'
import { createReader, type Reader } from './live-reader.ts'

/** RTE-010, RTE-012, RTE-013 */
export const liveLimits = {
  pingEveryMs: 30_000,
  pongWithinMs: 10_000,
  signInWithinMs: 10_000,
  queue: 100,
  /** What may be on its way to a reader before messages wait */
  bufferBytes: 262_144,
  messageBytes: 65_536,
  connections: 1_000,
  subscriptions: 100,
}

const subscription = z.object({
  subjects: z.array(z.string().max(300)).max(200).default([]),
  names: z.array(z.string().max(100)).max(100).default([]),
  clusters: z.array(z.string().max(63)).max(200).default([]),
  namespaces: z.array(z.string().max(63)).max(200).default([]),
})
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().max(4_096).optional() }),
  z.object({ type: z.literal('subscribe'), subscription, after: z.number().int().min(0).optional() }),
  z.object({ type: z.literal('unsubscribe'), subjects: z.array(z.string()).optional() }),
  z.object({ type: z.literal('ping'), timestamp: z.unknown().optional() }),
  z.object({ type: z.literal('pong'), timestamp: z.unknown().optional() }),
])
type Message = z.output<typeof message>

export interface LiveParts {
  events: Events
  metrics: Metrics
  log: Logger
  now: () => Date
  /** Names of events there are; others are refused (RTE-006) */
  names: ReadonlySet<string>
  /** @throws ToolError unauthenticated; `token` from a first message stands in for the header */
  identify(request: IncomingMessage, token?: string): Actor
  checkOrigin(request: IncomingMessage): void
  clients: LiveClients
  limits?: Partial<typeof liveLimits>
}

/** The text of what many readers get is made once: an event for a thousand of them is one object. */
const texts = new WeakMap<object, string>()
function wireOf(message: object): string {
  const { type, event } = message as { type: string; event?: object }
  if (type !== 'event' || !event) return JSON.stringify(message)
  let text = texts.get(event)
  if (text === undefined) {
    text = `{"type":"event","event":${JSON.stringify(event)}}`
    texts.set(event, text)
  }
  return text
}

/** `/ws`: one connection a page, many subscriptions, resumed by sequence number. A slow reader loses the oldest, is told, and never slows others. */
export function createLiveFace(parts: LiveParts) {
  const limits = { ...liveLimits, ...parts.limits }
  const wss = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes })
  const gauge = parts.metrics.liveConnections.labels({ kind: 'websocket' })

  function serve(socket: WebSocket, request: IncomingMessage): void {
    let actor: Actor | undefined
    let reader: Reader | undefined
    let alive = true
    const queue = createLiveQueue({
      limit: limits.queue,
      canWrite: () => socket.readyState === socket.OPEN && socket.bufferedAmount < limits.bufferBytes,
      write(value) {
        parts.metrics.liveSent.inc()
        socket.send(wireOf(value), () => queue.flush())
      },
      onDrop: () => parts.metrics.liveDropped.inc(),
    })
    const failed = (code: string, words: string) => queue.message({ type: 'error', code, message: words })

    function signIn(token?: string): boolean {
      try {
        actor = parts.identify(request, token)
        return true
      } catch (error) {
        // said before it is closed, so that the client shows why and does not only try again
        const words = isToolError(error) ? error.message : 'not signed in'
        socket.send(JSON.stringify({ type: 'error', code: 'AUTH_FAILED', message: words }), () =>
          socket.close(1008, 'AUTH_FAILED'),
        )
        return false
      }
    }

    async function subscribe({ subscription: asked, after }: Extract<Message, { type: 'subscribe' }>): Promise<void> {
      const wish = { ...asked, names: asked.names.map(eventNameOf) }
      const unknown = wish.names.filter((name) => !parts.names.has(name))
      if (unknown.length > 0)
        return failed('INVALID_SUBSCRIPTION', `There are no events named ${unknown.join(', ').slice(0, 200)}`)
      reader ??= createReader({
        events: parts.events,
        actor: actor!,
        send(event, replayed) {
          parts.metrics.liveEvents.inc()
          if (!replayed)
            parts.metrics.liveLatency.observe(Math.max(0, parts.now().getTime() - Date.parse(event.at)) / 1000)
          return replayed ? queue.replayed(event) : queue.event(event)
        },
      })
      if (reader.wishes().length >= limits.subscriptions)
        return failed('INVALID_SUBSCRIPTION', `A connection has at most ${limits.subscriptions} subscriptions`)
      const { seq, missed } = await reader.subscribe(wish, after)
      if (missed !== undefined)
        queue.message({ type: 'dropped', count: missed, reason: 'older events are not kept: reload' })
      queue.message({ type: 'subscribed', ...wish, seq })
    }

    async function onMessage(raw: RawData): Promise<void> {
      let parsed: Message
      try {
        parsed = message.parse(JSON.parse(String(raw)))
      } catch {
        return failed('INVALID_MESSAGE', 'Send {"type":"subscribe","subscription":{"subjects":["approvals/*"]}}')
      }
      if (parsed.type === 'ping')
        return queue.message({ type: 'pong', timestamp: parsed.timestamp, serverTime: parts.now().toISOString() })
      if (parsed.type === 'pong') return
      if (parsed.type === 'auth') {
        if (signIn(parsed.token)) queue.message({ type: 'auth_response', status: 'authenticated' })
        return
      }
      if (!actor && !signIn()) return
      if (parsed.type === 'subscribe') return subscribe(parsed)
      reader?.unsubscribe(parsed.subjects)
      queue.message({ type: 'unsubscribed', subjects: (reader?.wishes() ?? []).flatMap(({ subjects }) => subjects) })
    }

    gauge.inc()
    parts.metrics.liveConnected.inc({ kind: 'websocket' })
    const leave = parts.clients.add({
      kind: 'websocket',
      since: parts.now(),
      actor: () => actor,
      wishes: () => reader?.wishes() ?? [],
      waiting: queue.waiting,
    })
    // one after the other: what a client said first holds first
    let last: Promise<void> = Promise.resolve()
    socket.on('message', (raw) => {
      alive = true
      parts.metrics.liveReceived.inc()
      last = last
        .then(() => onMessage(raw))
        .catch((error) => {
          parts.log.error({ error }, 'a live connection failed')
          failed('INTERNAL_ERROR', 'The subscription failed; try again')
        })
    })
    socket.on('pong', () => {
      alive = true
    })
    const signedInTimer = setTimeout(() => {
      if (!actor) signIn()
    }, limits.signInWithinMs).unref()
    let silence: NodeJS.Timeout | undefined
    const heart = setInterval(() => {
      alive = false
      socket.ping()
      silence = setTimeout(() => {
        if (alive) return
        socket.send(JSON.stringify({ type: 'disconnect', reason: 'heartbeat_timeout', reconnectAfterMs: 5000 }))
        socket.terminate()
      }, limits.pongWithinMs).unref()
    }, limits.pingEveryMs).unref()
    socket.on('close', () => {
      for (const timer of [heart, silence, signedInTimer]) clearTimeout(timer)
      reader?.close()
      queue.close()
      leave()
      gauge.dec()
    })
    socket.on('error', (error) => parts.log.debug({ error }, 'a live connection broke'))
  }

  return {
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
      if (!/^\/ws(\?|$)/.test(request.url ?? '')) return void refuse('404 Not Found')
      try {
        parts.checkOrigin(request)
      } catch {
        return void refuse('403 Forbidden')
      }
      if (wss.clients.size >= limits.connections) return void refuse('503 Service Unavailable')
      wss.handleUpgrade(request, socket, head, (ws) => serve(ws, request))
    },
    close(): void {
      for (const client of wss.clients) {
        client.send(JSON.stringify({ type: 'disconnect', reason: 'server_stopping', reconnectAfterMs: 5000 }))
        client.close(1001)
        setTimeout(() => client.terminate(), 500).unref()
      }
      wss.close()
    },
  }
}
