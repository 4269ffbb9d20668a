import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import * as z from 'zod'
import { type EventEnvelope, isToolError } from '#contract'
import type { Actor, Logger } from '#define'
import type { Events } from '../events/outbox.ts'
import type { Metrics } from '../record/metrics.ts'

const pingEveryMs = 30_000
const pongWithinMs = 10_000
const queueLimit = 100
const maxMessageBytes = 65_536
const maxConnections = 1_000

const subscription = z.object({
  subjects: z.array(z.string().max(300)).max(200).optional(),
  names: z.array(z.string().max(100)).max(100).optional(),
  clusters: z.array(z.string().max(63)).max(200).optional(),
})
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().optional() }),
  z.object({ type: z.literal('subscribe'), subscription, after: z.number().int().optional() }),
  z.object({ type: z.literal('unsubscribe'), subjects: z.array(z.string()).optional() }),
  z.object({ type: z.literal('ping'), timestamp: z.unknown().optional() }),
  z.object({ type: z.literal('pong'), timestamp: z.unknown().optional() }),
])

export interface LiveParts {
  events: Events
  metrics: Metrics
  log: Logger
  /** @throws ToolError unauthenticated; `token` from a first message stands in for the header */
  identify(request: IncomingMessage, token?: string): Actor
  checkOrigin(request: IncomingMessage): void
}

interface Filter {
  subjects: Set<string>
  names: Set<string>
  clusters: Set<string>
}

/** Events a reader may see and asked for. Several subscriptions of one reader add up. */
function wanted(event: EventEnvelope, { subjects, names, clusters }: Filter): boolean {
  if (clusters.size > 0 && event.cluster !== undefined && !clusters.has(event.cluster)) return false
  if (subjects.size === 0 && names.size === 0) return true
  if (names.has(event.name) || subjects.has(event.subject)) return true
  for (const subject of subjects)
    if (subject.endsWith('/*') && event.subject.startsWith(subject.slice(0, -1))) return true
  return false
}

interface Past {
  after: number
  limit: number
  /** Clusters that the reader may see */
  scope: Actor['clusters']
  wish: { subjects?: readonly string[]; names?: readonly string[]; clusters?: readonly string[] }
}

