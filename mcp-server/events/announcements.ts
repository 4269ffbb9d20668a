import type { EventEnvelope, NewEvent } from '#contract'
import { type Database, describeFailure, type LazyDatabase } from '#db/open.ts'
import type { Logger } from '#define'
import { createAssembler, toParts } from './chunks.ts'
import { createInterest, fits, type Watch } from './interest.ts'

export interface Announcements {
  /** Hands events to the readers of all processes at once: not stored, not replayed. Never throws. */
  announce(events: readonly NewEvent[]): Promise<void>
  /** A reader is there until the answer is called. */
  watch(watch: Watch): () => void
  /** Whether a reader, of this process or as far as known of another one, would get such an event */
  watched(subject: string, name?: string): boolean
  close(): Promise<void>
}

export interface AnnouncementsParts {
  database: LazyDatabase
  publish(event: EventEnvelope): void
  /** The newest stored event that was handed on here */
  position(): number
  now: () => Date
  log?: Logger | undefined
}

const channels = {
  events: 'quartermaster_announced',
  asked: 'quartermaster_watched',
  answered: 'quartermaster_watches',
}
/** Larger ones reach the readers of their own process only. */
const mostBytes = 65_536
/** How long the answer of another process holds, and how often it is asked again. */
const holdsMs = 30_000
const askEveryMs = 10_000
/** A question is remembered longer than it takes until it is asked again. */
const rememberMs = 60_000
const mostQuestions = 200

/**
 * Events that nobody keeps (telemetry), and who would listen to them. Processes on one PostgreSQL pass both on by NOTIFY: a job that
 * asks whether somebody watches asks the others too, and hears of it at its next run.
 */
export function createAnnouncements(parts: AnnouncementsParts): Announcements {
  const { database: lazy, publish, now, log } = parts
  const self = crypto.randomUUID()
  const assemble = createAssembler()
  /** Questions of others, until when they may ask again; and theirs who answered ours */
  const asked = new Map<string, number>()
  const answered = new Map<string, number>()
  const ownQuestions = new Map<string, number>()
  const stops: (() => Promise<void>)[] = []
  let sent = 0

  const keyOf = (subject: string, name = '') => `${subject} ${name}`
  const ask = (key: string): [string, string] => {
    const at = key.lastIndexOf(' ')
    return [key.slice(0, at), key.slice(at + 1)]
  }
  const remember = (map: Map<string, number>, key: string, until: number) => {
    map.delete(key)
    map.set(key, until)
    if (map.size > mostQuestions) map.delete(map.keys().next().value!)
  }

  async function notify(channel: string, payloads: readonly string[]): Promise<void> {
    const database = lazy.opened()
    if (lazy.kind !== 'postgres' || !database || payloads.length === 0) return
    try {
      await database.db.transaction(async (tx) => {
        for (const payload of payloads) await database.notify(tx, channel, payload)
      })
    } catch (error) {
      log?.warn(describeFailure(error), 'other processes could not be told')
    }
  }

  const answer = (keys: readonly string[]) =>
    notify(
      channels.answered,
      keys.map((key) => `${self} ${key}`),
    )
  const interest = createInterest((watch) => {
    const wanted = [...asked].filter(([key, until]) => until > now().getTime() && fits(watch, ...ask(key)))
    void answer(wanted.map(([key]) => key))
  })

  /** `<who> <what>`; undefined for what this process said itself */
  const foreign = (payload: string): string | undefined => {
    const at = payload.indexOf(' ')
    return payload.slice(0, at) === self ? undefined : payload.slice(at + 1)
  }
  function onEvents(payload: string): void {
    if (payload.startsWith(`${self}/`)) return
    const text = assemble(payload)
    if (text === undefined) return
    for (const event of JSON.parse(text) as EventEnvelope[]) publish(event)
  }
  function onAsked(payload: string): void {
    const key = foreign(payload)
    if (key === undefined) return
    remember(asked, key, now().getTime() + rememberMs)
    if (interest.has(...ask(key))) void answer([key])
  }
  function onAnswered(payload: string): void {
    const key = foreign(payload)
    if (key !== undefined) remember(answered, key, now().getTime() + holdsMs)
  }

  const safely = (work: (payload: string) => void) => (payload: string) => {
    try {
      work(payload)
    } catch (error) {
      log?.warn(describeFailure(error), 'what another process said could not be read')
    }
  }
  lazy.onOpen(async (database: Database) => {
    if (database.kind !== 'postgres') return
    stops.push(await database.listen(channels.events, safely(onEvents)))
    stops.push(await database.listen(channels.asked, safely(onAsked)))
    stops.push(await database.listen(channels.answered, safely(onAnswered)))
  })

  /** Several events in one text, as long as it stays small. */
  function texts(events: readonly EventEnvelope[]): string[] {
    const groups: string[][] = [[]]
    let bytes = 0
    for (const event of events) {
      const text = JSON.stringify(event)
      const size = Buffer.byteLength(text)
      if (size > mostBytes) {
        log?.warn(
          { event: event.name, subject: event.subject, bytes: size },
          'an announced event is too large for others',
        )
        continue
      }
      if (bytes + size > mostBytes) groups.push([])
      bytes = bytes + size > mostBytes ? size : bytes + size
      groups.at(-1)!.push(text)
    }
    return groups.filter((group) => group.length > 0).map((group) => `[${group.join(',')}]`)
  }

  return {
    announce: async (added) => {
      const at = now().toISOString()
      // in the order in which a card puts those of one moment, so that none of them comes late
      const events = added
        .map((event) => ({ ...event, after: parts.position(), at }))
        .sort((left, right) => (left.subject < right.subject ? -1 : left.subject > right.subject ? 1 : 0))
      for (const event of events) publish(event)
      if (lazy.kind === 'postgres')
        await notify(
          channels.events,
          texts(events).flatMap((text) => toParts(`${self}/${++sent}`, text)),
        )
    },
    watch: interest.add,
    watched: (subject, name) => {
      const key = keyOf(subject, name)
      const nowMs = now().getTime()
      if (lazy.kind === 'postgres' && (ownQuestions.get(key) ?? 0) <= nowMs) {
        remember(ownQuestions, key, nowMs + askEveryMs)
        void notify(channels.asked, [`${self} ${key}`])
      }
      return interest.has(subject, name) || (answered.get(key) ?? 0) > nowMs
    },
    close: async () => {
      for (const stop of stops.splice(0)) await stop()
    },
  }
}
