import type { EventEnvelope } from '#contract'

export interface EventFilter {
  /** exact subjects, or prefixes that end in /* */
  subjects?: readonly string[]
  names?: readonly string[]
  /** '*' or the clusters the reader may see; events without a cluster always pass */
  clusters?: '*' | readonly string[]
}

/** Whether a reader with this filter gets the event. */
export function matches(filter: EventFilter, event: EventEnvelope): boolean {
  const { subjects, names, clusters = '*' } = filter
  if (names && !names.includes(event.name)) return false
  if (clusters !== '*' && event.cluster !== undefined && !clusters.includes(event.cluster)) return false
  if (!subjects) return true
  return subjects.some((subject) =>
    subject.endsWith('/*') ? event.subject.startsWith(subject.slice(0, -1)) : subject === event.subject,
  )
}

export interface Bus {
  subscribe(filter: EventFilter, onEvent: (event: EventEnvelope) => void): () => void
  publish(event: EventEnvelope): void
}

/** Hands events to the readers of this process, in the order of `publish`. A reader that throws hurts nobody else. */
export function createBus(onReaderFailed: (error: unknown) => void): Bus {
  const readers = new Set<{ filter: EventFilter; onEvent: (event: EventEnvelope) => void }>()
  return {
    subscribe: (filter, onEvent) => {
      const reader = { filter, onEvent }
      readers.add(reader)
      return () => void readers.delete(reader)
    },
    publish: (event) => {
      for (const { filter, onEvent } of [...readers]) {
        if (!matches(filter, event)) continue
        try {
          onEvent(event)
        } catch (error) {
          onReaderFailed(error)
        }
      }
    },
  }
}