/** What a reader asked for and missed, oldest first. The limit counts matching events; those of others do not eat it. */
async function missed(events: Events, { after, limit, scope, wish }: Past): Promise<EventEnvelope[]> {
  const { subjects = [], names = [], clusters: asked = [] } = wish
  const clusters = asked.length === 0 ? scope : scope === '*' ? asked : asked.filter((one) => scope.includes(one))
  const filters = [...(subjects.length > 0 ? [{ subjects }] : []), ...(names.length > 0 ? [{ names }] : [])]
  const parts = await Promise.all(
    (filters.length > 0 ? filters : [{}]).map((filter) => events.after(after, { ...filter, clusters }, limit)),
  )
  // A subject or a name is enough; what has both comes once
  const bySeq = new Map(parts.flat().map((event) => [event.seq, event]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(0, limit)
}

/** `/ws`: one connection a page, many subscriptions, resumed by sequence number. A slow reader loses the oldest, is told, and never slows others. */
export function createLiveFace(parts: LiveParts) {
  const wss = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes })
  const gauge = parts.metrics.liveConnections.labels({ kind: 'websocket' })

  function serve(socket: WebSocket, request: IncomingMessage): void {
    let actor: Actor | undefined
    const filter: Filter = { subjects: new Set(), names: new Set(), clusters: new Set() }
    const queue: string[] = []
    let dropped = 0
    let draining = false
    let stop: (() => void) | undefined
    let lastPong = performance.now()

    const drain = () => {
      if (draining) return
      draining = true
      const next = () => {
        if (socket.readyState !== socket.OPEN) return
        if (dropped > 0 && queue.length < queueLimit) {
          queue.unshift(JSON.stringify({ type: 'dropped', count: dropped }))
          dropped = 0
        }
        const text = queue.shift()
        if (text === undefined) {
          draining = false
          return
        }
        socket.send(text, next)
      }
      next()
    }
    const send = (value: unknown) => {
      if (queue.length >= queueLimit) {
        queue.shift()
        dropped++
        parts.metrics.liveDropped.inc()
      }
      queue.push(JSON.stringify(value))
      drain()
    }
    const deliver = (event: EventEnvelope) => {
      parts.metrics.liveEvents.inc()
      send({ type: 'event', event })
    }
    const authenticate = (token?: string): boolean => {
      try {
        actor = parts.identify(request, token)
        return true
      } catch (error) {
        send({ type: 'error', code: 'AUTH_FAILED', message: isToolError(error) ? error.message : 'not signed in' })
        setTimeout(() => socket.close(1008, 'AUTH_FAILED'), 10).unref()
        return false
      }
    }

    async function subscribe(wish: z.output<typeof subscription>, after?: number) {
      for (const subject of wish.subjects ?? []) filter.subjects.add(subject)
      for (const name of wish.names ?? []) filter.names.add(name)
      for (const cluster of wish.clusters ?? []) filter.clusters.add(cluster)
      const scope = { clusters: actor!.clusters }
      // Events that arrive while the past is read wait, so that order holds and none is sent twice
      let held: EventEnvelope[] | undefined = []
      let seen = after ?? 0
      stop?.()
      stop = parts.events.subscribe(scope, (event) => {
        if (!wanted(event, filter)) return
        if (held) held.push(event)
        else deliver(event)
      })
      if (after !== undefined) {
        const oldest = await parts.events.oldestSeq()
        if (oldest > after + 1)
          send({ type: 'dropped', count: oldest - after - 1, reason: 'older events are not kept: reload' })
        // Only what this subscription is about: the past of the others stays where it is
        for (const event of await missed(parts.events, { after, limit: queueLimit, scope: actor!.clusters, wish })) {
          seen = event.seq
          if (wanted(event, filter)) deliver(event)
        }
      }
      for (const event of held) if (event.seq > seen) deliver(event)
      held = undefined
      send({
        type: 'subscribed',
        subjects: [...filter.subjects],
        names: [...filter.names],
        clusters: [...filter.clusters],
        seq: await parts.events.lastSeq(),
      })
    }

    const onMessage = async (raw: RawData) => {
      let parsed: z.output<typeof message>
      try {
        parsed = message.parse(JSON.parse(String(raw)))
      } catch {
        return send({
          type: 'error',
          code: 'INVALID_MESSAGE',
          message: 'Send {"type":"subscribe","subscription":{"subjects":[…]}}',
        })
      }
      if (parsed.type === 'ping')
        return send({ type: 'pong', timestamp: parsed.timestamp, serverTime: new Date().toISOString() })
      if (parsed.type === 'pong') {
        lastPong = performance.now()
        return
      }
      if (parsed.type === 'auth') {
        if (authenticate(parsed.token)) send({ type: 'auth_response', status: 'authenticated' })
        return
      }
      if (!actor && !authenticate()) return
      if (parsed.type === 'subscribe') return subscribe(parsed.subscription, parsed.after)
      for (const subject of parsed.subjects ?? [...filter.subjects]) filter.subjects.delete(subject)
      if (parsed.subjects === undefined) {
        stop?.()
        stop = undefined
      }
      send({ type: 'unsubscribed', subjects: [...filter.subjects] })
    }

    gauge.inc()
    socket.on('message', (raw) => {
      onMessage(raw).catch((error) => {
        parts.log.error({ error }, 'a live connection failed')
        send({ type: 'error', code: 'INTERNAL_ERROR', message: 'The subscription failed; try again' })
      })
    })
    socket.on('pong', () => {
      lastPong = performance.now()
    })
    const heart = setInterval(() => {
      socket.ping()
      setTimeout(() => {
        if (performance.now() - lastPong < pongWithinMs + 1_000 || socket.readyState !== socket.OPEN) return
        socket.send(JSON.stringify({ type: 'disconnect', reason: 'heartbeat_timeout', reconnectAfterMs: 5000 }))
        socket.terminate()
      }, pongWithinMs).unref()
    }, pingEveryMs)
    heart.unref()
    socket.on('close', () => {
      clearInterval(heart)
      stop?.()
      gauge.dec()
    })
    socket.on('error', (error) => parts.log.debug({ error }, 'a live connection broke'))
  }

  return {
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      try {
        parts.checkOrigin(request)
      } catch {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
        return
      }
      if (wss.clients.size >= maxConnections) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
        return
      }
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

/** The same events for clients without WebSocket: `GET /api/v1/streaming/events?subjects=a&subjects=b&after=12` or Last-Event-ID. */
export function eventStream(
  parts: Pick<LiveParts, 'events' | 'metrics'>,
  { request, actor }: { request: Request; actor: Actor },
): Response {
  const url = new URL(request.url)
  const list = (key: string) =>
    url.searchParams
      .getAll(key)
      .flatMap((value) => value.split(','))
      .filter(Boolean)
  const filter: Filter = {
    subjects: new Set(list('subjects')),
    names: new Set(list('names')),
    clusters: new Set(list('clusters')),
  }
  const after = request.headers.get('last-event-id') ?? url.searchParams.get('after')
  const gauge = parts.metrics.liveConnections.labels({ kind: 'sse' })
  let stop: (() => void) | undefined
  let beat: NodeJS.Timeout | undefined
  const end = () => {
    if (!stop) return
    stop()
    stop = undefined
    clearInterval(beat)
    gauge.dec()
  }
  const text = (event: EventEnvelope) => `id: ${event.seq}\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`
  const stream = new ReadableStream<string>({
    async start(controller) {
      gauge.inc()
      let seen = 0
      let held: EventEnvelope[] | undefined = []
      const put = (event: EventEnvelope) => {
        if (!stop) return
        // A reader that does not read: the oldest are dropped by ending the stream; it resumes by Last-Event-ID
        if ((controller.desiredSize ?? 0) < -queueLimit) {
          parts.metrics.liveDropped.inc()
          controller.close()
          end()
          return
        }
        parts.metrics.liveEvents.inc()
        controller.enqueue(text(event))
      }
      stop = parts.events.subscribe({ clusters: actor.clusters }, (event) => {
        if (!wanted(event, filter)) return
        if (held) held.push(event)
        else put(event)
      })
      controller.enqueue(': connected\n\n')
      if (after !== null && /^\d+$/.test(after)) {
        const wish = { subjects: [...filter.subjects], names: [...filter.names], clusters: [...filter.clusters] }
        const past = { after: Number(after), limit: 1_000, scope: actor.clusters, wish }
        for (const event of await missed(parts.events, past)) {
          seen = event.seq
          put(event)
        }
      }
      for (const event of held) if (event.seq > seen) put(event)
      held = undefined
      if (!stop) return
      beat = setInterval(() => controller.enqueue(': beat\n\n'), 15_000)
      beat.unref()
    },
    cancel: end,
  })
  request.signal.addEventListener('abort', end, { once: true })
  return new Response(stream.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
  })
}
