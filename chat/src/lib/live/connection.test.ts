import { describe, expect, it } from 'vitest'
import { LiveConnection, type LiveState, type LiveWorld, type WebSocketLike } from './connection.ts'
import { openEventStream } from './event-stream.ts'

class Socket implements WebSocketLike {
  sent: Record<string, unknown>[] = []
  closed = false
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onerror: (() => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {
    this.closed = true
    this.onclose?.()
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent)
  }
}

function world(options: { stream?: boolean } = {}) {
  const sockets: Socket[] = []
  const timers: { work: () => void; ms: number }[] = []
  const streams: {
    subjects: string[]
    after?: number
    onmessage: ((event: MessageEvent) => unknown) | null
    onerror: (() => void) | null
    close(): void
  }[] = []
  const states: LiveState[] = []
  const parts: LiveWorld = {
    openSocket: () => {
      const socket = new Socket()
      sockets.push(socket)
      return socket
    },
    openEventStream: (subjects, after) => {
      if (!options.stream) return undefined
      const stream = { subjects, after, onmessage: null, onerror: null, close() {} }
      streams.push(stream)
      return stream
    },
    setTimer: (work, ms) => {
      const timer = { work, ms }
      timers.push(timer)
      return timer
    },
    clearTimer: (timer) => {
      const at = timers.indexOf(timer as (typeof timers)[number])
      if (at >= 0) timers.splice(at, 1)
    },
  }
  const live = new LiveConnection(parts, (state) => states.push(state))
  return { live, sockets, timers, streams, states }
}

const event = (seq: number, subject: string) => ({
  type: 'event',
  event: { seq, subject, name: 'x', at: '', data: { seq } },
})

describe('live connection', () => {
  it('is one for all cards, and hands events to those who asked', () => {
    const { live, sockets } = world()
    const seen: string[] = []
    live.subscribe('models/a', ({ seq }) => seen.push(`a${seq}`))
    live.subscribe('approvals/*', ({ seq }) => seen.push(`p${seq}`))
    expect(sockets).toHaveLength(1)
    sockets[0]!.onopen?.()
    expect(sockets[0]!.sent).toEqual([
      { type: 'subscribe', subscription: { subjects: ['models/a'] }, after: 0 },
      { type: 'subscribe', subscription: { subjects: ['approvals/*'] } },
    ])
    sockets[0]!.say(event(1, 'models/a'))
    sockets[0]!.say(event(2, 'approvals/7'))
    sockets[0]!.say(event(3, 'models/b'))
    expect(seen).toEqual(['a1', 'p2'])
  })

  it('goes on behind the last event after a break, waiting 1, 2, 4, 5, 5 s', () => {
    const { live, sockets, timers } = world()
    live.subscribe('models/a', () => {})
    sockets[0]!.onopen?.()
    sockets[0]!.say(event(41, 'models/a'))
    const waits: number[] = []
    for (let round = 0; round < 5; round++) {
      sockets.at(-1)!.close()
      const timer = timers.pop()!
      waits.push(timer.ms)
      timer.work()
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000])
    sockets.at(-1)!.onopen?.()
    expect(sockets.at(-1)!.sent[0]).toMatchObject({ after: 41, subscription: { subjects: ['models/a'] } })
  })

  it('takes plain HTTP where sockets never open', () => {
    const { live, sockets, timers, streams, states } = world({ stream: true })
    const seen: (number | undefined)[] = []
    live.subscribe('models/a', ({ seq }) => seen.push(seq))
    for (let round = 0; round < 3; round++) {
      sockets.at(-1)!.close()
      if (round < 2) timers.pop()!.work()
    }
    expect(streams).toHaveLength(1)
    expect(states.at(-1)).toBe('fallback')
    streams[0]!.onmessage?.({ data: JSON.stringify(event(5, 'models/a').event) } as MessageEvent)
    expect(seen).toEqual([5])
  })

  it('opens the plain stream again behind the last event when it ends', () => {
    const { live, sockets, timers, streams } = world({ stream: true })
    live.subscribe('models/a', () => {})
    for (let round = 0; round < 3; round++) {
      sockets.at(-1)!.close()
      if (round < 2) timers.pop()!.work()
    }
    streams[0]!.onmessage?.({ data: JSON.stringify(event(9, 'models/a').event) } as MessageEvent)
    streams[0]!.onerror?.()
    timers.pop()!.work()
    expect(streams[1]).toMatchObject({ subjects: ['models/a'], after: 9 })
  })

  it('hands out what was only announced, and still goes on behind the last stored event', () => {
    const { live, sockets, timers } = world()
    const seen: unknown[] = []
    live.subscribe('gpu/node/*', ({ subject, after }) => seen.push([subject, after]))
    sockets[0]!.onopen?.()
    sockets[0]!.say(event(41, 'gpu/node/east/n1'))
    const { seq: _, ...announced } = event(0, 'gpu/node/east/n1').event
    sockets[0]!.say({ type: 'event', event: { ...announced, after: 99 } })
    expect(seen).toEqual([
      ['gpu/node/east/n1', undefined],
      ['gpu/node/east/n1', 99],
    ])
    sockets[0]!.close()
    timers.pop()!.work()
    sockets[1]!.onopen?.()
    expect(sockets[1]!.sent[0]).toMatchObject({ after: 41 })
  })

  it('leaves with the last card, and survives noise', () => {
    const { live, sockets } = world()
    const leave = live.subscribe('models/a', () => {})
    sockets[0]!.onopen?.()
    sockets[0]!.onmessage?.({ data: '{broken' } as MessageEvent)
    sockets[0]!.say({ type: 'dropped', count: 3 })
    leave()
    leave()
    expect(sockets[0]!.closed).toBe(true)
  })
})

describe('server-sent events by fetch', () => {
  it('hands out every event, also named ones and ones cut into pieces, and tells of the end', async () => {
    const text = ': connected\n\nid: 1\nevent: pod.changed\ndata: {"seq":1}\n\nid: 2\nevent: x\ndata: {"seq":2}\n\n'
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of text.match(/.{1,7}/gs) ?? []) controller.enqueue(new TextEncoder().encode(piece))
        controller.close()
      },
    })
    const source = openEventStream('/x', async () => new Response(body))
    const seen: string[] = []
    source.onmessage = ({ data }) => seen.push(data)
    await new Promise<void>((resolve) => {
      source.onerror = () => resolve()
    })
    expect(seen).toEqual(['{"seq":1}', '{"seq":2}'])
  })
})
