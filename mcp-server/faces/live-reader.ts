import type { EventEnvelope } from '#contract'
import type { Actor } from '#define'
import type { EventFilter, Events } from '../events/outbox.ts'

/**
 * What one subscription asks for: any of the subjects (or prefixes that end in `/*`) or names, on these clusters, in these
 * namespaces; empty is all. An event that is of no cluster or no namespace is of all (RTE-007).
 */
export interface Wish {
  subjects: readonly string[]
  names: readonly string[]
  clusters: readonly string[]
  namespaces: readonly string[]
}

/** The namespaces of the rows an event carries. */
function namespacesOf(data: EventEnvelope['data']): string[] {
  const rows = Array.isArray(data.upsert) ? data.upsert : [data]
  return rows.flatMap((row: { namespace?: unknown } | null) =>
    typeof row?.namespace === 'string' ? [row.namespace] : [],
  )
}

const covers = (wish: Wish, { subject, name, cluster, data }: EventEnvelope): boolean => {
  if (wish.clusters.length > 0 && cluster !== undefined && !wish.clusters.includes(cluster)) return false
  if (wish.namespaces.length > 0) {
    const namespaces = namespacesOf(data)
    if (namespaces.length > 0 && !namespaces.some((one) => wish.namespaces.includes(one))) return false
  }
  if (wish.subjects.length === 0 && wish.names.length === 0) return true
  return (
    wish.names.includes(name) ||
    wish.subjects.some((one) => (one.endsWith('/*') ? subject.startsWith(one.slice(0, -1)) : subject === one))
  )
}

interface Subscription {
  wish: Wish
  /** Events up to here were before its time */
  from: number
  stop: () => void
}

export interface ReaderParts {
  events: Events
  actor: Actor
  /** A replay waits for what this answers; live events do not wait, and are the sender's to drop */
  send(event: EventEnvelope, replayed: boolean): void | Promise<void>
}

export interface Reader {
  /**
   * From behind `after` (default: from now) without gap, and each event once however many subscriptions cover it.
   * `missed` is there when what lies behind `after` is not kept any more, or `after` is of another history.
   */
  subscribe(wish: Wish, after?: number): Promise<{ seq: number; missed?: number }>
  /** Without subjects: everything */
  unsubscribe(subjects?: readonly string[]): void
  wishes(): Wish[]
  close(): void
}

const pageSize = 200
/** Live events that wait for a replay; what is more is read from the table. */
const heldAtMost = 200

/** One reader of events with its subscriptions: the same for WebSocket and SSE. */
export function createReader({ events, actor, send }: ReaderParts): Reader {
  const subscriptions: Subscription[] = []
  const scope = { clusters: actor.clusters }
  let closed = false

  /** Several subscriptions of one reader add up: the first that covers an event sends it. */
  const isFirst = (subscription: Subscription, event: EventEnvelope): boolean => {
    const first = subscriptions.find(
      (one) => (event.seq === undefined || event.seq > one.from) && covers(one.wish, event),
    )
    return first === undefined || first === subscription
  }

  const past = ({ subjects, names }: Wish): EventFilter => ({
    ...scope,
    // the table knows "and", a wish with both means "or"
    ...(subjects.length > 0 && names.length === 0 && { subjects }),
    ...(names.length > 0 && subjects.length === 0 && { names }),
  })

  async function start(subscription: Subscription): Promise<number> {
    let cursor = subscription.from
    let live = false
    let held: EventEnvelope[] = []
    let overflow = false
    const stillThere = () => !closed && subscriptions.includes(subscription)
    const put = (event: EventEnvelope, replayed: boolean) => {
      // what the table gave may come from the bus once more; what was only announced is in no table
      if (event.seq !== undefined) {
        if (event.seq <= cursor) return undefined
        cursor = event.seq
      }
      return covers(subscription.wish, event) && isFirst(subscription, event) ? send(event, replayed) : undefined
    }
    const unsubscribe = events.subscribe(scope, (event) => {
      if (live) void put(event, false)
      else if (held.length < heldAtMost) held.push(event)
      else if (event.seq !== undefined) overflow = true
    })
    const unwatch = events.watch({
      get subjects() {
        return subscription.wish.subjects
      },
      get names() {
        return subscription.wish.names
      },
    })
    subscription.stop = () => {
      unsubscribe()
      unwatch()
    }
    const newest = await events.lastSeq()
    do {
      held = []
      overflow = false
      for (let page = pageSize; page === pageSize && stillThere(); ) {
        const read = await events.after(cursor, past(subscription.wish), pageSize)
        for (const event of read) if (stillThere()) await put(event, true)
        page = read.length
      }
    } while (overflow && stillThere())
    // nothing waits in between: from here on the bus is the only source
    for (const event of held) void put(event, false)
    live = true
    return Math.max(cursor, newest)
  }

  return {
    async subscribe(wish, after) {
      const newest = await events.lastSeq()
      const from = after === undefined || after > newest ? newest : after
      const oldest = after === undefined || after >= newest ? 0 : await events.oldestSeq()
      const missed = after !== undefined && after > newest ? after - newest : Math.max(0, oldest - from - 1)
      const subscription: Subscription = { wish, from, stop: () => {} }
      subscriptions.push(subscription)
      try {
        const seq = await start(subscription)
        return { seq, ...(missed > 0 && { missed }) }
      } catch (error) {
        subscription.stop()
        subscriptions.splice(subscriptions.indexOf(subscription), 1)
        throw error
      }
    },
    unsubscribe(subjects) {
      for (const one of [...subscriptions]) {
        const left = subjects === undefined ? [] : one.wish.subjects.filter((subject) => !subjects.includes(subject))
        if (subjects !== undefined && left.length === one.wish.subjects.length) continue
        one.wish = { ...one.wish, subjects: left }
        // without any subject it would mean all
        if (subjects !== undefined && (left.length > 0 || one.wish.names.length > 0)) continue
        one.stop()
        subscriptions.splice(subscriptions.indexOf(one), 1)
      }
    },
    wishes: () => subscriptions.map(({ wish }) => wish),
    close() {
      closed = true
      for (const { stop } of subscriptions.splice(0)) stop()
    },
  }
}
