import type { Actor } from '#define'
import type { Wish } from './live-reader.ts'

/** One open connection, as it stands when it is asked for. */
export interface LiveClient {
  kind: 'websocket' | 'sse'
  since: Date
  /** Absent until it has said who it is */
  actor(): Actor | undefined
  wishes(): readonly Wish[]
  /** Messages that wait because the reader is slow */
  waiting(): number
}

/** Who listens to this process, for those who run it (RTE-019). */
export interface LiveClients {
  add(client: LiveClient): () => void
  status(): { connections: Record<'websocket' | 'sse', number>; subscriptions: number; waiting: number }
  /** At most `limit`, the oldest first */
  list(
    limit: number,
  ): { id: number; kind: string; since: string; actor?: string; subscriptions: number; waiting: number }[]
  /** What is asked for and by how many, most first */
  subscriptions(limit: number): { subject: string; readers: number }[]
}

const wordsOf = ({ subjects, names }: Wish): string[] =>
  subjects.length + names.length === 0 ? ['(everything)'] : [...subjects, ...names.map((name) => `name:${name}`)]

export function createLiveClients(): LiveClients {
  const open = new Map<LiveClient, number>()
  let last = 0
  return {
    add(client) {
      open.set(client, ++last)
      return () => void open.delete(client)
    },
    status() {
      const all = [...open.keys()]
      const count = (kind: LiveClient['kind']) => all.filter((one) => one.kind === kind).length
      return {
        connections: { websocket: count('websocket'), sse: count('sse') },
        subscriptions: all.reduce((sum, one) => sum + one.wishes().length, 0),
        waiting: all.reduce((sum, one) => sum + one.waiting(), 0),
      }
    },
    list: (limit) =>
      [...open].slice(0, limit).map(([client, id]) => {
        const actor = client.actor()
        return {
          id,
          kind: client.kind,
          since: client.since.toISOString(),
          ...(actor && { actor: `${actor.name} (${actor.kind})` }),
          subscriptions: client.wishes().length,
          waiting: client.waiting(),
        }
      }),
    subscriptions(limit) {
      const readers = new Map<string, number>()
      for (const client of open.keys())
        for (const word of new Set(client.wishes().flatMap(wordsOf))) readers.set(word, (readers.get(word) ?? 0) + 1)
      return [...readers]
        .map(([subject, count]) => ({ subject, readers: count }))
        .sort((left, right) => right.readers - left.readers || (left.subject < right.subject ? -1 : 1))
        .slice(0, limit)
    },
  }
}
