import { type EventEnvelope, ToolError } from '#contract'
import type { Actor, Logger } from '#define'
import type { Events } from '../events/outbox.ts'
import type { Metrics } from '../record/metrics.ts'
import { eventNameOf } from './event-names.ts'
import { liveLimits } from './live.ts'
import type { LiveClients } from './live-clients.ts'
import { createLiveQueue } from './live-queue.ts'
import { createReader, type Wish } from './live-reader.ts'

export interface EventStreamParts {
  events: Events
  /** Names of events there are; others are refused (RTE-006) */
  names: ReadonlySet<string>
  metrics: Metrics
  log: Logger
  now: () => Date
  clients: LiveClients
}

const beatEveryMs = 15_000

const listOf = (url: URL, key: string): string[] =>
  url.searchParams
    .getAll(key)
    .flatMap((value) => value.split(','))
    .filter(Boolean)

interface Note {
  type: string
  event?: EventEnvelope
}

/** An event is a message with its sequence number, if it has one to go on behind; anything else has a name, which readers of events do not listen to. */
function wire({ type, event, ...data }: Note): string {
  return event
    ? `${event.seq === undefined ? '' : `id: ${event.seq}\n`}data: ${JSON.stringify(event)}\n\n`
    : `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

/**
 * The events of `/ws` for clients without WebSocket: `GET /api/v1/streaming/events?subjects=a&subjects=b&after=12`, or
 * Last-Event-ID. A reader that is too slow is ended instead of losing events: it goes on by Last-Event-ID.
 * @throws ToolError invalid-input for names of no event
 */
export function createEventStreams(parts: EventStreamParts) {
  const open = new Set<(last?: Note) => void>()
  const gauge = parts.metrics.liveConnections.labels({ kind: 'sse' })

  function serve(request: Request, actor: Actor): Response {
    const url = new URL(request.url)
    const wish: Wish = {
      subjects: listOf(url, 'subjects'),
      names: listOf(url, 'names').map(eventNameOf),
      clusters: listOf(url, 'clusters'),
      namespaces: listOf(url, 'namespaces'),
    }
    const unknown = wish.names.filter((name) => !parts.names.has(name))
    if (unknown.length > 0)
      throw new ToolError('invalid-input', `There are no events named ${unknown.join(', ').slice(0, 200)}`, {
        field: 'names',
        next: `Names there are: ${[...parts.names].join(', ')}`,
        changed: 'nothing',
      })
    const resume = request.headers.get('last-event-id') ?? url.searchParams.get('after') ?? ''
    const encoder = new TextEncoder()
    let controller: ReadableStreamDefaultController<Uint8Array>
    let ended = false

    const queue = createLiveQueue({
      limit: liveLimits.queue,
      canWrite: () => (controller.desiredSize ?? 0) > 0,
      write(note) {
        parts.metrics.liveSent.inc()
        controller.enqueue(encoder.encode(wire(note as Note)))
      },
      onDrop() {
        parts.metrics.liveDropped.inc()
        end({ type: 'dropped' })
      },
    })
    const reader = createReader({
      events: parts.events,
      actor,
      send(event, replayed) {
        parts.metrics.liveEvents.inc()
        return replayed ? queue.replayed(event) : queue.event(event)
      },
    })
    const beat = setInterval(() => {
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': beat\n\n'))
    }, beatEveryMs).unref()

    /** What waits is left to the next connection, which goes on behind the last event that came. */
    function end(last?: Note): void {
      if (ended) return
      ended = true
      reader.close()
      queue.close()
      clearInterval(beat)
      open.delete(end)
      leave()
      gauge.dec()
      if (!last) return
      controller.enqueue(encoder.encode(wire(last)))
      controller.close()
    }

    const body = new ReadableStream<Uint8Array>(
      {
        start(given) {
          controller = given
          controller.enqueue(encoder.encode(': connected\n\n'))
        },
        pull: () => queue.flush(),
        cancel: () => end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: liveLimits.bufferBytes }),
    )
    request.signal.addEventListener('abort', () => end(), { once: true })
    gauge.inc()
    parts.metrics.liveConnected.inc({ kind: 'sse' })
    const leave = parts.clients.add({
      kind: 'sse',
      since: parts.now(),
      actor: () => actor,
      wishes: reader.wishes,
      waiting: queue.waiting,
    })
    open.add(end)
    reader.subscribe(wish, /^\d+$/.test(resume) ? Number(resume) : undefined).then(
      ({ missed }) =>
        missed !== undefined &&
        queue.message({ type: 'dropped', count: missed, reason: 'older events are not kept: reload' }),
      (error) => {
        parts.log.error({ error }, 'an event stream failed')
        end({ type: 'failed' })
      },
    )
    return new Response(body, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
    })
  }

  return {
    serve,
    /** Tells every reader, and waits a moment so that it gets there before its connection is cut */
    async close(): Promise<void> {
      if (open.size === 0) return
      for (const end of [...open]) end({ type: 'disconnect' })
      await new Promise((resolve) => setTimeout(resolve, 50))
    },
  }
}
